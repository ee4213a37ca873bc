import ResilienceCore

extension StoreLaw {
    static let claims = StoreLaw(
        5,
        "A record is claimed only if due, no two claims return the same revision, and a renewal changes due alone.",
        takingClaims + keepingClaims
    )

    private static let takingClaims = [
        StoreCheck("5.1", "Only what is due is claimed, from its space, for a lease of any length") { trial in
            try await trial.put("never")
            try await trial.put("later", due: trial.later)
            try await trial.put("latest", due: .distantFuture)
            try await trial.put("first", due: .distantPast)
            try await trial.put("now", due: trial.now)
            try await trial.put("past", due: trial.past)
            try await trial.commit(.put(RecordKey(trial.otherSpace, "past"), 1, expect: .absent, due: trial.past))
            let longest = Duration(secondsComponent: .max, attosecondsComponent: 0)
            let claimed = try await trial.claim(lease: longest)
            try trial.equal(claimed.map(\.key.name), ["first", "past", "now"], "the names claimed")
            try trial.equal(Set(claimed.map(\.due)), [.distantFuture], "the ends of the longest leases")
            try trial.equal(try await trial.claim().count, 0, "the number claimed after that")
            let none = try await trial.store.claim(Claim("laws.empty", limit: 1, lease: .seconds(1)))
            try trial.equal(none.count, 0, "the number claimed from an empty space")
        },
        StoreCheck("5.2", "A claim moves revision, deliveries and due together, and nothing else") { trial in
            try await trial.put("a", "precious", due: trial.past, tags: ["one", "two"])
            let before = try await trial.facts("a")
            let earliest = trial.now.advanced(by: .seconds(30))
            let claimed = try await trial.claim(lease: .seconds(30)).map(Facts.init(_:))
            let latest = trial.now.advanced(by: .seconds(30))
            try trial.equal(claimed, [try await trial.facts("a")], "the records claimed, as they are then read,")
            guard var record = claimed.first else { return }
            try trial.holds(record.revision > before.revision, "a new revision", found: "\(record.revision)")
            try trial.equal(record.deliveries, 1, "the deliveries")
            let due = record.due ?? .distantPast
            try trial.holds((earliest...latest).contains(due), "due between \(earliest) and \(latest)", found: "\(due)")
            (record.revision, record.deliveries, record.due) = (before.revision, 0, before.due)
            try trial.equal(record, before, "all else")
        },
        StoreCheck("5.3", "Claims go by due, then by the bytes of the name, and keep their limit") { trial in
            let dues: [(String, Int64)] = [("b", 2), ("é", 1), ("z", 1), ("e\u{301}", 1), ("a", 3), ("Z", 1)]
            for (name, seconds) in dues {
                try await trial.put(name, due: trial.past.advanced(by: .seconds(seconds)))
            }
            var names: [[Text]] = []
            for limit in [2, 1, 100, 1] { names.append(try await trial.claim(limit).map { Text($0.key.name) }) }
            try trial.equal(names, [["Z", "e\u{301}"], ["z"], ["é", "b", "a"], []], "the names claimed")
        },
        StoreCheck(
            "5.4",
            "A claimed record can be claimed again exactly at the end of its lease",
            needs: [.manualClock]
        ) { trial in
            try await trial.put("a", due: trial.now.advanced(by: .microseconds(1)))
            try trial.equal(try await trial.claim().count, 0, "the number claimed a microsecond early")
            for delivery in 1...3 {
                trial.clock.advance(by: .microseconds(1))
                let claimed = try await trial.claim(lease: .seconds(30))
                try trial.equal(claimed.map(\.deliveries), [delivery], "the deliveries when it is due")
                trial.clock.advance(by: .seconds(30) - .microseconds(1))
                try trial.equal(try await trial.claim().count, 0, "the number claimed a microsecond early")
            }
        },
        StoreCheck("5.5", "A delivery does what a claim does, and only to a record that is due") { trial in
            let deliver = Effect.deliver(until: trial.later)
            try await trial.put("never")
            try await trial.put("later", due: trial.later)
            for name in ["never", "later"] {
                try await trial.conflicts(
                    "a delivery of what is not due",
                    Write(trial.key(name), expect: .any, effect: deliver)
                )
            }
            try await trial.put("a", "precious", due: trial.past, tags: ["t"])
            var expected = try await trial.facts("a")
            expected.revision = try await trial.commit(Write(trial.key("a"), expect: .any, effect: deliver))
            (expected.deliveries, expected.due) = (1, try await trial.facts("a").due)
            try trial.equal(try await trial.facts("a"), expected, "the record delivered")
            try trial.equal(try await trial.claim().count, 0, "the number claimed after the delivery")
        },
        StoreCheck("5.6", "Many who claim at once share the records: each once, by a revision of its own") { trial in
            try await trial.share(records: 60, among: [trial, trial, trial, trial])
        },
        StoreCheck("5.7", "Two handles that claim at once share the records", needs: [.secondHandle]) { trial in
            let other = try await trial.secondHandle()
            try await trial.share(records: 40, among: [trial, other, trial, other])
        },
    ]
}

extension Trial {
    /// Puts records that are due and lets several claim them in small bites until all are taken.
    fileprivate func share(records: Int, among claimants: [Trial]) async throws {
        let writes = (0..<records).map { Write.put(key("n\($0)"), $0, expect: .absent, due: past) }
        try await store.commit(Batch(writes))
        let claimed = try await together(claimants.count) { number in
            var mine: [Record] = []
            // A claim that others were faster at may give nothing although something is left.
            for _ in 0..<records {
                mine += try await claimants[number].claim(3, lease: .seconds(3_000_000))
                await Task.yield()
            }
            return mine
        }.flatMap { $0 }
        try equal(Set(claimed.map(\.key)).count, claimed.count, "the number of different records claimed")
        try equal(claimed.count, records, "the number of records claimed")
        // Whether the records of one claim have one revision or several is the store's affair.
        try equal(claimed.map(\.deliveries), Array(repeating: 1, count: records), "their deliveries")
        let present = try await store.read(claimed.map(\.key)).map { $0?.revision }
        try equal(present, claimed.map(\.revision), "their revisions as then read")
    }
}
