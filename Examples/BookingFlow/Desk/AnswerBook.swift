import ExampleSupport
import HoldTimer
import ResilienceCore

/// Answers, money, and what services did, on paper: what is outside the store. A line that is there is not written again,
/// as a payment provider applies a key once.
struct AnswerBook: Sendable {
    let ledger: LedgerFile<AnswerSum>
    let clock: any WallClock
    /// The life of the process that writes.
    var life: Life?
    var time: VirtualTime?

    func tell(_ answer: String, _ request: Request, hold: Hold? = nil, id: String? = nil) async throws {
        try await write(.answer) {
            $0.request = request.id
            $0.answer = answer
            $0.hold = hold?.id ?? id
            $0.until = hold?.state == .active ? hold?.expiresAt : nil
        }
    }

    func takePayment(_ key: String, _ request: Request) async throws {
        try await write(.payment) {
            $0.request = request.id
            $0.key = key
            $0.cents = request.cents
        }
    }

    func giveBack(_ key: String, _ request: Request) async throws {
        try await write(.refund) {
            $0.request = request.id
            $0.key = key
            $0.cents = request.cents
        }
    }

    func tellOfExpiry(_ hold: Hold) async throws { try await write(.expiry) { $0.hold = hold.id } }

    /// Calls a person who looks at a cancellation that cannot go on.
    func callForHelp(_ alert: ResilienceAlert) async throws {
        try await write(.alert) {
            $0.request = alert.subject
            $0.answer = alert.attributes.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
        }
    }

    private func write(_ kind: AnswerLine.Kind, _ fill: (inout AnswerLine) -> Void) async throws {
        var line = AnswerLine(kind: kind, at: clock.now)
        fill(&line)
        let whole = line
        try await decide { sum in ((), sum.has(whole) ? nil : whole) }
    }

    /// Decides by all that was written, and writes a line; nothing of it gets through from a process that is dead.
    func decide<Result: Sendable>(_ body: (AnswerSum) -> (Result, AnswerLine?)) async throws -> Result {
        try life?.pass()
        let result = try await ledger.decide(gather: { await time?.gather() }, body)
        try life?.pass()
        return result
    }
}
