import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// An error that says what it is.
struct Trouble: FailureReporting, Equatable {
    var status: Int
    var retryAfter: Duration?
    var number = 0

    /// Passes: refused before anything was done.
    static let busy = Trouble(status: 503)
    /// Stays.
    static let wrong = Trouble(status: 400)
    /// May have taken effect.
    static let silent = Trouble(status: 504)

    static func throttled(_ retryAfter: Duration? = nil) -> Trouble { Trouble(status: 429, retryAfter: retryAfter) }

    var failure: Failure { Failure(source: "test", status: status, retryAfter: retryAfter) }
}

extension ErrorClassifier {
    /// Knows ``Trouble``.
    static func forTests() throws -> ErrorClassifier {
        try ErrorClassifier([
            RuleTable(
                "test",
                systems: ["test"],
                rules: [
                    Rule("busy", .unavailable, .retry, isAmbiguous: false, statuses: [503...503]),
                    Rule("throttled", .rateLimited, .retryAfter, isAmbiguous: false, statuses: [429...429]),
                    Rule("silent", .timeout, .retry, isAmbiguous: true, statuses: [504...504]),
                    Rule("wrong", .validation, .fail, isAmbiguous: false, statuses: [400...400]),
                ]
            )
        ])
    }
}

extension Retrier {
    /// A retrier of three attempts without delay, unless told otherwise.
    static func forTests(
        _ policy: RetryPolicy? = nil,
        clock: any WallClock = ManualClock(),
        budget: RetryBudget? = nil,
        seed: UInt64 = 1,
        observer: (any Observer)? = nil
    ) throws -> Retrier {
        Retrier(
            try policy ?? RetryPolicy(backoff: .none, throttledBackoff: .none),
            name: "test",
            classifier: try .forTests(),
            clock: clock,
            budget: budget,
            generator: SmallGenerator(seed: seed),
            observer: observer
        )
    }
}

/// A count that operations and their test share.
final class Tally: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    @discardableResult
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// A failure of one category, as ``RuleTable/ofEachCategory`` knows it.
struct Failed: FailureReporting {
    let category: ErrorClassification.Category
    init(_ category: ErrorClassification.Category) { self.category = category }
    var failure: Failure { Failure(source: "test", code: category.rawValue) }
}

extension RuleTable {
    /// Knows each category by its name.
    static var ofEachCategory: RuleTable {
        get throws {
            let rules = ErrorClassification.Category.allCases.map { Rule($0.rawValue, $0, codes: [$0.rawValue]) }
            return try RuleTable("each", rules: rules)
        }
    }
}
