import ResilienceCore

extension StoreLaw {
    static let progress = StoreLaw(
        11,
        "Of commits that conflict at least one succeeds.",
        [
            StoreCheck("11.1", "Of inserts of one name, or commits at one revision, at once, one succeeds") { trial in
                var expectation = Expectation.absent
                for round in 0..<80 {
                    let expected = expectation
                    let wins = try await together(4) { number in
                        await yield(times: number * round % 3)
                        let value = "task \(number)"
                        return try await trial.applies([.put(trial.key("a"), value, expect: expected)])
                    }
                    try trial.equal(wins.count { $0 }, 1, "the number that succeed in round \(round)")
                    guard let winner = wins.firstIndex(of: true) else { return }
                    let record = try await trial.facts("a")
                    try trial.equal(record.value, Text("task \(winner)"), "the value")
                    expectation = .revision(record.revision)
                    guard round % 2 == 1 else { continue }
                    try await trial.commit(.delete(trial.key("a"), expect: expectation))
                    expectation = .absent
                }
            },
            StoreCheck("11.2", "Commits that have nothing in common never conflict") { trial in
                _ = try await together(4) { task in
                    var expectation = Expectation.absent
                    for _ in 0..<25 {
                        expectation = .revision(try await trial.put("task \(task)", expect: expectation))
                        await Task.yield()
                    }
                }
            },
            StoreCheck("11.3", "Batches that meet in opposite orders neither block nor defeat each other") { trial in
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
