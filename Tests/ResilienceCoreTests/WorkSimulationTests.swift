import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// The claims about concurrency and crashes, each under many schedules with faults.
@Suite struct WorkSimulationTests {
    private static let rates: [Fault: Double] = [
        .lostBeforeApply: 0.04, .replyLost: 0.04, .conflict: 0.04, .unavailable: 0.04, .slow: 0.03,
        .crashBeforeApply: 0.03, .crashAfterApply: 0.03,
    ]

    /// Three callers repeat one key until each has an answer; those that crash are started again.
    @Test func ofManyCallersOfOneKeyOneOutcomeIsRecordedAndAllGetIt() throws {
        var faults: [Fault: Int] = [:]
        for seed in 1...1_000 as ClosedRange<UInt64> {
            let result = try Simulation.run(seed: seed) { sim -> Charges in
                let truth = InMemoryStore(clock: sim.clock)
                let store = SimulatedStore(truth, in: sim, faults: try FaultPlan(rates: Self.rates))
                let charges = Charges()
                let callers = ["a", "b", "c"].map { name in
                    sim.supervised(name) { try await charges.callUntilAnswered(on: store, name) }
                }
                for caller in callers { try await caller.value }
                let stored = try await truth.count(Scan("effects"))
                charges.effects.withLock { $0 = stored }
                return charges
            }
            let charges = result.value
            #expect(charges.effects.withLock { $0 } == 1, "seed \(seed)")
            #expect(Set(charges.answers.withLock { $0 }).count == 1, "seed \(seed)")
            #expect(charges.answers.withLock { $0.count } >= 3, "seed \(seed)")
            #expect(charges.overlaps.withLock { $0 } == 0, "seed \(seed)")
            #expect(result.foreignJobs == 0)
            faults.merge(result.faults, uniquingKeysWith: +)
        }
        for fault in Fault.allCases { #expect(faults[fault, default: 0] >= 100, "\(fault)") }
    }

    /// Two receivers repeat one message until each has an answer, while workers that crash handle it.
    @Test func S29_S31_aMessageReceivedManyTimesIsHandledOnceAcrossCrashes() throws {
        var faults: [Fault: Int] = [:]
        for seed in 1...1_000 as ClosedRange<UInt64> {
            let result = try Simulation.run(seed: seed) { sim -> Received in
                let truth = InMemoryStore(clock: sim.clock)
                let store = SimulatedStore(truth, in: sim, faults: try FaultPlan(rates: Self.rates))
                let answers = Answers<Inbox<String>.Receipt>()
                let worker = sim.supervised("worker") { try await Self.handle(on: store) }
                let senders = ["a", "b"].map { name in
                    sim.supervised(name) {
                        let receipt = try await Self.receiveUntilAnswered(on: store)
                        answers.list.withLock { $0.append(receipt) }
                    }
                }
                for sender in senders { try await sender.value }
                while try await truth.count(Scan("inbox.payments")) > 0 { try await sim.clock.pause(for: .seconds(10)) }
                let late = try await Self.receiveUntilAnswered(on: truth)
                answers.list.withLock { $0.append(late) }
                let open = try await truth.count(Scan("inbox.payments"))
                worker.cancel()
                let effects = try await truth.count(Scan("effects"))
                return Received(answers: answers.list.withLock { $0 }, effects: effects + open)
            }
            let answers = result.value.answers
            #expect(result.value.effects == 1, "seed \(seed)")
            #expect(answers.count { $0 == .accepted } <= 1, "seed \(seed)")
            #expect(answers.last == .duplicate, "seed \(seed)")
            #expect(result.foreignJobs == 0)
            faults.merge(result.faults, uniquingKeysWith: +)
        }
        for fault in Fault.allCases { #expect(faults[fault, default: 0] >= 100, "\(fault)") }
    }

    /// Three writers change one subject and note each change; the trail must tell the changes in their order.
    @Test func aTrailTellsEveryChangeOnceAndInOrder() throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            let result = try Simulation.run(seed: seed) { sim -> [AuditEntry] in
                let truth = InMemoryStore(clock: sim.clock)
                let plan = try FaultPlan(rates: [
                    .lostBeforeApply: 0.05, .replyLost: 0.05, .conflict: 0.05, .slow: 0.05,
                ])
                let store = SimulatedStore(truth, in: sim, faults: plan)
                let writers = ["a", "b", "c"].map { name in
                    sim.task(name) { for _ in 0..<2 { try await Self.increment(on: store, by: name) } }
                }
                for writer in writers { try await writer.value }
                return try await AuditLog("counters", on: truth).entries(of: "n").map(\.entry)
            }
            #expect(result.value.map(\.from) == ["0", "1", "2", "3", "4", "5"], "seed \(seed)")
            #expect(result.value.map(\.to) == ["1", "2", "3", "4", "5", "6"], "seed \(seed)")
            #expect(result.foreignJobs == 0)
        }
    }

