import ErrorClassification
import ResilienceCore
import ResilienceTesting
import Synchronization

/// A payment to be made in a simulation.
struct SimulatedPayment: Codable, Sendable, Equatable {
    var amount: Int
}

/// What the gateway of a simulation says of a payment that it made.
struct SimulatedReceipt: Codable, Sendable, Equatable {
    var number: Int
}

/// A gateway that misbehaves by seed, with the truth about what it did.
final class SimulatedGateway: Sendable {
    enum Kind: CaseIterable {
        /// Applies a key once.
        case idempotent
        /// Ignores keys, but answers whether a payment was made, and refuses a fence lower than it has seen.
        case queryOnly
    }

    struct Refusal: FailureReporting {
        let message: String
        let transmission: Failure.Transmission
        var failure: Failure { Failure(source: "ethereum", message: message, transmission: transmission) }
    }

    private struct State {
        var generator: SmallGenerator
        var paid: [String: [Int]] = [:]
        var calls: [String: Int] = [:]
        var fences: [String: Revision] = [:]
        var number = 0
    }

    let kind: Kind
    let clock: any WallClock
    private let checksFence: Bool
    private let state: Mutex<State>

    init(_ kind: Kind, in simulation: Simulation, checksFence: Bool = true) {
        self.kind = kind
        self.checksFence = checksFence
        clock = simulation.clock
        state = Mutex(State(generator: simulation.fork()))
    }

    /// How often each payment was made.
    var paid: [String: Int] { state.withLock { $0.paid.mapValues(\.count) } }
    /// How often each payment was asked for.
    var calls: [String: Int] { state.withLock { $0.calls } }

    private enum Course: CaseIterable { case fine, slow, refused, busy, lostBefore, lostAfter }

    func pay(_ id: String, key: String, fence: Revision) async throws -> SimulatedReceipt {
        let (course, pause) = state.withLock { state in
            state.calls[id, default: 0] += 1
            let course = Course.allCases[Int.random(in: 0..<Course.allCases.count, using: &state.generator)]
            return (course, Duration.milliseconds(Int.random(in: 0...3_000, using: &state.generator)))
        }
        try await SimulatedProcess.checkpoint()
        // Slow calls outlast the lease, now and then.
        try await clock.sleep(until: clock.now.advanced(by: course == .slow ? pause * 40 : pause), tolerance: nil)
        try await SimulatedProcess.checkpoint()
        switch course {
        case .refused: throw Refusal(message: "insufficient funds for gas * price + value", transmission: .sent)
        case .busy: throw Refusal(message: "429 Too Many Requests", transmission: .sent)
        case .lostBefore: throw Refusal(message: "request timed out", transmission: .sent)
        case .fine, .slow, .lostAfter: break
        }
        let receipt = try apply(id, fence: fence)
        try await SimulatedProcess.checkpoint()
        if course == .lostAfter { throw Refusal(message: "read timeout after 30 s", transmission: .sent) }
        return receipt
    }

    private func apply(_ id: String, fence: Revision) throws -> SimulatedReceipt {
        try state.withLock { state in
            if kind == .idempotent, let first = state.paid[id]?.first { return SimulatedReceipt(number: first) }
            if kind == .queryOnly, checksFence, fence < state.fences[id] ?? fence {
                throw Refusal(message: "nonce too low: stale fence", transmission: .notSent)
            }
            state.fences[id] = max(fence, state.fences[id] ?? fence)
            state.number += 1
            state.paid[id, default: []].append(state.number)
            return SimulatedReceipt(number: state.number)
        }
    }

    /// The receipt of a payment, if it was made. From now on requests with a lower fence are refused.
    func receipt(of id: String, fence: Revision) async throws -> SimulatedReceipt? {
        try await SimulatedProcess.checkpoint()
        let receipt = state.withLock { state in
            state.fences[id] = max(fence, state.fences[id] ?? fence)
            return state.paid[id]?.first.map(SimulatedReceipt.init)
        }
        try await SimulatedProcess.checkpoint()
        return receipt
    }
}
