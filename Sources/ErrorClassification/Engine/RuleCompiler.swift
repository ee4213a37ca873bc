/// Turns rule tables into the numbers and lists of ``CompiledRules``.
struct RuleCompiler {
    private let tables: [RuleTable]
    private(set) var rules: [CompiledRule] = []
    private(set) var verdicts: [Classification] = []
    private(set) var systems = CodeIndex()
    private(set) var codes = CodeIndex()
    private(set) var prefixes = CodeIndex()
    private(set) var prefixLengthsOfSystem: [UInt128] = []
    private(set) var prefixLengthsOfLetter = [UInt128](repeating: 0, count: 32)
    private(set) var codeIDs: [Int32] = []
    private(set) var statusRanges: [ClosedRange<Int>] = []
    private(set) var typeIDs: [Int32] = []
    private(set) var typeNames: [String: Int32] = [:]
    private(set) var headers: [CompiledRules.CompiledHeader] = []
    private(set) var byCode: [[Int32]] = []
    private(set) var byStatus = [[Int32]](repeating: [], count: 1000)
    private(set) var byType: [[Int32]] = []
    private(set) var byHeader: [Int32] = []
    private(set) var unconditional: [Int32] = []
    private(set) var phrases: [PhrasePattern] = []
    private(set) var byPhrase: [[Int32]] = []
    private(set) var firstReaderOfCode: [Int32] = []
    private(set) var firstReaderOfType: [Int32] = []
    private(set) var firstReaderOfSystem: [Int32] = []
    private var phraseNumbers: [PhrasePattern: Int] = [:]

    init(_ tables: [RuleTable]) { self.tables = tables }

    mutating func compile() {
        let ordered = tables.flatMap { table in table.expanded.map { (table, $0) } }
        for (table, rule) in ordered {
            for system in table.systems + rule.systems { _ = systems.insert(system) }
            for code in rule.codes where !code.hasSuffix("*") { _ = codes.insert(code) }
            for code in rule.codes where code.hasSuffix("*") {
                _ = prefixes.insert(String(code.dropLast()))
            }
            for type in rule.types where typeNames[type] == nil { typeNames[type] = Int32(typeNames.count) }
        }
        byCode = Array(repeating: [], count: codes.count + prefixes.count)
        byType = Array(repeating: [], count: typeNames.count)
        firstReaderOfCode = Array(repeating: CompiledRules.none, count: byCode.count)
        firstReaderOfType = Array(repeating: CompiledRules.none, count: byType.count)
        firstReaderOfSystem = Array(repeating: CompiledRules.none, count: systems.count + 1)
        prefixLengthsOfSystem = Array(repeating: 0, count: systems.count + 1)
        for (table, rule) in ordered { add(rule, of: table) }
    }

    private mutating func add(_ rule: Rule, of table: RuleTable) {
        let number = Int32(rules.count)
        let ids = rule.codes.map { numberOf(code: $0) }
        let types = rule.types.compactMap { typeNames[$0] }
        let mask = systemMask(rule, table)
        rules.append(
            CompiledRule(
                systems: mask,
                codes: append(ids, to: &codeIDs),
                statuses: append(rule.statuses, to: &statusRanges),
                types: append(types, to: &typeIDs),
                headers: append(rule.headers.map(compiled), to: &headers),
                isPlain: rule.isPlain
            )
        )
        verdicts.append(rule.verdict(in: table))
        index(prefixesOf: rule, mask)
        if rule.readsMessage {
            index(reader: rule, number, ids, types, mask)
        } else if !ids.isEmpty {
            for id in ids where byCode[Int(id)].last != number { byCode[Int(id)].append(number) }
        } else if !types.isEmpty {
            for type in types { byType[Int(type)].append(number) }
        } else if !rule.statuses.isEmpty {
            for status in Set(rule.statuses.flatMap { $0.clamped(to: 0...999) }) { byStatus[status].append(number) }
        } else if !rule.headers.isEmpty {
            byHeader.append(number)
        } else {
            unconditional.append(number)
        }
    }

    private mutating func index(reader rule: Rule, _ number: Int32, _ ids: [Int32], _ types: [Int32], _ mask: UInt128) {
        let patterns =
            rule.phrases.compactMap { PhrasePattern($0, wholeWords: true) }
            + rule.fragments.compactMap { PhrasePattern($0, wholeWords: false) }
        for pattern in patterns {
            let phrase = phraseNumbers[pattern] ?? phrases.count
            if phrase == phrases.count {
                phraseNumbers[pattern] = phrase
                phrases.append(pattern)
                byPhrase.append([])
            }
            if byPhrase[phrase].last != number { byPhrase[phrase].append(number) }
        }
        if !ids.isEmpty {
            for id in ids { firstReaderOfCode[Int(id)] = min(firstReaderOfCode[Int(id)], number) }
        } else if !types.isEmpty {
            for type in types { firstReaderOfType[Int(type)] = min(firstReaderOfType[Int(type)], number) }
        } else {
            for system in firstReaderOfSystem.indices where mask & (1 << UInt128(system)) != 0 {
                firstReaderOfSystem[system] = min(firstReaderOfSystem[system], number)
            }
        }
    }

    private mutating func index(prefixesOf rule: Rule, _ mask: UInt128) {
        for code in rule.codes where code.hasSuffix("*") {
            let length: UInt128 = 1 << UInt128(code.utf8.count - 1)
            prefixLengthsOfLetter[Int((code.utf8.first ?? 0) & 31)] |= length
            for system in prefixLengthsOfSystem.indices where mask & (1 << UInt128(system)) != 0 {
                prefixLengthsOfSystem[system] |= length
            }
        }
    }

    private mutating func numberOf(code: String) -> Int32 {
        guard code.hasSuffix("*") else { return codes.insert(code) }
        return Int32(codes.count) + prefixes.insert(String(code.dropLast()))
    }

    /// A rule without systems speaks of all. Systems past the 127 that fit are left out; a classifier refuses them.
    private mutating func systemMask(_ rule: Rule, _ table: RuleTable) -> UInt128 {
        let named = rule.systems.isEmpty ? table.systems : rule.systems
        guard !named.isEmpty else { return .max }
        let mask: UInt128 = table.needsSource || !rule.systems.isEmpty ? 0 : 1
        return named.reduce(mask) { $0 | 1 << UInt128(systems.insert($1) + 1) }
    }

    private func compiled(_ header: Rule.HeaderMatch) -> CompiledRules.CompiledHeader {
        let phrase = header.value.flatMap { PhrasePattern($0, wholeWords: true) }
        return CompiledRules.CompiledHeader(name: header.name, value: phrase.map { PhraseAutomaton([$0]) })
    }

    private func append<Element>(_ elements: [Element], to array: inout [Element]) -> CompiledRule.Span {
        let start = array.count
        array += elements
        return CompiledRule.Span(start: Int32(start), count: Int32(elements.count))
    }
}

extension Rule {
    fileprivate func verdict(in table: RuleTable) -> Classification {
        Classification(
            category,
            disposition,
            isAmbiguous: isAmbiguous,
            code: code,
            severity: severity,
            retryAfter: retryAfter,
            rule: "\(table.name).\(name)"
        )
    }
}
