#if SQLite
import ResilienceCore
import RetryOrchestrator
import SQLiteStore
import Saga
import Synchronization

/// What a durable step of a saga costs, by so many sagas at once, against its rows written by a bare thread; and whether a long
/// saga costs more for each step than a short one.
let sagaRows: [Row] =
    [(1, 1.8), (8, 1.8), (64, 2.4)].map { tasks, ratio in
        Row("saga.sqlite.full.step.\(tasks)", base: .sqliteSagas(tasks: tasks), goal: Goal(ratio: ratio)) {
            try performing(by: tasks, length: 10)
        }
    } + [
        Row("saga.sqlite.full.step.of200", base: .stepOfTen, goal: Goal(ratio: 1.1)) {
            try performing(by: 1, length: 200)
        },
        Row("saga.memory.step") {
            let run = try Sagas(on: InMemoryStore(), length: 10)
            return { count in try await run.steps(count) }
        },
    ]

extension Base {
    /// A step of a saga of ten.
    fileprivate static let stepOfTen = Base("step of a saga of 10", reference: 150_000, samples: longSamples) {
        try performing(by: 1, length: 10)
    }
}

/// Performs sagas until `count` steps are done, by so many tasks.
private func performing(by tasks: Int, length: Int) throws -> Row.Body {
    let sagas = try Sagas(on: SQLiteStore(path: TemporaryFolder.file("saga")), length: length)
    return { count in
        try await withThrowingTaskGroup { group in
            for task in 0..<tasks {
                let share = count / tasks + (task < count % tasks ? 1 : 0)
                group.addTask { try await sagas.steps(share) }
            }
            try await group.waitForAll()
        }
    }
}

private struct Order: Codable, Sendable, Equatable {
    var amount: Int
}

/// Runners by the number of steps, so that any count of steps can be done.
private final class Sagas: Sendable {
    private let runners: [SagaRunner<Order>]
    private let number = Atomic(0)

    init(on store: any RecordStore, length: Int) throws {
        runners = try (1...length).map { length in
            let definition = try SagaDefinition<Order>("bench-\(length)") {
                for step in 1...length { SagaStep<Order, Int>("step-\(step)") { order, _ in order.amount } }
            }
            return try SagaRunner(definition, on: store)
        }
    }

    func steps(_ count: Int) async throws {
        var left = count
        while left > 0 {
            let length = min(left, runners.count)
            let id = "saga-\(number.add(1, ordering: .relaxed).newValue)"
            let result = try await runners[length - 1].perform(Order(amount: length), id: id)
            guard result == .completed else { throw StepRefusal("a saga of the benchmark failed") }
            left -= length
        }
    }
}
#else
let sagaRows: [Row] = []
#endif
