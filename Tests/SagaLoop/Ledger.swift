#if SQLite
import Foundation
import Saga
import Synchronization

/// What was done and undone, a line each, appended to a file: what was written survives the process.
final class Ledger: Sendable {
    private struct State {
        let file: FileHandle
        var counts: [String: Int] = [:]
    }

    private let state: Mutex<State>

    init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        guard let file = FileHandle(forUpdatingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
        var state = State(file: file)
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        for line in text.split(separator: "\n") { state.counts[String(line), default: 0] += 1 }
        self.state = Mutex(state)
    }

    /// How many lines it has.
    var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// How often that was done to a step of a saga.
    func count(_ verb: String, _ saga: String, _ step: String) -> Int {
        state.withLock { $0.counts["\(verb) \(saga) \(step)", default: 0] }
    }

    func write(_ verb: String, _ step: StepContext) async throws {
        // Long enough for a kill to fall before it, and behind it.
        try await Task.sleep(for: .microseconds(500))
        try state.withLock { state in
            let line = "\(verb) \(step.sagaID) \(step.step)"
            try state.file.write(contentsOf: Data((line + "\n").utf8))
            state.counts[line, default: 0] += 1
        }
        try await Task.sleep(for: .microseconds(500))
    }

    func stands(_ step: StepContext) -> Bool {
        count("run", step.sagaID, step.step) > count("undo", step.sagaID, step.step)
    }
}
#endif
