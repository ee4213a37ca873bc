import ResilienceCore

extension StoreLaw {
    static let keepingClaims = [
        StoreCheck("5.8", "A renewal moves due forward, never back, and changes nothing else") { trial in
            try await trial.put("a", "precious", due: trial.past, tags: ["one", "two"])
            guard var expected = try await trial.claim().first.map(Facts.init(_:)) else {
                throw Finding(expected: "a record to be claimed", found: "none")
            }
            for seconds in [60, 3_600, 86_400] {
                let until = trial.now.advanced(by: .seconds(seconds))
                try await trial.commit(.renew(trial.key("a"), expect: .revision(expected.revision), until: until))
                expected.due = until
                try trial.equal(try await trial.facts("a"), expected, "the record renewed")
            }
            try await trial.commit(.renew(trial.key("a"), expect: .any, until: .distantFuture))
            expected.due = .distantFuture
            for until in [.distantFuture, trial.later, trial.past, .distantPast] as [Timestamp] {
                try await trial.commit(.renew(trial.key("a"), expect: .revision(expected.revision), until: until))
                try trial.equal(try await trial.facts("a"), expected, "the record renewed until \(until) after that")
            }
            try await trial.put("b", tags: ["t"])
            let notDue = try await trial.facts("b")
            for until in [trial.past, trial.later] {
                try await trial.commit(.renew(trial.key("b"), expect: .revision(notDue.revision), until: until))
                try trial.equal(try await trial.facts("b"), notDue, "the record that is not due at all")
            }
        },
        StoreCheck("5.9", "Deliveries count all claims, are kept by puts, and cleared only on request") { trial in
            try await trial.put("a")
            for delivery in 1...3 {
                try trial.equal(try await trial.deliveriesOfNextClaim(), delivery, "the deliveries")
            }
            try await trial.put("a", "second")
            try trial.equal(try await trial.facts("a").deliveries, 3, "the deliveries after a put")
            try trial.equal(try await trial.deliveriesOfNextClaim(), 4, "the deliveries after a put and a claim")
            try await trial.commit(.put(trial.key("a"), "third", expect: .any, clearingDeliveries: true))
            try trial.equal(try await trial.facts("a").deliveries, 0, "the deliveries cleared")
            try trial.equal(try await trial.deliveriesOfNextClaim(), 1, "the deliveries counted anew")
            try await trial.commit(.delete(trial.key("a"), expect: .any))
            try await trial.put("a")
            try trial.equal(try await trial.facts("a").deliveries, 0, "the deliveries of a record created again")
        },
        StoreCheck("5.10", "Who lost a lease is refused whatever it tries; who has it is not") { trial in
            try await trial.put("a", due: trial.past)
            guard let stale = try await trial.claim(lease: .microseconds(1)).first else {
                throw Finding(expected: "a record to be claimed", found: "none")
            }
            try await trial.commit(.reschedule(stale.key, expect: .revision(stale.revision), due: trial.past))
            guard let held = try await trial.claim().first else {
                throw Finding(expected: "the record to be claimed again", found: "none")
            }
            for (name, effect) in trial.effects {
                let write = Write(stale.key, expect: .revision(stale.revision), effect: effect)
                try await trial.conflicts("\(name) at the revision of the first claim", write)
            }
            try await trial.commit(.renew(held.key, expect: .revision(held.revision), until: .distantFuture))
            try await trial.commit(.delete(held.key, expect: .revision(held.revision)))
        },
        StoreCheck("5.11", "Of a renewal and a claim of a lapsed record, at once, one is refused") { trial in
            for round in 0..<60 {
                let name = "n\(round)"
                let revision = try await trial.put(name, due: trial.past)
                let until = trial.later
                let wins = try await together(2) { number in
                    if number == 1 { return try await !trial.claim(1).isEmpty }
                    await yield(times: round % 4)
                    return try await trial.applies([
                        .renew(trial.key(name), expect: .revision(revision), until: until)
                    ])
                }
                try trial.holds(wins[0] != wins[1], "one of them to win", found: wins[0] ? "both did" : "neither did")
            }
        },
    ]
}

extension Trial {
    /// Makes the record at `a` due, claims it, and gives its deliveries then.
    fileprivate func deliveriesOfNextClaim() async throws -> Int? {
        try await commit(.reschedule(key("a"), expect: .any, due: past))
        return try await claim().first?.deliveries
    }
}
