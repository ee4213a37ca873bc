import ResilienceCore

extension RuleTable {
    /// Checks names, codes, statuses and phrases; throws with table, rule and field.
    func validate() throws(InvalidArgument) {
        try require(!name.isEmpty, field: "table.name", name, "a name")
        var names: Set<String> = []
        for (index, rule) in rules.enumerated() {
            let place = "\(name).rules[\(index)] (\(rule.name))"
            try require(!rule.name.isEmpty, field: "\(place).name", rule.name, "a name")
            try require(
                names.insert(rule.name).inserted,
                field: "\(place).name",
                rule.name,
                "a name used once in the table"
            )
            try rule.validate(at: place)
        }
    }
}

extension Rule {
    fileprivate func validate(at place: String) throws(InvalidArgument) {
        for code in codes {
            let stem = code.hasSuffix("*") ? String(code.dropLast()) : code
            try require(
                !stem.isEmpty && !stem.contains("*") && code.utf8.count <= 128,
                field: "\(place).codes",
                code,
                "1...128 bytes, with * at the end only"
            )
        }
        for range in statuses {
            try require(
                range.lowerBound >= 100 && range.upperBound <= 999,
                field: "\(place).statuses",
                range,
                "100...999"
            )
        }
        for pattern in phrases { try checkPhrase(pattern, field: "\(place).phrases") }
        for pattern in fragments { try checkPhrase(pattern, field: "\(place).fragments") }
        for header in headers {
            try require(!header.name.isEmpty, field: "\(place).headers", header.name, "a header name")
            if let value = header.value { try checkPhrase(value, field: "\(place).headers") }
        }
        if let retryAfter {
            try require(retryAfter >= .zero, field: "\(place).retryAfter", retryAfter, "zero or more")
        }
    }
}

private func checkPhrase(_ text: String, field: String) throws(InvalidArgument) {
    try require(
        PhrasePattern.isWritable(text),
        field: field,
        text,
        "words, with * between them, ^ before and $ after; 1...\(PhrasePattern.maximumParts) parts of at most 200 bytes"
    )
}

private func require(
    _ condition: Bool,
    field: String,
    _ value: some Any,
    _ allowed: String
) throws(InvalidArgument) {
    guard condition else { throw InvalidArgument(field: field, value: value, allowed: allowed) }
}
