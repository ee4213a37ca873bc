import ResilienceCore

extension StoreLaw {
    static let durability = StoreLaw(
        9,
        "What returned is durable at the level configured.",
        [
            StoreCheck("9.1", "After reopening, records are as the last commit left them", needs: [.reopening]) {
                trial in
                for number in 0..<20 {
                    let due = number % 2 == 0 ? trial.past.advanced(by: .seconds(Int64(number))) : nil
                    try await trial.put(
                        "n\(number)",
                        "value \(number)",
                        due: due,
                        tags: ["t\(number % 3)", "é\(number)"]
                    )
                }
                let claimed = try await trial.claim(3, lease: .seconds(3_600))
                for record in claimed {
                    try await trial.commit(
                        .renew(
                            record.key,
                            expect: .revision(record.revision),
                            until: trial.later.advanced(by: .seconds(9))
                        )
                    )
                }
                try await trial.put("n1", "changed")
                try await trial.commit(.reschedule(trial.key("n3"), expect: .any, due: .distantFuture))
                let before = try await trial.everything()
                try trial.equal(try await trial.reopened().everything(), before, "all records after reopening")
            },
            StoreCheck("9.2", "What was deleted or replaced stays away after reopening", needs: [.reopening]) { trial in
                for name in ["a", "b", "c"] {
                    try await trial.put(name, due: trial.past, tags: ["old", "old \(name)"])
                }
                try await trial.put("b", due: trial.past, tags: ["new"])
                try await trial.commit(.delete(trial.key("c"), expect: .any))
                let reopened = try await trial.reopened()
                for order in [Scan.Order.name, .tag, .due(through: trial.now)] {
                    let expected: [Text] = order == .tag ? ["b", "a", "a"] : ["a", "b"]
                    try trial.equal(
                        try await reopened.names(Scan(trial.space, by: order)),
                        expected,
                        "the names by \(order)"
                    )
                }
                try trial.equal(try await reopened.found("c"), nil, "the record deleted")
            },
            StoreCheck("9.3", "A lease outlives the process that took it", needs: [.reopening, .manualClock]) { trial in
                try await trial.put("a", due: trial.past)
                let revision = try await trial.claim(lease: .seconds(30)).first?.revision
                let reopened = try await trial.reopened()
                trial.clock.advance(by: .seconds(30) - .microseconds(1))
                try trial.equal(try await reopened.claim().count, 0, "the number claimed before the lease ends")
                try trial.equal(try await reopened.facts("a").revision, revision, "the revision of the lease")
                trial.clock.advance(by: .microseconds(1))
                try trial.equal(try await reopened.claim().map(\.deliveries), [2], "the deliveries after it ended")
            },
        ]
    )
}
