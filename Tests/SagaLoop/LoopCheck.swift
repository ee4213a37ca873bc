#if SQLite
import ResilienceCore
import SQLiteStore
import Saga

/// Holds what the store says of the sagas against what the ledger says was done.
struct LoopCheck {
    let store: SQLiteStore
    let ledger: Ledger
    let count: Int

    /// What does not agree, a line each.
    func flaws() async throws -> [String] {
        let runner = try loopRunner(on: store, ledger)
        var found: [String] = []
        for number in 0..<count {
            let id = "saga-\(number)"
            guard let status = try await runner.status(of: id) else {
                found.append("\(id) is lost")
                continue
            }
            let expected: SagaState = LoopOrder(number: number).isRefused ? .compensated : .completed
            if status.state != expected { found.append("\(id) is \(status.state): \(status.failures)") }
            for step in status.steps {
                let (runs, undos) = (ledger.count("run", id, step.name), ledger.count("undo", id, step.name))
                // Once each, whatever was killed in between.
                let wasRun = expected == .completed || step.name != "e"
                let wasUndone = expected == .compensated && wasRun
                if runs != (wasRun ? 1 : 0) || undos != (wasUndone ? 1 : 0) {
                    found.append("\(id): \(step.name) was done \(runs) and undone \(undos) times")
                }
            }
        }
        let stored = try await store.count(Scan(loopSpace))
        if stored != count { found.append("\(stored) sagas instead of \(count)") }
        return found
    }
}
#endif
