import ErrorClassification
import ResilienceCore

/// Verdicts by type, status, code and message.
let classifierRows: [Row] = [
    Row("classify.type", goal: Goal(nanoseconds: 60, allocations: 0)) { try byError(Busy()) },
    Row("classify.type.facts", goal: Goal(allocations: 0)) { try byError(Refused(status: 503)) },
    Row("classify.unknownType", goal: Goal(ratio: 0.75, allocations: 0)) { try byError(Strange()) },
    Row("classify.status", goal: Goal(nanoseconds: 60, allocations: 0)) { byFacts(.standard, Failure(status: 503)) },
    Row("classify.code", goal: Goal(nanoseconds: 60, allocations: 0)) { byFacts(.standard, Failure(code: "40001")) },
    Row("classify.code.source", goal: Goal(nanoseconds: 75, allocations: 0)) {
        byFacts(
            .standard,
            Failure(source: "stripe", status: 402, code: "card_declined", message: "Your card was declined.")
        )
    },
    Row("classify.message.10", goal: Goal(nanoseconds: 1_000, allocations: 0)) {
        byFacts(try phrases(10), Failure(message: message))
    },
    Row("classify.message.500", goal: Goal(nanoseconds: 1_000, allocations: 0)) {
        byFacts(try phrases(500), Failure(message: message))
    },
    Row("classify.message.standard", goal: Goal(nanoseconds: 1_000, allocations: 0)) {
        byFacts(.standard, Failure(message: message))
    },
    // Each word of the message is the beginning of twenty phrases and more, and none of them goes on as it does.
    Row("classify.message.500.hardest") {
        byFacts(try phrases(500, beginningLike: message), Failure(message: message))
    },
]

private struct Busy: Error {}
private struct Strange: Error {}

private struct Refused: FailureReporting {
    let status: Int
    var failure: Failure { Failure(status: status) }
}

private func byError(_ error: any Error) throws -> Row.Body {
    var rule = Rule("busy", .unavailable)
    rule.types = [String(reflecting: Busy.self)]
    let classifier = opaque(try ErrorClassifier([RuleTable("bench", rules: [rule])] + RuleTable.standard))
    let error = opaque(error)
    return { count in
        for _ in 0..<count { keep(classifier.classify(error)) }
    }
}

private func byFacts(_ classifier: ErrorClassifier, _ failure: Failure) -> Row.Body {
    let (classifier, failure) = (opaque(classifier), opaque(failure))
    return { count in
        for _ in 0..<count { keep(classifier.classify(failure)) }
    }
}

/// That many rules of two phrases, one in eight of them with a gap, made of the words of error messages.
private func phrases(_ count: Int) throws -> ErrorClassifier {
    let words = [
        "account", "address", "api", "balance", "blocked", "busy", "card", "certificate", "channel", "closed", "code",
        "connection", "database", "deadline", "declined", "denied", "disk", "error", "exceeded", "expired", "failed",
        "gateway", "host", "invalid", "key", "limit", "lock", "login", "memory", "message", "network", "node", "number",
        "overloaded", "payment", "permission", "pool", "quota", "rate", "refused", "region", "request", "reset",
        "server",
        "service", "session", "timeout", "token", "transaction", "unavailable", "unknown", "upstream", "user", "wallet",
    ]
    var generator = SmallGenerator(seed: 7)
    func word() -> String { words[Int.random(in: 0..<words.count, using: &generator)] }
    let rules = (0..<count).map { number in
        let other = number % 4 == 0 ? "\(word()) * \(word()) \(word())" : "\(word()) \(word()) \(word())"
        return Rule("rule\(number)", .server, phrases: ["\(word()) \(word()) \(word()) \(word())", other])
    }
    return try ErrorClassifier([RuleTable("bench", rules: rules)])
}

/// That many rules of two phrases, one in eight of them with a gap, made of the words of a message.
private func phrases(_ count: Int, beginningLike message: String) throws -> ErrorClassifier {
    let words = message.split(separator: " ").map { $0.filter(\.isLetter) }.filter { $0.count > 3 }
    let rules = (0..<count).map { number in
        let (first, second) = (words[number % words.count], words[number / words.count % words.count])
        let other = number % 4 == 0 ? "\(first) * number\(number)" : "lost \(first) number\(number)"
        return Rule("rule\(number)", .server, phrases: ["\(first) \(second) failure\(number)", other])
    }
    return try ErrorClassifier([RuleTable("bench", rules: rules)])
}

/// 200 bytes that many phrases begin like and none matches.
private let message = String(
    """
    The upstream server could not finish the request because some partner behind it answered with words that nobody knows; \
    please see the documentation for details of error number 17 and of the class it has, then ask us about it again.
    """.prefix(200)
)
