/// All rules of a classifier, compiled: one lookup by type, status and code, one pass over the message.
///
/// A rule's number is its rank over all tables, so the lowest number that matches is the first match.
final class CompiledRules: Sendable {
    static let none = Int32.max

    let rules: [CompiledRule]
    /// The verdict of each rule.
    let verdicts: [Classification]
    let systems: CodeIndex
    let codes: CodeIndex
    /// Beginnings of codes; their numbers follow those of the codes.
    let prefixes: CodeIndex
    /// The lengths of the beginnings that rules ask for, as bits, by system and by the low bits of the first letter.
    let prefixLengthsOfSystem: [UInt128]
    let prefixLengthsOfLetter: [UInt128]
    let codeIDs: [Int32]
    let statusRanges: [ClosedRange<Int>]
    let typeIDs: [Int32]
    let typeNames: [String: Int32]
    let headerMatches: [CompiledHeader]
    let byCode: NumberLists
    let byStatus: NumberLists
    let byType: NumberLists
    let byHeader: [Int32]
    let unconditional: [Int32]
    let byPhrase: NumberLists
    let automaton: PhraseAutomaton
    /// The first rule that reads the message, by code, by type, and by system for those that name neither.
    let firstReaderOfCode: [Int32]
    let firstReaderOfType: [Int32]
    let firstReaderOfSystem: [Int32]

    /// A header condition, its phrase compiled.
    struct CompiledHeader: Sendable {
        let name: String
        let value: PhraseAutomaton?
    }

    init(_ tables: [RuleTable]) {
        var builder = RuleCompiler(tables)
        builder.compile()
        rules = builder.rules
        verdicts = builder.verdicts
        systems = builder.systems
        codes = builder.codes
        prefixes = builder.prefixes
        prefixLengthsOfSystem = builder.prefixLengthsOfSystem
        prefixLengthsOfLetter = builder.prefixLengthsOfLetter
        codeIDs = builder.codeIDs
        statusRanges = builder.statusRanges
        typeIDs = builder.typeIDs
        typeNames = builder.typeNames
        headerMatches = builder.headers
        byCode = NumberLists(builder.byCode)
        byStatus = NumberLists(builder.byStatus)
        byType = NumberLists(builder.byType)
        byHeader = builder.byHeader
        unconditional = builder.unconditional
        byPhrase = NumberLists(builder.byPhrase)
        automaton = PhraseAutomaton(builder.phrases)
        firstReaderOfCode = builder.firstReaderOfCode
        firstReaderOfType = builder.firstReaderOfType
        firstReaderOfSystem = builder.firstReaderOfSystem
    }

    /// The number of the first rule that matches, or ``none``.
    func firstMatch(_ failure: borrowing Failure, assumed: String?, type: Int32) -> Int32 {
        var facts = NumberedFacts()
        facts.type = type
        number(source: failure.source ?? assumed, &facts)
        if let code = failure.code { number(code: code, &facts) }
        var best = Self.none
        for index in 0..<facts.codeCount { consider(byCode, Int(facts.codes[index]), failure, facts, &best) }
        if let status = failure.status, status >= 0, status < 1000 { consider(byStatus, status, failure, facts, &best) }
        if type >= 0 { consider(byType, Int(type), failure, facts, &best) }
        if !failure.headers.isEmpty {
            for rule in byHeader where !consider(rule, failure, facts, &best) { break }
        }
        for rule in unconditional where !consider(rule, failure, facts, &best) { break }
        if firstReader(facts) < best, !failure.message.isEmpty {
            automaton.scan(failure.message) { consider(byPhrase, $0, failure, facts, &best) }
        }
        return best
    }

    /// Considers the rules of one list, in order, until one holds or none can be better.
    @inline(__always)
    private func consider(
        _ lists: NumberLists,
        _ list: Int,
        _ failure: borrowing Failure,
        _ facts: borrowing NumberedFacts,
        _ best: inout Int32
    ) {
        for position in lists.range(list) where !consider(lists[position], failure, facts, &best) { return }
    }

    /// Takes the rule if it is earlier than the best and its conditions hold; false if no later one can be better.
    @inline(__always)
    private func consider(
        _ number: Int32,
        _ failure: borrowing Failure,
        _ facts: borrowing NumberedFacts,
        _ best: inout Int32
    ) -> Bool {
        guard number < best else { return false }
        guard holds(rules[Int(number)], failure, facts) else { return true }
        best = number
        return false
    }

    @inline(__always)
    private func holds(_ rule: CompiledRule, _ failure: borrowing Failure, _ facts: borrowing NumberedFacts) -> Bool {
        guard rule.systems & facts.system != 0 else { return false }
        if rule.isPlain { return true }
        if !rule.codes.isEmpty {
            let codes = facts.codes
            guard rule.codes.range.contains(where: { any(codes .== codeIDs[$0]) }) else { return false }
        }
        if !rule.statuses.isEmpty {
            guard let status = failure.status else { return false }
            guard rule.statuses.range.contains(where: { statusRanges[$0].contains(status) }) else { return false }
        }
        if !rule.types.isEmpty {
            let type = facts.type
            guard rule.types.range.contains(where: { typeIDs[$0] == type }) else { return false }
        }
        if !rule.headers.isEmpty {
            let headers = failure.headers
            guard rule.headers.range.contains(where: { headerMatches[$0].holds(headers) }) else { return false }
        }
        return true
    }

    /// The first rule that would have to read the message.
    @inline(__always)
    private func firstReader(_ facts: borrowing NumberedFacts) -> Int32 {
        var first = firstReaderOfSystem[facts.systemIndex]
        for index in 0..<facts.codeCount { first = min(first, firstReaderOfCode[Int(facts.codes[index])]) }
        if facts.type >= 0 { first = min(first, firstReaderOfType[Int(facts.type)]) }
        return first
    }
}

extension CompiledRules.CompiledHeader {
    func holds(_ headers: Headers) -> Bool {
        for field in headers.fields where field.name.isEqualIgnoringCase(name) {
            guard let value else { return true }
            var found = false
            value.scan(field.value) { _ in found = true }
            if found { return true }
        }
        return false
    }
}
