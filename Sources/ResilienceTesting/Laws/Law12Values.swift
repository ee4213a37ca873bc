import ResilienceCore

extension StoreLaw {
    static let values = StoreLaw(
        12,
        "Values and names come back exactly; a larger value, a bad name or a number out of bounds is `invalid`.",
        exactness + bounds
    )

    private static let exactness = [
        StoreCheck("12.1", "Strings, numbers and nested values come back exactly") { trial in
            let long = String(repeating: "0123456789abcdéf", count: 1_000)
            let strings: [Text] = [
                "", " ", "\0", "a\0b\0", "é", "e\u{301}", "\u{FEFF}a", "\"\\/\n\r\t\u{8}\u{1F}\u{7F}", "\u{2028}",
                "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\u{10FFFF}\u{E000}\u{FFFD}", "null", "'; --",
                Text(long),
            ]
            for text in strings {
                try await trial.put("a", text.text)
                try trial.equal(try await trial.facts("a").value, text, "the value read")
                let scanned = try await trial.store.scan(Scan(trial.space)).map(Facts.init(_:))
                try trial.equal(scanned.map(\.value), [text], "the value scanned")
            }
            for value in Specimen.all {
                try await trial.commit(.put(trial.key("a"), value, expect: .any, due: trial.past))
                let found = try await trial.store.read(trial.key("a"))?.value.get(Specimen.self)
                try trial.equal(found, value, "the value read")
                let claimed = try await trial.claim().first?.value.get(Specimen.self)
                try trial.equal(claimed, value, "the value claimed")
            }
        },
        StoreCheck("12.2", "Names, spaces, tags and instants come back exactly, the longest too") { trial in
            for instant in [0, 1, -1, .min, .max, .min + 1, .max - 1, 1_767_225_600_123_457] as [Int64] {
                let due = Timestamp(microseconds: instant)
                try await trial.put("a", due: due)
                try trial.equal(try await trial.facts("a").due, due, "due")
                let found = try await trial.names(Scan(trial.space, by: .due(through: due)))
                try trial.equal(found, ["a"], "what is due through \(due)")
            }
            let longest = String(repeating: "é", count: StoreLimits.nameBytes / 2)
            let tag = "t" + String(repeating: "é", count: StoreLimits.tagBytes / 2)
            for name in ["é", "e\u{301}", "\u{1}\u{7F}\n'\"%_\\", " a ", longest] {
                for key in [RecordKey("laws.first", name), RecordKey(name, name)] {
                    try await trial.commit(
                        .put(key, "\(key.name.utf8.count)", expect: .absent, tags: [tag, "e\u{301}", "é"])
                    )
                    guard let record = try await trial.store.read(key).map(Facts.init(_:)) else {
                        throw Finding(expected: "a record at \(Text(name))", found: "none")
                    }
                    try trial.equal(record.key, key, "the key")
                    try trial.equal(record.tags, [Text(tag), "e\u{301}", "é"], "the tags")
                    let scanned = try await trial.store.scan(Scan(key.space, from: name, limit: 1)).map(Facts.init(_:))
                    try trial.equal(scanned, [record], "the record scanned")
                }
            }
        },
        StoreCheck("12.3", "A value of 1 MiB comes back; one byte more is invalid", needs: [.encoding]) { trial in
            guard let coder = trial.subject.coder else { return }
            let overhead = try coder.encode("").count
            let largest = String(repeating: "v", count: StoreLimits.valueBytes - overhead)
            let bytes = try coder.encode(largest).count
            try trial.equal(bytes, StoreLimits.valueBytes, "the bytes of the largest value, by the store's coder")
            try await trial.put("a", largest, tags: ["t"])
            try trial.equal(try await trial.facts("a").value, Text(largest), "the value")
            let before = try await trial.everything()
            try await trial.refuses("a value one byte larger", with: .invalid) {
                try await trial.commit(
                    .put(trial.key("b"), "small", expect: .any),
                    .put(trial.key("a"), largest + "v", expect: .any)
                )
            }
            try trial.equal(try await trial.everything(), before, "the space after that")
        },
    ]
}

/// A value with something of everything.
private struct Specimen: Codable, Sendable, Equatable {
    var signed: [Int64]
    var unsigned: [UInt64]
    var doubles: [Double]
    var flags: [Bool]
    var absent: Int?
    var children: [String: [Specimen]]
    var instant: Timestamp

    static let all: [Specimen] = {
        let empty = Specimen(signed: [], unsigned: [], doubles: [], flags: [], children: [:], instant: .distantPast)
        var full = Specimen(
            signed: [0, -1, .min, .max, 1 << 53 + 1],
            unsigned: [0, .max, 1 << 63],
            doubles: [0.1, -0.0, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3],
            flags: [true, false],
            absent: 7,
            children: ["": [empty], "é\0": [empty, empty]],
            instant: .distantFuture
        )
        let inner = full
        full.children["inner"] = [inner]
        return [empty, full]
    }()
}
