import ResilienceCore

extension StoreLaw {
    static let bounds = [
        StoreCheck("12.4", "A space or name of no byte, of 513 or with NUL is invalid, wherever it is used") { trial in
            let long = String(repeating: "n", count: StoreLimits.nameBytes)
            try await trial.put(long)
            try trial.equal(try await trial.names(Scan(trial.space, limit: 1)), [Text(long)], "the longest name")
            for bad in ["", long + "n", "a\0b", "\0"] {
                let writes = [RecordKey(bad, "a"), RecordKey(trial.space, bad)].map { key in
                    ("a key", Batch([.put(key, "value", expect: .any)]), key)
                }
                for (what, batch, key) in writes {
                    let what = "\(what) with \(Text(bad))"
                    try await trial.refuses("a commit at \(what)", with: .invalid) {
                        try await trial.store.commit(batch)
                    }
                    try await trial.refuses("a read at \(what)", with: .invalid) {
                        try await trial.store.read([key]).count
                    }
                }
                let what = "of a space \(Text(bad))"
                try await trial.refuses("a scan \(what)", with: .invalid) {
                    try await trial.store.scan(Scan(bad)).count
                }
                try await trial.refuses("a count \(what)", with: .invalid) { try await trial.store.count(Scan(bad)) }
                try await trial.refuses("a claim \(what)", with: .invalid) {
                    try await trial.store.claim(Claim(bad, limit: 1, lease: .seconds(1))).count
                }
            }
        },
        StoreCheck("12.5", "Eight tags of 1 to 255 bytes are valid; more, longer, with NUL or twice are not") { trial in
            let longest = (0..<StoreLimits.tags).map {
                "\($0)" + String(repeating: "t", count: StoreLimits.tagBytes - 1)
            }
            try await trial.put("a", tags: longest)
            let before = try await trial.everything()
            try trial.equal(before.map(\.tags), [Set(longest.map(Text.init(_:)))], "the tags")
            for bad in [longest + ["t"], [longest[0] + "t"], [""], ["a\0b"], ["t", "u", "t"]] {
                try await trial.refuses("tags \(bad.map(Text.init(_:)))", with: .invalid) {
                    try await trial.put("a", tags: bad)
                }
            }
            try trial.equal(try await trial.everything(), before, "the space")
        },
        StoreCheck("12.6", "A batch has 1 to 1,000 writes, and each key once") { trial in
            let writes = (0...StoreLimits.writes).map { Write.put(trial.key("n\($0)"), "value", expect: .any) }
            for bad in [[], writes, [writes[0], writes[1], writes[0]], writes.prefix(20) + [writes[7]]] {
                try await trial.refuses("a batch of \(bad.count) writes", with: .invalid) {
                    try await trial.store.commit(Batch(bad))
                }
            }
            try trial.equal(try await trial.everything(), [], "the space")
            try await trial.store.commit(Batch(writes.dropLast()))
        },
        StoreCheck(
            "12.7",
            "Reads, scans and claims have at most 1,000 results, and not less than one; a lease is not nothing"
        ) { trial in
            let keys = (0...StoreLimits.results).map { trial.key("n\($0)") }
            try trial.equal(try await trial.store.read(keys.dropLast()).count, StoreLimits.results, "the places read")
            try await trial.refuses("a read of 1,001 keys", with: .invalid) { try await trial.store.read(keys).count }
            for limit in [1, StoreLimits.results] {
                try trial.equal(try await trial.names(Scan(trial.space, limit: limit)), [], "the names")
                try trial.equal(try await trial.claim(limit).count, 0, "the number claimed")
            }
            for limit in [0, -1, StoreLimits.results + 1, .max, .min] {
                try await trial.refuses("a scan with limit \(limit)", with: .invalid) {
                    try await trial.store.scan(Scan(trial.space, limit: limit)).count
                }
                try await trial.refuses("a claim of \(limit)", with: .invalid) { try await trial.claim(limit).count }
            }
            for lease in [Duration.zero, .seconds(-1), .microseconds(-1)] {
                try await trial.refuses("a lease of \(lease)", with: .invalid) {
                    try await trial.claim(lease: lease).count
                }
            }
        },
        StoreCheck("12.8", "A position of another order and bounds in due order are invalid") { trial in
            let due = Scan.Order.due(through: trial.now)
            let positions: [(Scan.Order, Scan.Position)] = [
                (.name, .tag("t", name: "a")), (.name, .due(trial.now, name: "a")), (.tag, .name("a")),
                (.tag, .due(trial.now, name: "a")), (due, .name("a")), (due, .tag("t", name: "a")),
            ]
            for (order, position) in positions {
                try await trial.refuses("\(position) in a scan by \(order)", with: .invalid) {
                    try await trial.store.scan(Scan(trial.space, by: order, after: position)).count
                }
            }
            for scan in [Scan(trial.space, by: due, from: "a"), Scan(trial.space, by: due, until: "a")] {
                try await trial.refuses("bounds in due order", with: .invalid) {
                    try await trial.store.scan(scan).count
                }
            }
        },
    ]
}
