import ResilienceCore

extension StoreLaw {
    static let tags = StoreLaw(
        14,
        "A tag scan returns exactly the records whose present tags lie in the range, by tag, then name.",
        [
            StoreCheck("14.1", "A record stands once for each of its tags in the range, by tag, then name") { trial in
                try await trial.put("b", tags: ["x", "z"])
                try await trial.put("a", tags: ["y", "x"])
                try await trial.put("c", tags: ["w"])
                try await trial.put("d")
                let all: [Text] = ["c", "a", "b", "a", "b"]
                try trial.equal(try await trial.names(Scan(trial.space, by: .tag)), all, "the names")
                let back = try await trial.names(Scan(trial.space, by: .tag, reversed: true))
                try trial.equal(back, all.reversed(), "the names backwards")
                let range = try await trial.names(Scan(trial.space, by: .tag, from: "x", until: "z"))
                try trial.equal(range, ["a", "b", "a"], "the names from x until z")
                try trial.equal(
                    try await trial.names(Scan(trial.space, by: .tag, from: "z", until: "x")),
                    [],
                    "no range"
                )
            },
            StoreCheck("14.2", "A put replaces all tags; a deletion takes them, and a new record has none") { trial in
                var old: Set<Text> = []
                for tags in [["a", "b", "c"], ["c", "b", "a"], ["b"], ["c", "d"], [], ["é"], ["e\u{301}"], ["b"]]
                    as [[Text]]
                {
                    try await trial.put("n", tags: tags.map(\.text))
                    try trial.equal(try await trial.facts("n").tags, Set(tags), "the tags")
                    for tag in old.union(tags) {
                        let found = try await trial.names(.prefix(tag.text, in: trial.space, by: .tag)).count
                        try trial.equal(found, tags.contains(tag) ? 1 : 0, "the number found by \(tag)")
                    }
                    old.formUnion(tags)
                }
                try await trial.commit(.delete(trial.key("n"), expect: .any))
                try await trial.put("a", tags: ["x", "y"])
                try await trial.put("b", tags: ["x"])
                try await trial.commit(.delete(trial.key("a"), expect: .any))
                try trial.equal(try await trial.names(Scan(trial.space, by: .tag)), ["b"], "the names left")
                try trial.equal(try await trial.store.count(Scan(trial.space, by: .tag)), 1, "the count")
                try await trial.put("a", tags: ["z"])
                try trial.equal(try await trial.names(Scan(trial.space, by: .tag)), ["b", "a"], "the names then")
            },
            StoreCheck("14.3", "Renewals, reschedules, deliveries, claims and refused puts leave the tags") { trial in
                try await trial.put("a", due: trial.past, tags: ["x", "y"])
                let names: [Text] = ["a", "a"]
                for (name, effect) in trial.effects where !["put", "delete"].contains(name) {
                    try await trial.commit(.reschedule(trial.key("a"), expect: .any, due: trial.past))
                    try await trial.commit(Write(trial.key("a"), expect: .any, effect: effect))
                    try trial.equal(try await trial.facts("a").tags, ["x", "y"], "the tags after \(name)")
                    try trial.equal(
                        try await trial.names(Scan(trial.space, by: .tag)),
                        names,
                        "the names after \(name)"
                    )
                }
                try await trial.commit(.reschedule(trial.key("a"), expect: .any, due: trial.past))
                try trial.equal(
                    try await trial.claim().map(Facts.init(_:)).map(\.tags),
                    [["x", "y"]],
                    "the tags claimed"
                )
                let refused = Write.put(trial.key("a"), "value", expect: .absent, tags: ["z"])
                try await trial.conflicts("a put where a record is", refused)
                try trial.equal(try await trial.names(Scan(trial.space, by: .tag)), names, "the names after all")
            },
            StoreCheck("14.4", "Tags are ordered by their bytes, and their ties by the bytes of the names") { trial in
                let tricky = Trial.trickyNames
                for (number, name) in tricky.enumerated().reversed() {
                    try await trial.put(name.text, tags: ["same", tricky[tricky.count - 1 - number].text])
                }
                let ties = try await trial.names(Scan(trial.space, by: .tag, from: "same", until: "same\u{1}"))
                try trial.equal(ties, tricky, "the names with the same tag")
                let before = try await trial.names(Scan(trial.space, by: .tag, until: "same"))
                let after = try await trial.names(Scan(trial.space, by: .tag, from: "same\u{1}"))
                try trial.equal(before + after, tricky.reversed(), "the names by their own tags")
            },
            StoreCheck("14.5", "Pages over several tags of a record, and over ties, lose and repeat nothing") { trial in
                for number in 0..<9 {
                    try await trial.put(
                        "n\(number)",
                        tags: ["all", "p\(number % 2)", "p\(number % 3)x", "z\(8 - number)"]
                    )
                }
                for (from, until) in [(nil, nil), ("p", "q"), ("all", "p1"), ("p0", "p0x"), ("p1", nil)]
                    as [(String?, String?)]
                {
                    for reversed in [false, true] {
                        var scan = Scan(trial.space, by: .tag, from: from, until: until, reversed: reversed)
                        let whole = try await trial.names(scan)
                        for limit in [1, 2, 3, 4, 7] {
                            scan.limit = limit
                            try trial.equal(try await trial.namesByPages(scan), whole, "the pages of \(limit)")
                        }
                    }
                }
            },
            StoreCheck("14.6", "While tags change, a scan finds each record by one tag, the old or the new") { trial in
                for name in ["0", "1"] { try await trial.put(name, tags: ["a"]) }
                try await whileWriting(rounds: 60) { writer, round in
                    try await trial.put("\(writer)", tags: [round % 2 == 0 ? "b" : "a"])
                } read: {
                    let names = try await trial.names(Scan(trial.space, by: .tag)).sorted()
                    try trial.equal(names, ["0", "1"], "the names found by tag")
                }
            },
        ]
    )
}
