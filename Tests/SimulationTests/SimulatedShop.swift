import ErrorClassification
import ResilienceCore
import ResilienceTesting
import Synchronization

/// What the steps of simulated sagas act on: it misbehaves by seed, and knows the truth about what was done.
final class SimulatedShop: Sendable {
    enum Verb { case run, undo }

    private enum Course: CaseIterable { case fine, alsoFine, slow, refused, busy, lostBefore, lostAfter }

    private struct State {
        var generator: SmallGenerator
        var runs: [String: Int] = [:]
        var undos: [String: Int] = [:]
        var fences: [String: Revision] = [:]
    }

    private let clock: any WallClock
    private let dedupes: Bool
    private let checksFence: Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - dedupes: whether what was done or undone once is not done again.
    ///   - checksFence: whether a call under a fence older than one that was seen is refused.
    init(in simulation: Simulation, dedupes: Bool, checksFence: Bool) {
        clock = simulation.clock
        self.dedupes = dedupes
        self.checksFence = checksFence
        state = Mutex(State(generator: simulation.fork()))
    }

    /// How often a step was done and undone.
    func effects(_ saga: String, _ step: String) -> (runs: Int, undos: Int) {
        let key = "\(saga)/\(step)"
        return state.withLock { ($0.runs[key, default: 0], $0.undos[key, default: 0]) }
    }

    func call(_ verb: Verb, _ saga: String, _ step: String, fence: Revision) async throws {
        let (course, pause) = state.withLock { state in
            let course = Course.allCases[Int.random(in: 0..<Course.allCases.count, using: &state.generator)]
            return (course, Duration.milliseconds(Int.random(in: 0...3_000, using: &state.generator)))
        }
        try await SimulatedProcess.checkpoint()
        // Slow calls outlast the lease, now and then.
        try await clock.sleep(until: clock.now.advanced(by: course == .slow ? pause * 40 : pause), tolerance: nil)
        try await SimulatedProcess.checkpoint()
        switch course {
        case .refused where verb == .run: throw Self.refusal("insufficient funds for gas * price + value")
        case .busy: throw Self.refusal("429 Too Many Requests")
        case .lostBefore: throw Self.refusal("request timed out")
        default: break
        }
        try apply(verb, "\(saga)/\(step)", fence)
        try await SimulatedProcess.checkpoint()
        if course == .lostAfter { throw Self.refusal("read timeout after 30 s") }
    }

    private func apply(_ verb: Verb, _ key: String, _ fence: Revision) throws {
        try state.withLock { state in
            if checksFence, fence < state.fences[key] ?? fence {
                throw SimulatedGateway.Refusal(message: "nonce too low: stale fence", transmission: .notSent)
            }
            state.fences[key] = max(fence, state.fences[key] ?? fence)
            let stands = state.runs[key, default: 0] > state.undos[key, default: 0]
            switch verb {
            case .run where !dedupes || state.runs[key, default: 0] == 0: state.runs[key, default: 0] += 1
            case .undo where !dedupes || stands: state.undos[key, default: 0] += 1
            case .run, .undo: break
            }
        }
    }

    /// Whether the step was done and not undone. From now on calls with a lower fence are refused.
    func stands(_ saga: String, _ step: String, fence: Revision) async throws -> Bool {
        let key = "\(saga)/\(step)"
        try await SimulatedProcess.checkpoint()
        let stands = state.withLock { state in
            state.fences[key] = max(fence, state.fences[key] ?? fence)
            return state.runs[key, default: 0] > state.undos[key, default: 0]
        }
        try await SimulatedProcess.checkpoint()
        return stands
    }

    private static func refusal(_ message: String) -> SimulatedGateway.Refusal {
        SimulatedGateway.Refusal(message: message, transmission: .sent)
    }
}
