#if SQLite
import Foundation
import ResilienceCore
import RetryOrchestrator
import SQLiteStore
import Saga

/// Runs sagas over a file until all have ended, made to be killed at any time and started again; then checks them.
///
///     SagaLoop run|check STORE LEDGER COUNT
@main
struct SagaLoop {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let count = Int(arguments[4]) else { exit(64) }
        let ledger = try Ledger(path: arguments[3])
        let store = try SQLiteStore(path: arguments[2])
        if arguments[1] == "check" {
            let flaws = try await LoopCheck(store: store, ledger: ledger, count: count).flaws()
            for flaw in flaws.prefix(20) { print(flaw) }
            print("\(count) sagas, \(ledger.count) effects, \(flaws.count) flaws")
            exit(flaws.isEmpty ? 0 : 1)
        }
        let runner = try loopRunner(on: store, ledger)
        // It holds the process up until all are stored, and is killed all the same.
        let worker = Task { await runner.run() }
        for number in 0..<count { try await runner.start(LoopOrder(number: number), id: "saga-\(number)") }
        while try await store.count(.prefix("s=", in: loopSpace, by: .tag)) < count {
            try await Task.sleep(for: .milliseconds(20))
        }
        worker.cancel()
        await worker.value
        await store.close()
    }
}

let loopSpace = "saga.loop"

struct LoopOrder: Codable, Sendable, Equatable {
    var number: Int

    /// The last step refuses every third order.
    var isRefused: Bool { number.isMultiple(of: 3) }
}

/// Five steps that act on the ledger, two of them at once.
func loopRunner(on store: SQLiteStore, _ ledger: Ledger) throws -> SagaRunner<LoopOrder> {
    let policy = try RetryPolicy(attempts: 1_000, backoff: .none, jitter: .none)
    func step(_ name: String) -> SagaStep<LoopOrder, Int> {
        SagaStep(name, retry: policy, undo: policy) { order, step in
            if name == "e", order.isRefused { throw StepRefusal("Sold out", code: "SOLD_OUT") }
            try await ledger.write("run", step)
            return order.number
        } compensate: { _, _, step in
            try await ledger.write("undo", step)
        } resolve: { order, step in
            ledger.stands(step) ? .applied(order.number) : .notApplied
        }
    }
    let definition = try SagaDefinition<LoopOrder>("loop") {
        step("a")
        step("b")
        SagaGroup { step("c"); step("d") }
        step("e")
    }
    var options = SagaOptions()
    options.worker.concurrency = 64
    options.worker.lease = .seconds(2)
    // Each kill is a delivery without progress.
    options.deliveryLimit = 1_000
    return try SagaRunner(definition, on: store, options: options)
}
#else
@main
struct SagaLoop {
    static func main() {}
}
#endif
