import ResilienceCore
import Saga

/// A service that has something for a booking, which can be called off and taken up again: a code for the door, a trainer.
struct Partner: Sendable {
    let name: String
    let habits: Temper.Habits
    let line: ServiceLine

    static func lock(_ line: ServiceLine) -> Partner { Partner(name: "lock", habits: .lock, line: line) }

    static func trainers(_ line: ServiceLine) -> Partner { Partner(name: "trainer", habits: .trainer, line: line) }

    /// Calls it off.
    func callOff(_ booking: String, _ step: StepContext) async throws {
        try await line.call(call("off", booking, step, key: step.idempotencyKey), habits)
    }

    /// Takes it up again.
    func takeUpAgain(_ booking: String, _ step: StepContext, key: String) async throws {
        try await line.call(call("on", booking, step, key: key), .again)
    }

    /// Whether it is called off at present.
    func isOff(_ booking: String, _ step: StepContext) async throws -> Bool {
        let question = call("ask", booking, step, key: step.idempotencyKey)
        return try await line.ask(question) { $0.lastAction(of: name, about: booking) == "off" }
    }

    private func call(_ action: String, _ booking: String, _ step: StepContext, key: String) -> ServiceCall {
        // What undoes a step comes after it, and a question after the attempt that it is about.
        let base = step.idempotencyKey == step.runKey ? 0 : 1_000_000
        let rank = base + 2 * step.attempt + (action == "ask" ? 1 : 0)
        let order = CallOrder(fence: step.fence.rawValue, rank: rank)
        return ServiceCall(service: name, action: action, request: booking, key: key, order: order)
    }
}
