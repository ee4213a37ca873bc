import ResilienceCore

extension StoreLaw {
    static let cancellation = StoreLaw(
        10,
        "A cancelled call is `cancelled` with nothing done, or `indeterminate`; never a broken connection.",
        [
            StoreCheck("10.1", "A look or a claim by a cancelled task is `cancelled`; nothing is claimed") { trial in
                try await trial.put("a", due: trial.past)
                let before = try await trial.everything()
                let calls: [(String, @Sendable () async throws -> Void)] = [
                    ("read", { _ = try await trial.store.read([trial.key("a")]) }),
                    ("scan", { _ = try await trial.store.scan(Scan(trial.space)) }),
                    ("count", { _ = try await trial.store.count(Scan(trial.space)) }),
                    ("claim", { _ = try await trial.claim() }),
                ]
                for (name, call) in calls {
                    let result = await cancelled(call)
                    // A claim is made by a commit, of which the store may not know the end.
                    if name == "claim", case .failure(StoreError.indeterminate) = result { return }
                    try await trial.refuses("a \(name) by a cancelled task", with: .cancelled) { try result.get() }
                }
                try trial.equal(try await trial.everything(), before, "the space")
                try trial.equal(try await trial.claim().count, 1, "the number claimed afterwards")
            },
            StoreCheck("10.2", "A commit by a cancelled task does nothing, or is settled by its id") { trial in
                for (name, effect) in trial.effects {
                    try await trial.put(name, due: trial.past, tags: ["t"])
                    let before = try await trial.everything()
                    let batch = Batch([
                        Write(trial.key(name), expect: .any, effect: effect),
                        .put(trial.key("trace of \(name)"), "value", expect: .absent),
                    ])
                    let result = await cancelled { try await trial.store.commit(batch) }
                    if case .success = result {
                        throw Finding(expected: "a \(name) by a cancelled task to be refused", found: "it was applied")
                    }
                    try await trial.settle(result, batch) { applied in
                        guard !applied else { return }
                        try trial.equal(try await trial.everything(), before, "the space after a cancelled \(name)")
                    }
                }
            },
            StoreCheck("10.3", "A commit that is cancelled on its way tells the truth of what it did") { trial in
                _ = try await together(4) { task in
                    for round in 0..<25 {
                        let key = trial.key("task \(task), round \(round)")
                        let batch = Batch([.put(key, "value", expect: .absent)])
                        let result = await cancelled(after: round % 8) { try await trial.store.commit(batch) }
                        try await trial.settle(result, batch) { applied in
                            let isThere = try await trial.found(key.name) != nil
                            try trial.equal(isThere, applied, "whether \(key) is there")
                        }
                    }
                }
            },
            StoreCheck("10.4", "A claim that is cancelled on its way leaves none taken in secret") { trial in
                for round in 0..<40 {
                    let name = "n\(round)"
                    try await trial.put(name, due: trial.past)
                    let result = await cancelled(after: round % 8) { try await trial.claim() }
                    switch result {
                    case .success(let records): try trial.equal(records.count, 1, "the number claimed")
                    case .failure(StoreError.indeterminate): break
                    case .failure(StoreError.cancelled):
                        try trial.equal(try await trial.facts(name).deliveries, 0, "the deliveries after `cancelled`")
                        try trial.equal(try await trial.claim().count, 1, "the number claimed afterwards")
                    case .failure(let error):
                        throw Finding(expected: "`cancelled` or `indeterminate`", found: "\(error)")
                    }
                    try await trial.commit(.delete(trial.key(name), expect: .any))
                }
            },
            StoreCheck("10.5", "After many cancelled calls the store goes on as before") { trial in
                try await trial.put("a", "value", due: trial.past)
                let expected = try await trial.everything()
                _ = try await together(20) { number in
                    _ = await cancelled(after: number % 3) { try await trial.store.read([trial.key("a")]) }
                    _ = await cancelled(after: number % 3) { try await trial.store.scan(Scan(trial.space)) }
                    let verify = Batch([.verify(trial.key("a"), expect: .any)])
                    _ = await cancelled(after: number % 3) { try await trial.store.commit(verify) }
                }
                try trial.equal(try await trial.everything(), expected, "the space")
                try await trial.put("a", "next")
                try trial.equal(try await trial.facts("a").value, "next", "the value")
            },
        ]
    )
}

extension Trial {
    /// Judges a commit that may have been cancelled: finds out whether it was applied, and settles it if it does not say.
    fileprivate func settle(
        _ result: Result<Revision, any Error>,
        _ batch: Batch,
        check: (_ applied: Bool) async throws -> Void
    ) async throws {
        switch result {
        case .success:
            try await check(true)
        case .failure(StoreError.cancelled):
            try await check(false)
        case .failure(StoreError.indeterminate(let id)):
            var batch = batch
            batch.id = id
            let first = try await store.commit(batch)
            try equal(try await store.commit(batch), first, "the revision of an unsettled commit")
            try await check(true)
        case .failure(let error):
            throw Finding(expected: "`cancelled` or `indeterminate`", found: "\(error)")
        }
    }
}
