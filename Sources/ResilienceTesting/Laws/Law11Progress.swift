import ResilienceCore

extension StoreLaw {
    static let progress = StoreLaw(
        11,
        "Of commits that conflict at least one succeeds.",
        [
            StoreCheck("11.1", "Of many commits at one revision, at once, exactly one succeeds") { trial in
                var revision = try await trial.put("a")
                for round in 0..<40 {
                    let expected = revision
                    let wins = try await together(4) { number in
                        await yield(times: number * round % 3)
                        let value = "task \(number)"
                        return try await trial.applies([.put(trial.key("a"), value, expect: .revision(expected))])
                    }
                    try trial.equal(wins.count { $0 }, 1, "the number that succeed in round \(round)")
                    revision = try await trial.facts("a").revision
                }
            },
            StoreCheck("11.2", "Of many inserts of one name, at once, exactly one succeeds") { trial in
                for round in 0..<40 {
                    let key = trial.key("n\(round)")
                    let wins = try await together(4) { number in
                        await yield(times: number * round % 3)
                        return try await trial.applies([.put(key, "task \(number)", expect: .absent)])
                    }
                    try trial.equal(wins.count { $0 }, 1, "the number that succeed in round \(round)")
                    guard let winner = wins.firstIndex(of: true) else { return }
                    try trial.equal(try await trial.facts(key.name).value, Text("task \(winner)"), "the value")
                }
            },
            StoreCheck("11.3", "Commits that have nothing in common never conflict") { trial in
                _ = try await together(4) { task in
                    var expectation = Expectation.absent
                    for _ in 0..<25 {
                        expectation = .revision(try await trial.put("task \(task)", expect: expectation))
                        await Task.yield()
                    }
                }
            },
            StoreCheck("11.4", "Batches that meet in opposite orders neither block nor defeat each other") { trial in
                let names = (0..<6).map { "n\($0)" }
                for name in names { try await trial.put(name) }
                for round in 0..<25 {
                    let records = try await trial.everything()
                    let wins = try await together(3) { number in
                        await yield(times: number * round % 3)
                        let writes = records.map { Write.put($0.key, "round \(round)", expect: .revision($0.revision)) }
                        return try await trial.applies(number % 2 == 0 ? writes : writes.reversed())
                    }
                    try trial.equal(wins.count { $0 }, 1, "the number that succeed in round \(round)")
                }
            },
        ]
    )
}
