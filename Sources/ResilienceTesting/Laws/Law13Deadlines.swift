import ResilienceCore

extension StoreLaw {
    static let deadlines = StoreLaw(
        13,
        "A batch with `before` is applied only at an instant of the store's clock before it, else it is `late`.",
        [
            StoreCheck(
                "13.1",
                "A batch is in time up to a microsecond before, and late from the instant on",
                needs: [.manualClock]
            ) { trial in
                let instant = trial.now.advanced(by: .seconds(1))
                trial.clock.advance(by: .seconds(1) - .microseconds(1))
                try await trial.commit(.put(trial.key("in time"), "value", expect: .absent), before: instant)
                for step in [Duration.microseconds(1), .microseconds(1), .seconds(1_000)] {
                    trial.clock.advance(by: step)
                    try await trial.refuses("a batch \(step) on", with: .late) {
                        try await trial.commit(.put(trial.key("late"), "value", expect: .absent), before: instant)
                    }
                }
                try trial.equal(try await trial.everything().map(\.name), ["in time"], "the names")
            },
            StoreCheck("13.2", "A late batch does nothing, whatever it holds") { trial in
                for (name, _) in trial.effects { try await trial.put(name, due: trial.past, tags: ["t"]) }
                let before = try await trial.everything()
                for (name, effect) in trial.effects {
                    for instant in [trial.past, trial.now, .distantPast] {
                        try await trial.refuses("a late \(name)", with: .late) {
                            try await trial.commit(
                                Write(trial.key(name), expect: .any, effect: effect),
                                before: instant
                            )
                        }
                    }
                }
                let writes = trial.effects.map { Write(trial.key($0.0), expect: .any, effect: $0.1) }
                try await trial.refuses("a late batch", with: .late) {
                    try await trial.store.commit(Batch(writes, before: trial.past))
                }
                try trial.equal(try await trial.everything(), before, "the space after late batches")
                for instant in [trial.later, .distantFuture] {
                    try await trial.commit(.put(trial.key("a"), "value", expect: .any), before: instant)
                }
            },
            StoreCheck("13.3", "No batch is applied once its instant was seen to pass", needs: [.manualClock]) {
                trial in
                for round in 0..<100 {
                    let (first, second) = (trial.key("first \(round)"), trial.key("second \(round)"))
                    let instant = trial.now.advanced(by: .seconds(1))
                    let applied = try await together(2) { number in
                        if number == 0 {
                            return try await trial.isInTime([.put(first, "value", expect: .absent)], instant)
                        }
                        await yield(times: round % 5)
                        trial.clock.advance(to: instant)
                        // From here on the first batch is late, if it was not applied before this one.
                        return try await trial.applies([
                            .verify(first, expect: .absent), .put(second, "value", expect: .absent),
                        ])
                    }
                    try trial.holds(
                        applied[0] != applied[1],
                        "the first batch to be late exactly if the second came before it",
                        found: applied[0] ? "both applied" : "neither applied"
                    )
                }
            },
        ]
    )
}

extension Trial {
    fileprivate func isInTime(_ writes: [Write], _ instant: Timestamp) async throws -> Bool {
        do {
            try await store.commit(Batch(writes, before: instant))
            return true
        } catch StoreError.late {
            return false
        }
    }
}
