import ResilienceCore

extension StoreLaw {
    static let snapshots = StoreLaw(
        4,
        "A read is one snapshot, a scan is one, and both include every commit that returned before they began.",
        [
            StoreCheck("4.1", "A read gives the records in the order of the keys, nothing where nothing is") { trial in
                for name in ["a", "b", "c"] { try await trial.put(name, name) }
                let asked = ["c", "missing", "a", "c"]
                let found = try await trial.store.read(asked.map(trial.key))
                let values = try found.map { try $0?.value.get(String.self) }
                try trial.equal(values, ["c", nil, "a", "c"], "the values read")
                try trial.equal(found.map { $0?.key.name }, ["c", nil, "a", "c"], "the names read")
                try trial.equal(try await trial.store.read([]).count, 0, "the number of records read at no key")
            },
            StoreCheck("4.2", "A commit that returned is in every read, scan and count after it") { trial in
                for round in 0..<40 {
                    let value = "round \(round)"
                    try await trial.put("a", value, due: trial.past, tags: [value])
                    try await trial.put(value)
                    try trial.equal(try await trial.facts("a").value, Text(value), "the value read")
                    let byName = try await trial.store.scan(Scan(trial.space, limit: 1)).first.map(Facts.init(_:))
                    try trial.equal(byName?.value, Text(value), "the value scanned")
                    try trial.equal(try await trial.names(.prefix(value, in: trial.space, by: .tag)), ["a"], "the tag")
                    let due = try await trial.store.scan(Scan(trial.space, by: .due(through: trial.now)))
                    try trial.equal(due.first.map(Facts.init(_:))?.value, Text(value), "the value of what is due")
                    try trial.equal(try await trial.store.count(Scan(trial.space)), round + 2, "the count")
                }
            },
            StoreCheck("4.3", "A scan is one snapshot: what moves meanwhile is found once") { trial in
                let names = (0..<20).map { "m\($0)" }
                for name in names + ["a0", "a1"] { try await trial.put(name, due: trial.past, tags: [name]) }
                try await whileWriting(rounds: 50) { writer, round in
                    // Each writer carries a record of its own from one end of every order to the other, and back.
                    let (old, new) = round % 2 == 0 ? ("a", "z") : ("z", "a")
                    let due =
                        round % 2 == 0 ? trial.past.advanced(by: .seconds(60)) : trial.past.advanced(by: .seconds(-60))
                    try await trial.commit(
                        .delete(trial.key("\(old)\(writer)"), expect: .any),
                        .put(trial.key("\(new)\(writer)"), "value", expect: .any, due: due, tags: ["\(new)\(writer)"])
                    )
                } read: {
                    for order in [Scan.Order.name, .tag, .due(through: trial.now)] {
                        let found = try await trial.names(Scan(trial.space, by: order, reversed: order == .tag))
                        let moving = found.map(\.text).filter { !$0.hasPrefix("m") }.compactMap(\.last).sorted()
                        try trial.equal(found.count - moving.count, 20, "the number that stand still, by \(order)")
                        try trial.equal(moving, ["0", "1"], "the writers whose records were found, by \(order)")
                    }
                }
            },
            StoreCheck("4.4", "A count is the number that a scan without limit finds") { trial in
                for number in 0..<30 {
                    let due = number % 3 == 0 ? nil : trial.past.advanced(by: .seconds(Int64(number % 5)))
                    try await trial.put("n\(number)", due: due, tags: number % 2 == 0 ? ["x", "y\(number)"] : ["y"])
                }
                var scans = [Scan(trial.space), Scan(trial.space, from: "n1", until: "n2"), Scan("laws.empty")]
                scans += [Scan(trial.space, by: .tag), Scan(trial.space, by: .tag, from: "y", until: "y2")]
                scans += [Scan(trial.space, by: .due(through: trial.past.advanced(by: .seconds(2))))]
                scans += [Scan(trial.space, after: .name("n2")), Scan(trial.space, until: "n5", after: .name("n2"))]
                scans += [Scan(trial.space, by: .tag, after: .tag("x", name: "n20"))]
                for scan in scans {
                    for reversed in [false, true] {
                        var scan = scan
                        scan.reversed = reversed
                        let found = try await trial.store.scan(scan).count
                        for limit in [1, 7, 1_000] {
                            scan.limit = limit
                            try trial.equal(try await trial.store.count(scan), found, "the count of \(scan)")
                        }
                    }
                }
            },
            StoreCheck("4.5", "What returned on one handle is found by the other", needs: [.secondHandle]) { trial in
                let other = try await trial.secondHandle()
                for round in 0..<20 {
                    let (writer, reader) = round % 2 == 0 ? (trial, other) : (other, trial)
                    let revision = try await writer.put("a", "round \(round)", tags: ["round \(round)"])
                    try trial.equal(try await reader.facts("a").revision, revision, "the revision read")
                    let tagged = try await reader.names(.prefix("round \(round)", in: trial.space, by: .tag))
                    try trial.equal(tagged, ["a"], "the names found by the new tag")
                }
            },
        ]
    )
}
