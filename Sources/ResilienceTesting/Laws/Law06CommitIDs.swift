import ResilienceCore

extension StoreLaw {
    static let commitIDs = StoreLaw(
        6,
        "The same commit id gives the same result, once, within its window.",
        [
            StoreCheck("6.1", "A batch handed in again gives the first revision and does nothing, whatever came after")
            { trial in
                let id = CommitID(origin: 1, number: 1)
                let writes = ["a", "b"].map { Write.put(trial.key($0), "old", expect: .absent, tags: ["old"]) }
                let first = try await trial.store.commit(Batch(writes, id: id))
                let second = try await trial.store.commit(Batch(writes, id: id))
                try trial.equal(second, first, "the revision of the second time")
                try trial.equal(try await trial.facts("a").revision, first, "the revision of the record")
                try await trial.put("a", "new")
                try await trial.commit(.delete(trial.key("b"), expect: .any))
                let after = try await trial.everything()
                for _ in 0..<2 {
                    let again = try await trial.store.commit(Batch(writes, id: id))
                    try trial.equal(again, first, "the revision when handed in again")
                    try trial.equal(try await trial.everything(), after, "the space")
                }
            },
            StoreCheck("6.2", "So does one whose `before` has passed since", needs: [.manualClock]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let before = trial.now.advanced(by: .seconds(1))
                let write = Write.put(trial.key("a"), "once", expect: .absent)
                let first = try await trial.commit(write, before: before, id: id)
                trial.clock.advance(by: .seconds(2))
                try trial.equal(try await trial.commit(write, before: before, id: id), first, "the revision")
            },
            StoreCheck("6.3", "Ids that differ in origin or number are different, and hundreds are remembered") {
                trial in
                var ids = [CommitID(origin: .max, number: .max), CommitID(origin: .max, number: 0)]
                for number in 0..<150 as Range<UInt64> { ids += [1, 2].map { CommitID(origin: $0, number: number) } }
                let write = Write.put(trial.key("a"), "value", expect: .any)
                var revisions: [Revision] = []
                for id in ids { revisions.append(try await trial.commit(write, id: id)) }
                try trial.equal(Set(revisions).count, ids.count, "the number of revisions")
                for (id, revision) in zip(ids, revisions) {
                    try trial.equal(try await trial.commit(write, id: id), revision, "the revision of \(id)")
                }
            },
            StoreCheck("6.4", "A batch handed in by many at once is applied once") { trial in
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
            StoreCheck("6.5", "An id is remembered after reopening", needs: [.reopening]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                let reopened = try await trial.reopened()
                let again = try await reopened.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                try trial.equal(again, first, "the revision")
                try trial.equal(try await reopened.facts("a").revision, first, "the revision of the record")
            },
            StoreCheck("6.6", "An id is known to every handle", needs: [.secondHandle]) { trial in
                let id = CommitID(origin: 1, number: 1)
                let other = try await trial.secondHandle()
                let first = try await trial.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                let again = try await other.commit(.put(trial.key("a"), "once", expect: .any), id: id)
                try trial.equal(again, first, "the revision")
            },
            StoreCheck("6.7", "A commit without a reply is settled by its id", needs: [.lostReplies]) { trial in
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
