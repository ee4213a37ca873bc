import ResilienceCore

extension StoreLaw {
    static let commitIDs = StoreLaw(
        6,
        "The same commit id gives the same result, once, within its window.",
        [
            StoreCheck("6.1", "A batch handed in again is not applied again, and gives the first revision") { trial in
                let id = CommitID(origin: 1, number: 1)
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .absent), id: id)
                let second = try await trial.commit(.put(trial.key("a"), "once", expect: .absent), id: id)
                try trial.equal(second, first, "the revision of the second time")
                try trial.equal(try await trial.facts("a").revision, first, "the revision of the record")
                let other = CommitID(origin: 1, number: 2)
                let third = try await trial.commit(.put(trial.key("b"), "any", expect: .any), id: other)
                let fourth = try await trial.commit(.put(trial.key("b"), "any", expect: .any), id: other)
                try trial.equal(fourth, third, "the revision of the second time")
                try trial.equal(try await trial.facts("b").revision, third, "the revision of the record")
            },
            StoreCheck("6.2", "Nor is it when the record was changed or deleted in between") { trial in
                let id = CommitID(origin: 1, number: 1)
                let writes = ["a", "b"].map { Write.put(trial.key($0), "old", expect: .any, tags: ["old"]) }
                let first = try await trial.store.commit(Batch(writes, id: id))
                try await trial.put("a", "new")
                try await trial.commit(.delete(trial.key("b"), expect: .any))
                let after = try await trial.everything()
                for _ in 0..<2 {
                    let again = try await trial.store.commit(Batch(writes, id: id))
                    try trial.equal(again, first, "the revision when handed in again")
                    try trial.equal(try await trial.everything(), after, "the space")
                }
            },
            StoreCheck("6.3", "Nor when the instant of `before` has passed in between", needs: [.manualClock]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let before = trial.now.advanced(by: .seconds(1))
                let write = Write.put(trial.key("a"), "once", expect: .absent)
                let first = try await trial.commit(write, before: before, id: id)
                trial.clock.advance(by: .seconds(2))
                try trial.equal(try await trial.commit(write, before: before, id: id), first, "the revision")
            },
            StoreCheck("6.4", "Ids that differ in origin or number are different commits") { trial in
                let ids = [(1, 1), (1, 2), (2, 1), (UInt64.max, UInt64.max), (UInt64.max, 1), (0, 0)]
                var revisions: Set<Revision> = []
                for (origin, number) in ids {
                    let id = CommitID(origin: UInt64(origin), number: UInt64(number))
                    revisions.insert(try await trial.commit(.put(trial.key("a"), "value", expect: .any), id: id))
                }
                try trial.equal(revisions.count, ids.count, "the number of revisions")
            },
            StoreCheck("6.5", "A batch handed in by many at once is applied once") { trial in
                for round in 0..<20 {
                    let id = CommitID(origin: 7, number: UInt64(round))
                    let key = trial.key("n\(round)")
                    try await trial.commit(.put(key, "value", expect: .absent, due: trial.past))
                    let revisions = try await together(4) { _ in
                        try await trial.commit(Write(key, expect: .any, effect: .deliver(until: trial.past)), id: id)
                    }
                    try trial.equal(Set(revisions).count, 1, "the number of revisions given")
                    let record = try await trial.facts(key.name)
                    try trial.equal(record.deliveries, 1, "the number of times it was applied")
                    try trial.equal(record.revision, revisions[0], "the revision")
                }
            },
            StoreCheck("6.6", "An id is remembered while hundreds of other commits go by") { trial in
                let id = CommitID(origin: 1, number: 0)
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                for number in 1...300 {
                    let other = CommitID(origin: 1, number: UInt64(number))
                    try await trial.commit(.put(trial.key("b"), "value", expect: .any), id: other)
                }
                let again = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                try trial.equal(again, first, "the revision")
            },
            StoreCheck("6.7", "An id is remembered after reopening", needs: [.reopening]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                let reopened = try await trial.reopened()
                let again = try await reopened.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                try trial.equal(again, first, "the revision")
                try trial.equal(try await reopened.facts("a").revision, first, "the revision of the record")
            },
            StoreCheck("6.8", "An id is known to every handle", needs: [.secondHandle]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let other = try await trial.secondHandle()
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                let again = try await other.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                try trial.equal(again, first, "the revision")
            },
            StoreCheck("6.9", "A commit without a reply is settled by its id", needs: [.lostReplies]) { trial in
                for applied in [true, false] {
                    let key = trial.key("applied \(applied)")
                    try await trial.subject.loseNextReply?(applied)
                    let id: CommitID
                    do {
                        let revision = try await trial.commit(.put(key, "once", expect: .absent))
                        throw Finding(expected: "the reply to be lost", found: "\(revision)")
                    } catch StoreError.indeterminate(let given) {
                        id = given
                    }
                    let isThere = try await trial.found(key.name) != nil
                    try trial.equal(isThere, applied, "whether the record is there")
                    let first = try await trial.commit(.put(key, "once", expect: .absent), id: id)
                    let again = try await trial.commit(.put(key, "once", expect: .absent), id: id)
                    try trial.equal(again, first, "the revision of the third time")
                    try trial.equal(try await trial.facts(key.name).revision, first, "the revision of the record")
                }
            },
        ]
    )
}
