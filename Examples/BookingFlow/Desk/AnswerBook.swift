import ExampleSupport
import HoldTimer
import ResilienceCore

/// One line of the ledger: what a customer was told, or money that changed hands.
struct AnswerLine: Codable, Sendable, Equatable {
    /// What it tells of.
    enum Kind: String, Codable, Sendable {
        case answer
        case payment
        case refund
        /// Somebody who waits for free places was told that a hold has expired.
        case expiry
    }

    var kind: Kind
    var request: String?
    var at: Timestamp
    var answer: String?
    var hold: String?
    /// Until when the hold is good.
    var until: Timestamp?
    /// The key of the payment.
    var key: String?
    var cents: Int?

    /// What is said once, however often it is tried.
    fileprivate var identity: [String] {
        [kind.rawValue, request ?? "", answer ?? "", kind == .answer || kind == .expiry ? hold ?? "" : "", key ?? ""]
    }
}

/// What the lines of the ledger add up to.
struct AnswerSum: LedgerSum {
    private var said: Set<[String]> = []
    private(set) var latest: Timestamp?

    init() {}

    mutating func add(_ line: AnswerLine) {
        said.insert(line.identity)
        latest = max(latest ?? line.at, line.at)
    }

    var isEmpty: Bool { said.isEmpty }

    fileprivate func has(_ line: AnswerLine) -> Bool { said.contains(line.identity) }
}

/// Answers and money, on paper: what is outside the store. A line that is there is not written again, as a payment
/// provider applies a key once.
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

    private func write(_ kind: AnswerLine.Kind, _ fill: (inout AnswerLine) -> Void) async throws {
        var line = AnswerLine(kind: kind, at: clock.now)
        fill(&line)
        let whole = line
        try life?.pass()
        try await ledger.decide(gather: { await time?.gather() }) { sum in ((), sum.has(whole) ? nil : whole) }
        try life?.pass()
    }
}
