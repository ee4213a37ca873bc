import ResilienceCore
import ResilienceTesting

/// Runs that several tests look at.
enum Scenario {
    static let key = RecordKey("example", "counter")

    /// Three tasks that each add 1 three times to one counter by compare-and-swap, under faults; gives the counter.
    static func counters(seed: UInt64) throws -> SimulationResult<Int> {
        try Simulation.run(seed: seed) { sim -> Int in
            let truth = InMemoryStore(clock: sim.clock)
            let store = SimulatedStore(truth, in: sim)
            try await truth.commit(Batch([.put(key, 0, expect: .absent)]))
            store.inject(
                try FaultPlan(
                    rates: [.lostBeforeApply: 0.05, .replyLost: 0.05, .conflict: 0.05, .unavailable: 0.05, .slow: 0.05]
                )
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in ["a", "b", "c"] {
                    group.addTask {
                        try await SimulatedTask.$name.withValue(name) {
                            for _ in 0..<3 { try await add(in: store) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            return try await truth.read(key)?.value.get(Int.self) ?? 0
        }
    }

    private static func add(in store: SimulatedStore) async throws {
        while true {
            do {
                guard let record = try await store.read(key) else { return }
                let next = try record.value.get(Int.self) + 1
                try await store.commitSettling(Batch([.put(key, next, expect: .revision(record.revision))]), tries: 50)
                return
            } catch StoreError.conflict, StoreError.unavailable {
                try await store.clock.pause(for: .milliseconds(1))
            }
        }
    }

    /// Three tasks that each read a counter and write it back with 1 more, expecting what `expect` says.
    static func writers(seed: UInt64, expect: @escaping @Sendable (Record) -> Expectation) throws -> Int {
        try Simulation.run(seed: seed) { sim -> Int in
            let truth = InMemoryStore(clock: sim.clock)
            let store = SimulatedStore(truth, in: sim)
            try await truth.commit(Batch([.put(key, 0, expect: .absent)]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<3 {
                            while let record = try await store.read(key) {
                                let next = try record.value.get(Int.self) + 1
                                do {
                                    try await store.commit(Batch([.put(key, next, expect: expect(record))]))
                                    break
                                } catch StoreError.conflict {}
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            return try await truth.read(key)?.value.get(Int.self) ?? 0
        }.value
    }
}
