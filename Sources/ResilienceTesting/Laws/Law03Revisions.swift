import ResilienceCore

extension StoreLaw {
    static let revisions = StoreLaw(
        3,
        "A key's revisions strictly increase, are unique to their commit, and are never used again after a delete.",
        [
            StoreCheck("3.1", "Each write but a renewal and a verification gives a greater revision") { trial in
                var last = Revision(rawValue: 0)
                for (name, effect) in trial.effects where !["renew", "verify", "delete"].contains(name) {
                    let first = try await trial.put("a", "by \(name)", due: trial.past)
                    let second = try await trial.commit(Write(trial.key("a"), expect: .any, effect: effect))
                    let present = try await trial.facts("a").revision
                    try trial.holds(last < first, "a revision after \(last)", found: "\(first)")
                    try trial.holds(first < second, "\(name) to give one after \(first)", found: "\(second)")
                    try trial.equal(present, second, "the revision after \(name)")
                    last = second
                }
                try await trial.commit(.reschedule(trial.key("a"), expect: .any, due: trial.past))
                let before = try await trial.facts("a").revision
                let claimed = try await trial.claim().first?.revision ?? before
                try trial.holds(claimed > before, "a claim to give a revision after \(before)", found: "\(claimed)")
            },
            StoreCheck("3.2", "A record created again has a greater revision, and refuses all it had before") { trial in
                var last = Revision(rawValue: 0)
                for round in 0..<5 {
                    let created = try await trial.put("a", "round \(round)", expect: .absent, due: trial.past)
                    try trial.holds(created > last, "a revision after \(last)", found: "\(created)")
                    last = try await trial.claim().first?.revision ?? created
                    let old = [created, last]
                    try await trial.commit(.delete(trial.key("a"), expect: .revision(last)))
                    try await trial.conflicts("an old revision", .verify(trial.key("a"), expect: .revision(last)))
                    last = try await trial.put("a", "again", expect: .absent)
                    for revision in old {
                        try await trial.conflicts(
                            "an old revision",
                            .delete(trial.key("a"), expect: .revision(revision))
                        )
                    }
                    try await trial.commit(.delete(trial.key("a"), expect: .revision(last)))
                }
            },
            StoreCheck("3.3", "Two commits never have the same revision, whichever space, task or claim") { trial in
                var all = try await trial.revisionsOfManyCommits()
                for _ in 0..<10 { all += try await trial.claim(1).map(\.revision) }
                try trial.equal(Set(all).count, all.count, "the number of different revisions")
            },
            StoreCheck("3.4", "After reopening, revisions go on, also for deleted records", needs: [.reopening]) {
                trial in
                try await trial.put("a")
                let last = try await trial.put("b")
                try await trial.commit(.delete(trial.key("b"), expect: .any))
                let reopened = try await trial.reopened()
                for name in ["b", "a"] {
                    let next = try await reopened.put(name)
                    try trial.holds(next > last, "a revision after \(last)", found: "\(next)")
                }
            },
            StoreCheck("3.5", "Two handles never give the same revision", needs: [.secondHandle]) { trial in
                let handles = [trial, try await trial.secondHandle()]
                let all = try await together(2) { try await handles[$0].revisionsOfManyCommits() }.flatMap { $0 }
                try trial.equal(Set(all).count, all.count, "the number of different revisions")
            },
        ]
    )
}

extension Trial {
    /// Commits from several tasks, in two spaces, to a key that all write and to keys of their own.
    fileprivate func revisionsOfManyCommits() async throws -> [Revision] {
        let commits = try await together(4) { task in
            var revisions: [Revision] = []
            for round in 0..<12 {
                let keys = [key("shared"), key("own \(task)"), RecordKey(otherSpace, "shared")]
                let mine = try await commit(.put(keys[round % 3], "value", expect: .any, due: past))
                let present = try await store.read(keys[round % 3])?.revision ?? Revision(rawValue: 0)
                try holds(present >= mine, "a record at \(mine) or after", found: "\(present)")
                revisions.append(mine)
            }
            return revisions
        }
        return commits.flatMap { $0 }
    }
}
