import ResilienceCore

extension StoreLaw {
    static let order = StoreLaw(
        7,
        "Names are in byte order; due order and tag order tie by name.",
        [
            StoreCheck("7.1", "Names are ordered by their bytes, not as a language or UTF-16 has it") { trial in
                for name in Trial.trickyNames.reversed() { try await trial.put(name.text) }
                try trial.equal(try await trial.names(Scan(trial.space)), Trial.trickyNames, "the names")
                let back = try await trial.names(Scan(trial.space, reversed: true))
                try trial.equal(back, Trial.trickyNames.reversed(), "the names backwards")
            },
            StoreCheck("7.2", "A range has its lower bound, not its upper one; a prefix finds what begins so") {
                trial in
                let names = Trial.trickyNames
                for name in names { try await trial.put(name.text) }
                for (low, from) in names.enumerated() {
                    for (high, until) in names.enumerated() where high % 3 == 0 {
                        let scan = Scan(trial.space, from: from.text, until: until.text, reversed: low % 2 == 1)
                        let range = low < high ? Array(names[low..<high]) : []
                        let expected = scan.reversed ? range.reversed() : range
                        try trial.equal(try await trial.names(scan), expected, "the names from \(from) until \(until)")
                    }
                }
                for prefix in names + ["e", "a prefix of", "nothing"] {
                    let bytes = Array(prefix.text.utf8)
                    let expected = names.filter { $0.text.utf8.starts(with: bytes) }
                    let found = try await trial.names(.prefix(prefix.text, in: trial.space))
                    try trial.equal(found, expected, "the names that begin with \(prefix)")
                }
            },
            StoreCheck("7.3", "Due order goes by due, then by the bytes of the name, up to its instant") { trial in
                let instants = [.distantPast, trial.past, trial.past.advanced(by: .microseconds(1)), trial.later]
                for (number, name) in Trial.trickyNames.enumerated().reversed() {
                    try await trial.put(name.text, due: number % 5 == 4 ? nil : instants[number % 5])
                }
                var expected: [Text] = []
                for (number, instant) in instants.enumerated() {
                    let atInstant = Trial.trickyNames.enumerated().filter { $0.offset % 5 == number }.map(\.element)
                    expected += atInstant
                    for reversed in [false, true] {
                        let scan = Scan(trial.space, by: .due(through: instant), reversed: reversed)
                        let names = reversed ? expected.reversed() : expected
                        try trial.equal(try await trial.names(scan), names, "what is due through \(instant)")
                    }
                }
            },
            StoreCheck("7.4", "Pages of any size give each record once, and may begin where nothing stands") { trial in
                for number in 0..<23 {
                    let due = trial.past.advanced(by: .seconds(Int64(number % 4)))
                    try await trial.put("n\(number * 7 % 23)", due: due, tags: ["t\(number % 3)"])
                }
                for order in [Scan.Order.name, .due(through: trial.now), .tag] {
                    for reversed in [false, true] {
                        var scan = Scan(trial.space, by: order, reversed: reversed)
                        let whole = try await trial.names(scan)
                        try trial.equal(whole.count, 23, "the number of records by \(order)")
                        for limit in [1, 2, 5, 22, 23, 24] {
                            scan.limit = limit
                            let first = try await trial.names(scan)
                            try trial.equal(first, Array(whole.prefix(limit)), "the first \(limit) by \(order)")
                            try trial.equal(
                                try await trial.namesByPages(scan),
                                whole,
                                "the pages of \(limit) by \(order)"
                            )
                        }
                    }
                }
                for record in try await trial.everything() { try await trial.commit(.delete(record.key, expect: .any)) }
                for name in ["a", "b", "d", "e"] { try await trial.put(name, due: trial.past, tags: ["t\(name)"]) }
                let places: [(Scan.Order, Scan.Position)] = [
                    (.name, .name("c")), (.tag, .tag("tc", name: "z")), (.tag, .tag("td", name: "a")),
                    (.due(through: trial.now), .due(trial.past, name: "c")),
                ]
                for (order, place) in places {
                    let ahead = try await trial.names(Scan(trial.space, by: order, after: place))
                    try trial.equal(ahead, ["d", "e"], "the names after \(place)")
                    let back = try await trial.names(Scan(trial.space, by: order, after: place, reversed: true))
                    try trial.equal(back, ["b", "a"], "the names before \(place)")
                }
            },
            StoreCheck("7.5", "Spaces are told apart by their bytes and know nothing of each other") { trial in
                let spaces = ["laws", "laws.", "é", "e\u{301}", "lawsa", "Laws"]
                for space in spaces {
                    for name in ["a", "aa"] {
                        let due = trial.past
                        try await trial.commit(
                            .put(RecordKey(space, name), space, expect: .absent, due: due, tags: ["t"])
                        )
                    }
                }
                for space in spaces {
                    for order in [Scan.Order.name, .tag, .due(through: trial.now)] {
                        let found = try await trial.store.scan(Scan(space, by: order)).map(Facts.init(_:))
                        try trial.equal(found.map(\.name), ["a", "aa"], "the names in \(Text(space)) by \(order)")
                        try trial.equal(found.map(\.value), [Text(space), Text(space)], "their values")
                    }
                }
            },
        ]
    )
}

extension Trial {
    /// Names in the order of their bytes, in which most other orders go wrong.
    static let trickyNames: [Text] = [
        "\u{1}", " ", "!", "1", "10", "9", "A", "B", "Z", "a", "a\u{1}", "a ", "a prefix of sixteen bytes and a",
        "a prefix of sixteen bytes and b", "aa", "e", "e\u{301}", "e\u{301}a", "ez", "z", "\u{7F}", "é", "éa", "ÿ", "ß",
        "\u{3A9}", "\u{1E9E}", "\u{2126}", "\u{D7FF}", "\u{E000}", "\u{FB01}", "\u{FF5E}", "\u{FFFD}", "\u{1F600}",
        "\u{10FFFF}",
    ].sorted()
}
