import ExampleSupport
import ResilienceCore

/// How a call goes: a pure function of the seed, the payment and the attempt, by the rates of one table.
struct Misbehaviour: Sendable {
    let seed: UInt64

    /// What the gateway does with a call.
    enum Action: Sendable, Hashable {
        /// It pays and says so.
        case pay
        /// It pays, and the answer gets lost.
        case payAndLoseTheAnswer
        /// It does not pay and says why.
        case refuse
        /// The call gets lost, and so the gateway never answers.
        case loseTheCall
    }

    /// A way for a call to go.
    struct Case: Sendable {
        /// Of 1,000 calls.
        let rate: Int
        let action: Action
        /// What a node, a wallet or a client says.
        var message = ""
        /// A refusal that no other attempt changes.
        var isFinal = false
        /// How long it takes, in units of 100 ms.
        let time: ClosedRange<Int>
    }

    /// All of it.
    ///
    /// Most payments are made in the end, some fail for good.
    static let table: [Case] = [
        Case(rate: 660, action: .pay, time: 1...6),
        Case(rate: 20, action: .pay, time: 120...200),
        Case(rate: 45, action: .payAndLoseTheAnswer, message: readTimeout, time: 300...300),
        Case(rate: 25, action: .payAndLoseTheAnswer, message: unconfirmed, time: 600...600),
        Case(rate: 40, action: .loseTheCall, message: readTimeout, time: 300...300),
        Case(rate: 60, action: .refuse, message: tooManyRequests, time: 1...1),
        Case(rate: 40, action: .refuse, message: "nonce too low: next nonce 5214, tx nonce 5213", time: 1...3),
        Case(rate: 15, action: .refuse, message: "replacement transaction underpriced", time: 1...3),
        Case(rate: 35, action: .refuse, message: "gas price is too high: 412 gwei, the cap is 300 gwei", time: 1...2),
        Case(rate: 15, action: .refuse, message: noFunds, isFinal: true, time: 1...3),
        Case(rate: 15, action: .refuse, message: "execution reverted: Pausable: paused", isFinal: true, time: 1...6),
        Case(rate: 5, action: .refuse, message: "invalid address checksum", isFinal: true, time: 1...1),
        Case(rate: 12, action: .refuse, message: refused, isFinal: true, time: 1...1),
        Case(rate: 8, action: .refuse, message: locked, isFinal: true, time: 1...1),
        Case(
            rate: 5,
            action: .refuse,
            message: "missing trie node: state is not available",
            isFinal: true,
            time: 1...3
        ),
    ]

    static let tooManyRequests = "429 Too Many Requests: compute units per second capacity exceeded"
    private static let readTimeout = "HTTPSConnectionPool(host='node', port=443): Read timed out. (read timeout=30)"
    private static let unconfirmed = "transaction not confirmed after 60 seconds"
    private static let noFunds = "insufficient funds for gas * price + value: balance 1200000000000000"
    private static let refused = "dial tcp 10.0.4.17:8545: connect: connection refused"
    private static let locked = "wallet unlock failed: could not decrypt key with given password"

    /// How it goes once somebody has seen to what was wrong: the payment is made, though half of the first answers get lost.
    static let mended: [Case] = [
        Case(rate: 500, action: .pay, time: 1...6),
        Case(rate: 500, action: .payAndLoseTheAnswer, message: readTimeout, time: 300...300),
    ]

    /// How this attempt goes, and how long it takes on its way there and back.
    ///
    /// - Parameter isMended: whether the payment was given up, and brought back by somebody who saw to what was wrong.
    func attempt(
        _ number: Int,
        of payment: String,
        isMended: Bool = false
    ) -> (Case, there: Duration, back: Duration) {
        var generator = generator(number, payment)
        var left = Int.random(in: 0..<1_000, using: &generator)
        let table = !isMended ? Self.table : number == 1 ? Self.mended : [Self.table[0]]
        let way = table.first { way in
            left -= way.rate
            return left < 0
        }
        let found = way ?? table[0]
        let units = Int.random(in: found.time, using: &generator)
        let there = Int.random(in: 0...units, using: &generator)
        return (found, .milliseconds(100 * there), .milliseconds(100 * (units - there)))
    }

    /// How long the gateway asks to be left alone after too many requests: 5 s to 45 s.
    func retryAfter(_ number: Int, of payment: String) -> Int {
        var generator = generator(number, payment)
        return 5 * Int.random(in: 1...9, using: &generator)
    }

    private func generator(_ number: Int, _ payment: String) -> SmallGenerator {
        var generator = SmallGenerator(seed: "\(payment)#\(number)".hashOfBytes(seed: seed))
        _ = generator.next()
        return generator
    }
}