    // MARK: What the processes do

    private static func handle(on store: any RecordStore) async throws {
        var options = WorkerOptions()
        options.seed = 1
        options.maximumDeliveries = 1_000
        let worker = try Inbox<String>("payments", on: store).worker(options: options) { delivery in
            try await SimulatedProcess.checkpoint()
            let effect = RecordKey("effects", "\(delivery.lease.fence)")
            try await delivery.lease.finish(also: [.put(effect, delivery.value, expect: .absent)])
        }
        await worker.run()
    }

    private static func receiveUntilAnswered(on store: any RecordStore) async throws -> Inbox<String>.Receipt {
        let inbox = try Inbox<String>("payments", on: store)
        while true {
            do {
                return try await inbox.receive("evt-1", "paid")
            } catch is StoreError {
                try await store.clock.sleep(until: store.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            }
        }
    }

    private static func increment(on store: any RecordStore, by name: String) async throws {
        let counters = Space<Int>("counters")
        let trail = try AuditLog("counters", on: store)
        while true {
            let number = try await trail.nextNumber(of: "n")
            let entry = try await counters.read("n", in: store)
            let old = entry?.value ?? 0
            let change = counters.put(old + 1, at: "n", expect: entry?.unchanged ?? .absent)
            let line = AuditEntry(at: store.clock.now, who: name, action: "add", from: "\(old)", to: "\(old + 1)")
            do {
                try await store.commitSettling(Batch([change, trail.append(line, to: "n", as: number)]), tries: 50)
                return
            } catch {
                guard case .conflict = error else { throw error }
            }
        }
    }
}

/// What the senders of one message were answered, and how often its work was done.
private struct Received: Sendable {
    let answers: [Inbox<String>.Receipt]
    let effects: Int
}

private final class Answers<Element: Sendable>: Sendable {
    let list = Mutex<[Element]>([])
}

/// What three callers of one key saw.
private final class Charges: Sendable {
    let answers = Mutex<[String]>([])
    let effects = Mutex(0)
    let overlaps = Mutex(0)
    private let holders = Mutex<[Revision: Timestamp]>([:])

    func callUntilAnswered(on store: any RecordStore, _ name: String) async throws {
        let keys = try Idempotency<String>("charges", on: store)
        while true {
            do {
                let answer = try await keys.run("order-17", fingerprint: "EUR 20") { ticket in
                    self.enter(ticket.fence, until: ticket.until, now: store.clock.now)
                    try await SimulatedProcess.checkpoint()
                    // Long enough for renewals, and now and then for a lease that cannot be renewed.
                    try await store.clock.sleep(until: store.clock.now.advanced(by: .seconds(25)), tolerance: nil)
                    self.leave(ticket.fence)
                    let effect = RecordKey("effects", "\(ticket.fence)")
                    return .init("by \(name) \(ticket.fence)", also: [.put(effect, name, expect: .absent)])
                }
                return answers.withLock { $0.append(answer.outcome) }
            } catch IdempotencyError.inProgress(_, let until) {
                try await store.clock.sleep(until: until, tolerance: nil)
            } catch {
                guard error is StoreError || error is IdempotencyError else { throw error }
                try await store.clock.sleep(until: store.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            }
        }
    }

    /// Nobody enters while another holds a lease that has not ended.
    private func enter(_ fence: Revision, until: Timestamp, now: Timestamp) {
        let overlaps = holders.withLock { holders in
            defer { holders[fence] = until }
            return holders.values.count { $0 > now }
        }
        self.overlaps.withLock { $0 += overlaps }
    }

    private func leave(_ fence: Revision) { holders.withLock { $0[fence] = nil } }
}

extension Simulation {
    /// Runs a process, and another one in its place whenever it crashes, until one ends.
    fileprivate func supervised(
        _ name: String,
        _ operation: @escaping @Sendable () async throws -> Void
    ) -> Task<Void, any Error> {
        task("\(name)-supervisor") {
            var number = 0
            while true {
                let process = self.process("\(name)-\(number)", operation)
                switch await process.outcome() {
                case .finished: return
                case .failed(let error): throw error
                case .crashed:
                    try await self.clock.sleep(until: self.clock.now.advanced(by: .seconds(1)), tolerance: nil)
                }
                number += 1
            }
        }
    }
}
