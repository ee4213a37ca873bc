public import ResilienceCore

/// Tells what kind of failure an error is and what may be done about it.
///
/// It is a value made of rule tables: the first rule that matches decides, in the order of the tables. By type, status or
/// code an answer costs tens of nanoseconds and allocates nothing; the message is read last, in one pass.
///
/// ```swift
/// let classifier = ErrorClassifier.standard
/// let verdict = classifier.classify(Failure(source: "stripe", status: 402, code: "card_declined"))
/// // paymentDeclined, fail
/// ```
public struct ErrorClassifier: Sendable {
    /// The last word on every verdict: it may return another.
    public typealias LastWord = @Sendable (Failure, Classification) -> Classification

    /// The tables in their order.
    public let tables: [RuleTable]
    private let rules: CompiledRules
    private let types: TypeCache
    private let assumedSource: String?
    private let lastWord: LastWord?
    private let clock: any WallClock

    /// Creates a classifier.
    ///
    /// - Parameters:
    ///   - tables: The rule tables; what the first says is not overruled by a later one.
    ///   - assumedSource: The system that a failure without a source comes from.
    ///   - clock: Tells how far away a date in a reply is that has no date of its own.
    ///   - lastWord: Asked after the rules, on every failure.
    ///
    /// Throws ``ResilienceCore/InvalidArgument`` if a table is faulty, two tables share a name, they speak of more than
    /// 127 systems, or their phrases are too many for the matcher. Costs milliseconds for a thousand rules.
    public init(
        _ tables: [RuleTable],
        assumedSource: String? = nil,
        clock: any WallClock = SystemClock(),
        lastWord: LastWord? = nil
    ) throws(InvalidArgument) {
        for table in tables { try table.validate() }
        guard Set(tables.map(\.name)).count == tables.count else {
            throw InvalidArgument(field: "tables", value: tables.map(\.name), allowed: "each name once")
        }
        try Self.checkSize(tables)
        self.init(preset: tables, assumedSource: assumedSource, clock: clock, lastWord: lastWord)
    }

    /// Creates a classifier from tables that a test has checked.
    init(
        preset tables: [RuleTable],
        assumedSource: String? = nil,
        clock: any WallClock = SystemClock(),
        lastWord: LastWord? = nil
    ) {
        self.tables = tables
        self.clock = clock
        self.assumedSource = assumedSource
        self.lastWord = lastWord
        rules = CompiledRules(tables)
        types = TypeCache()
    }

    /// The verdict on an error: by its type, by the facts that it gives, by its causes.
    ///
    /// An error that gives no facts and that no rule names by type is unknown; its text is not made for the purpose.
    public func classify(_ error: any Error) -> Classification {
        var budget = Self.maximumCauses
        return classify(error, &budget)
    }

    /// The verdict on a failure.
    public func classify(_ failure: Failure) -> Classification {
        var budget = Self.maximumCauses
        return classify(failure, type: -1, &budget)
    }

    /// Causes looked at for one failure; a cycle ends there.
    private static let maximumCauses = 16

    private func classify(_ error: any Error, _ budget: inout Int) -> Classification {
        let entry = types.entry(of: type(of: error)) { resolve(type(of: error)) }
        if let reporter = entry.reporter, let failure = Self.facts(of: error, reporter) {
            return classify(failure, type: entry.number, &budget)
        }
        guard let lastWord else { return verdict(entry.rule) }
        return lastWord(Failure(describing: error), verdict(entry.rule))
    }

    private func classify(_ failure: borrowing Failure, type: Int32, _ budget: inout Int) -> Classification {
        let rule = rules.firstMatch(failure, assumed: assumedSource, type: type)
        var verdict = verdict(rule)
        if rule == CompiledRules.none, !failure.causes.isEmpty {
            verdict = verdictOfCauses(failure, &budget) ?? verdict
        }
        verdict.adapt(to: failure, clock: clock)
        guard let lastWord else { return verdict }
        return lastWord(copy failure, verdict)
    }

    /// The verdict on the first cause that is not unknown.
    private func verdictOfCauses(_ failure: borrowing Failure, _ budget: inout Int) -> Classification? {
        for cause in failure.causes {
            guard budget > 0 else { return nil }
            budget -= 1
            let verdict = classify(cause, &budget)
            if verdict.category != .unknown { return verdict }
        }
        return nil
    }

    @inline(__always)
    private func verdict(_ rule: Int32) -> Classification {
        guard rule != CompiledRules.none else { return .unknown }
        return rules.verdicts[Int(rule)]
    }

    private func resolve(_ type: any Error.Type) -> TypeCache.Entry {
        let number = rules.typeNames.isEmpty ? -1 : rules.typeNames[String(reflecting: type)] ?? -1
        return TypeCache.Entry(
            reporter: type as? any FailureReporting.Type,
            number: number,
            rule: rules.firstMatch(Failure(), assumed: nil, type: number)
        )
    }

    private static func facts<Reporter: FailureReporting>(of error: any Error, _ type: Reporter.Type) -> Failure? {
        (error as? Reporter)?.failure
    }

    private static func checkSize(_ tables: [RuleTable]) throws(InvalidArgument) {
        let rules = tables.flatMap(\.expanded)
        let systems = Set(tables.flatMap(\.systems) + rules.flatMap(\.systems))
        guard systems.count <= 127 else {
            throw InvalidArgument(field: "systems", value: systems.count, allowed: "at most 127")
        }
        let patterns = Set(
            rules.flatMap(\.phrases).compactMap { PhrasePattern($0, wholeWords: true) }
                + rules.flatMap(\.fragments).compactMap { PhrasePattern($0, wholeWords: false) }
        )
        let symbols = patterns.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.count } }
        guard symbols < PhraseAutomaton.maximumStates else {
            throw InvalidArgument(
                field: "phrases",
                value: "\(symbols) symbols",
                allowed: "fewer than \(PhraseAutomaton.maximumStates)"
            )
        }
    }
}
