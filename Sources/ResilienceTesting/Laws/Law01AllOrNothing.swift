import ResilienceCore

extension StoreLaw {
    static let allOrNothing = StoreLaw(
        1,
        "A batch is applied whole or not at all.",
        [
            StoreCheck("1.1", "A batch of which any one write conflicts or is invalid does nothing") { trial in
                try await trial.prepareForRefusal()
                let before = try await trial.everything()
                for place in 0...5 {
                    for (name, refusal) in [("there", Trial.Refusal.conflict), ("", .invalid)] {
                        var writes = trial.oneWriteOfEachKind()
                        writes.insert(.put(trial.key(name), "no", expect: .absent), at: place)
                        try await trial.refuses("a batch whose write \(place) is bad", with: refusal) {
                            try await trial.store.commit(Batch(writes))
                        }
                        try trial.equal(try await trial.everything(), before, "the space after that")
                    }
                }
                try await trial.store.commit(Batch(trial.oneWriteOfEachKind()))
            },
            StoreCheck("1.2", "A thousand writes, in two spaces, are applied together, or none of them") { trial in
                let keys = (0..<StoreLimits.writes).map {
                    RecordKey($0 < 999 ? trial.space : trial.otherSpace, "n\($0)")
                }
                let revision = try await trial.store.commit(Batch(keys.map { .put($0, "one", expect: .absent) }))
                let written = try await trial.store.read(keys).compactMap { $0?.revision }
                try trial.equal(written.count, keys.count, "the number of records written")
                try trial.equal(Set(written), [revision], "their revisions")
                try await trial.commit(.delete(keys[999], expect: .any))
                let again = Batch(keys.map { .put($0, "two", expect: .revision(revision)) })
                try await trial.refuses("a batch whose last write conflicts", with: .conflict) {
                    try await trial.store.commit(again)
                }
                let values = try await trial.everything().map(\.value)
                try trial.equal(values, Array(repeating: "one", count: 999), "the values")
            },
            StoreCheck("1.3", "While batches are written, no read sees a part of one") { trial in
                let keys = [trial.key("a"), trial.key("b"), RecordKey(trial.otherSpace, "a")]
                let initial = Batch(keys.map { .put($0, "first", expect: .any) })
                try await trial.store.commit(initial)
                try await whileWriting(rounds: 60) { writer, round in
                    try await trial.store.commit(
                        Batch(keys.map { .put($0, "writer \(writer), round \(round)", expect: .any) })
                    )
                } read: {
                    let revisions = try await trial.store.read(keys).map { $0?.revision }
                    try trial.equal(Set(revisions).count, 1, "the number of different revisions read at once")
                }
            },
        ]
    )
}

extension Trial {
    /// Records for ``oneWriteOfEachKind()`` to work on.
    fileprivate func prepareForRefusal() async throws {
        for name in ["there", "deleted", "rescheduled", "renewed", "replaced"] {
            try await put(name, due: past, tags: ["tag"])
        }
    }

    /// Writes that would each leave a trace.
    fileprivate func oneWriteOfEachKind() -> [Write] {
        [
            .put(key("new"), "new", expect: .absent),
            .delete(key("deleted"), expect: .any),
            .reschedule(key("rescheduled"), expect: .any, due: later),
            .renew(key("renewed"), expect: .any, until: later),
            .put(key("replaced"), "replaced", expect: .any, tags: ["other"]),
        ]
    }
}
