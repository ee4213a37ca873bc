// swift-format-ignore-file
// Tables, a rule to a line.
import ResilienceCore

extension ErrorClassifier {
    /// Payments on Ethereum, by the messages that nodes and wallets give: one of the 13 codes of ``PaymentCode``.
    ///
    /// A timeout after the request may have been sent, a missing confirmation and a used nonce may have paid: they are
    /// ambiguous.
    ///
    /// ```swift
    /// let verdict = ErrorClassifier.ethereum.classify(Failure(message: "nonce too low"))
    /// // NONCE_CONFLICT: conflict, retry, ambiguous
    /// ```
    public static let ethereum = ErrorClassifier(preset: [.ethereum])
}

extension RuleTable {
    /// The rules behind ``ErrorClassifier/ethereum``, in the order in which they are asked.
    public static let ethereum = RuleTable(preset: "ethereum", rules: named + messages + statuses)

    private static let messages = [
        payment(.insufficientFunds, .insufficientFunds, [
            "insufficient funds", "insufficient*balance", "exceeds balance", "not enough*funds", "doesn't have enough",
            "doesn't have*funds",
        ]),
        payment(.invalidAddress, .validation, [
            "invalid*address", "bad*address", "malformed*address", "checksum*failed",
        ]),
        payment(.invalidAmount, .validation, [
            "invalid*amount", "amount*invalid", "negative*amount", "amount*negative", "zero*amount",
        ]),
        payment(.transactionReverted, .permanent, [
            "transaction*reverted", "reverted*permanent", "execution*reverted",
        ]),
        payment(.confirmationTimeout, .timeout, ambiguous: true, [
            "confirmation*timeout", "not*confirmed", "pending*too*long",
        ]),
        payment(.networkTimeout, .timeout, ambiguous: true, ["timeout", "timed*out"]),
        payment(.rateLimitExceeded, .rateLimited, ["too many requests", "rate*limit", "quota*exceeded"], words: [
            // A status, not a number that happens to stand in a hash or an amount.
            "^429$", "^429 client error", "^429 error", "http 429", "http/1.0 429", "http/1.1 429", "http/2 429",
            "status 429", "status code 429", "statuscode 429", "code 429", "error 429", "response 429",
            "responded with 429", "returned 429", "got 429", "received 429", "answered 429", "429 error",
            "429 response", "429 status",
        ]),
        payment(.nonceConflict, .conflict, ambiguous: true, [
            "nonce*too low", "nonce*already", "replacement*underpriced",
        ]),
        payment(.gasPriceSpike, .overloaded, ["gas*price*high", "max*fee*exceeded", "gas*too*expensive"]),
        payment(.rpcConnectionFailed, .configuration, [
            "connection*failed", "failed*to*connect", "rpc*error", "connection*refused",
        ]),
        payment(.walletUnlockFailed, .configuration, ["wallet*unlock", "private*key*failed", "secret*manager*error"]),
        payment(.web3InitializationFailed, .configuration, ["web3*init", "provider*init", "initialization*failed"]),
        payment(.unknown, .unknown, []),
    ]

    /// The verdict on a failure that has one of the 13 codes already.
    private static let named = messages.map { rule in
        var rule = rule
        rule.name += " by name"
        rule.codes = [rule.code].compactMap(\.self)
        (rule.phrases, rule.fragments) = ([], [])
        return rule
    }

    private static let statuses = [
        status(429, .rateLimitExceeded, .rateLimited),
        status(408, .networkTimeout, .timeout, ambiguous: true),
        status(504, .networkTimeout, .timeout, ambiguous: true),
    ]

    private static func status(
        _ status: Int, _ code: PaymentCode, _ category: Category, ambiguous: Bool? = nil
    ) -> Rule {
        var rule = Rule("\(code.rawValue) by status \(status)", category, isAmbiguous: ambiguous)
        rule.code = code.rawValue
        rule.statuses = [status...status]
        return rule
    }

    private static func payment(
        _ code: PaymentCode, _ category: Category, ambiguous: Bool? = nil, _ fragments: [String], words: [String] = []
    ) -> Rule {
        var rule = Rule(code.rawValue, category, isAmbiguous: ambiguous, phrases: words, fragments: fragments)
        rule.code = code.rawValue
        if code.group == .critical { rule.severity = .critical }
        return rule
    }
}
