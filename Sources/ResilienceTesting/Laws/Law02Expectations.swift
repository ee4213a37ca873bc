import ResilienceCore

extension StoreLaw {
    static let expectations = StoreLaw(
        2,
        "Expectations and effects hold at one point in time; a conflict has no effect.",
        [
            StoreCheck("2.1", "`absent` holds only where there is no record") { trial in
                try await trial.commit(.verify(trial.key("a"), expect: .absent))
                try await trial.put("a", "first", expect: .absent)
                let before = try await trial.facts("a")
                for (name, effect) in trial.effects {
                    let write = Write(trial.key("a"), expect: .absent, effect: effect)
                    try await trial.conflicts("\(name) expecting `absent` of a record", write)
                }
                try trial.equal(try await trial.facts("a"), before, "the record after the conflicts")
                try await trial.commit(.delete(trial.key("a"), expect: .any))
                try await trial.put("a", "second", expect: .absent)
            },
            StoreCheck("2.2", "`revision` holds only for exactly that revision, whatever the effect") { trial in
                for (name, effect) in trial.effects {
                    let stale = try await trial.put(name, "first", due: trial.past)
                    let present = try await trial.put(name, "second", due: trial.past)
                    let before = try await trial.facts(name)
                    for wrong in [stale, Revision(rawValue: present.rawValue + 1_000), Revision(rawValue: 0)] {
                        let write = Write(trial.key(name), expect: .revision(wrong), effect: effect)
                        try await trial.conflicts("\(name) expecting \(wrong) of \(present)", write)
                    }
                    try trial.equal(try await trial.facts(name), before, "the record after the conflicts")
                    try await trial.commit(Write(trial.key(name), expect: .revision(present), effect: effect))
                    let missing = Write(trial.key("missing"), expect: .revision(present), effect: effect)
                    try await trial.conflicts("\(name) expecting \(present) where nothing is", missing)
                }
            },
            StoreCheck("2.3", "`any` holds with and without a record, but what moves due needs one") { trial in
                try await trial.put("a", "first")
                try await trial.put("a", "second")
                try trial.equal(try await trial.facts("a").value, "second", "the value")
                try await trial.commit(.verify(trial.key("a"), expect: .any))
                try await trial.commit(.verify(trial.key("b"), expect: .any))
                try await trial.commit(.delete(trial.key("a"), expect: .any))
                try await trial.commit(.delete(trial.key("a"), expect: .any))
                try trial.equal(try await trial.everything(), [], "the space after deleting twice")
                for (name, effect) in trial.effects where ["renew", "reschedule", "deliver"].contains(name) {
                    for expectation in [Expectation.any, .absent] {
                        let write = Write(trial.key("a"), expect: expectation, effect: effect)
                        try await trial.conflicts("\(name) of nothing, expecting \(expectation)", write)
                    }
                }
            },
            StoreCheck("2.4", "A conflict names exactly the writes that failed, with the records found") { trial in
                try await trial.put("a", tags: ["t"])
                let revision = try await trial.put("b")
                let found = try await trial.facts("a")
                let writes: [Write] = [
                    .put(trial.key("new"), "value", expect: .absent),
                    .put(trial.key("a"), "value", expect: .absent),
                    .verify(trial.key("b"), expect: .revision(revision)),
                    .delete(trial.key("missing"), expect: .revision(revision)),
                    .delete(trial.key("none"), expect: .any),
                ]
                let conflicts = try await trial.refuses("a batch with two wrong expectations", with: .conflict) {
                    try await trial.store.commit(Batch(writes))
                }
                let keys = conflicts.map(\.key).sorted()
                try trial.equal(keys, [trial.key("a"), trial.key("missing")], "the keys in conflict")
                for conflict in conflicts {
                    let expected = conflict.key == found.key ? found : nil
                    try trial.equal(conflict.record.map(Facts.init(_:)), expected, "the record at \(conflict.key)")
                }
            },
            StoreCheck("2.5", "A put replaces value, due and tags; a reschedule only due") { trial in
                try await trial.put("a", "first", due: trial.past, tags: ["one", "two"])
                var revision = try await trial.put("a", "second", tags: ["three"])
                var expected = try await trial.facts("a")
                try trial.equal(expected.value, "second", "the value")
                try trial.equal(expected.due, nil, "due")
                try trial.equal(expected.tags, ["three"], "the tags")
                for due in [trial.later, trial.past, nil] {
                    revision = try await trial.commit(
                        .reschedule(trial.key("a"), expect: .revision(revision), due: due)
                    )
                    expected.due = due
                    expected.revision = revision
                    try trial.equal(try await trial.facts("a"), expected, "the record rescheduled")
                }
            },
            StoreCheck("2.6", "A verification changes nothing; a deletion leaves nothing") { trial in
                let revision = try await trial.put("a", due: trial.past, tags: ["t"])
                let before = try await trial.facts("a")
                try await trial.commit(.verify(trial.key("a"), expect: .revision(revision)))
                try trial.equal(try await trial.facts("a"), before, "the record verified")
                try await trial.commit(.delete(trial.key("a"), expect: .revision(revision)))
                try trial.equal(try await trial.found("a"), nil, "the record deleted")
                for order in [Scan.Order.name, .tag, .due(through: .distantFuture)] {
                    try trial.equal(try await trial.names(Scan(trial.space, by: order)), [], "a scan by \(order)")
                }
                try trial.equal(try await trial.claim().count, 0, "the number of records claimed")
            },
            StoreCheck("2.7", "Of two batches that each rule the other out, one is applied") { trial in
                for round in 0..<60 {
                    let keys = [trial.key("left \(round)"), trial.key("right \(round)")]
                    let applied = try await together(2) { number in
                        await yield(times: round % 3 * number)
                        return try await trial.applies([
                            .verify(keys[1 - number], expect: .absent), .put(keys[number], "mine", expect: .absent),
                        ])
                    }
                    try trial.holds(applied != [true, true], "one of two batches to conflict", found: "both applied")
                }
            },
            StoreCheck("2.8", "No update is lost: what many count up together adds up") { trial in
                let key = trial.key("counter")
                try await trial.commit(.put(key, 0, expect: .absent))
                _ = try await together(4) { _ in
                    var left = 15
                    for _ in 0..<20_000 where left > 0 {
                        guard let record = try await trial.store.read(key) else { return }
                        let next = try record.value.get(Int.self) + 1
                        if try await trial.applies([.put(key, next, expect: .revision(record.revision))]) { left -= 1 }
                        await Task.yield()
                    }
                }
                let total = try await trial.store.read(key)?.value.get(Int.self)
                try trial.equal(total, 60, "the count after 4 times 15 increments")
            },
        ]
    )
}

extension Trial {
    /// Every effect, by name; each can be applied to a record that is due.
    var effects: [(String, Effect)] {
        [
            ("put", .put(StoredValue("put"), due: nil, tags: [], clearingDeliveries: false)),
            ("renew", .renew(until: later)), ("reschedule", .reschedule(later)), ("deliver", .deliver(until: later)),
            ("delete", .delete), ("verify", .verify),
        ]
    }

    /// Commits and tells whether it was applied, or else in conflict.
    func applies(_ writes: [Write]) async throws -> Bool {
        do {
            try await store.commit(Batch(writes))
            return true
        } catch StoreError.conflict {
            return false
        }
    }
}
