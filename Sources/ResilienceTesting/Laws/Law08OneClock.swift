import ResilienceCore
import Synchronization

extension StoreLaw {
    static let oneClock = StoreLaw(
        8,
        "The store reads no clock but the one it vends.",
        [
            StoreCheck(
                "8.1",
                "On a clock of long ago, what is due by other clocks is not due",
                needs: [.manualClock],
                startingAt: Timestamp(seconds: 86_400)
            ) { trial in try await trial.livesByItsClock() },
            StoreCheck(
                "8.2",
                "On a clock of the far future, what is not due by other clocks is due",
                needs: [.manualClock],
                startingAt: Timestamp(seconds: 10_000_000_000)
            ) { trial in try await trial.livesByItsClock() },
            StoreCheck("8.3", "What becomes due wakes a listener, on the store's clock", needs: [.manualClock]) {
                trial in
                // A single hint may be missing; that none ever comes is what breaks the promise.
                let woken = Flag()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let hints = trial.store.wakeups(in: trial.space)
                    group.addTask {
                        for await _ in hints {
                            woken.set()
                            return
                        }
                    }
                    for round in 0..<2_000 where !woken.isSet {
                        try await trial.put("n\(round % 7)", due: trial.now)
                        if round % 20 == 19 { trial.clock.advance(by: .seconds(1)) }
                        await yield(times: 5)
                    }
                    group.cancelAll()
                }
                try trial.holds(woken.isSet, "a hint within 100 seconds and 2,000 commits", found: "none")
            },
        ]
    )
}

extension Trial {
    /// A claim, a lease and a deadline go by the store's clock, whatever the time is elsewhere.
    fileprivate func livesByItsClock() async throws {
        try equal(now, clock.now, "the now of the clock that the store vends")
        try await put("due", due: now)
        try await put("not yet", due: now.advanced(by: .seconds(60)))
        try equal(try await claim(lease: .seconds(90)).map(\.key.name), ["due"], "the names claimed")
        try equal(try await facts("due").due, now.advanced(by: .seconds(90)), "the end of the lease")
        try await commit(.put(key("a"), "in time", expect: .absent), before: now.advanced(by: .microseconds(1)))
        try await refuses("a batch whose instant has come", with: .late) {
            try await commit(.put(key("b"), "late", expect: .absent), before: now)
        }
        clock.advance(by: .seconds(60))
        try equal(now, clock.now, "its now a minute later")
        try equal(try await claim().map(\.key.name), ["not yet"], "the names claimed after a minute")
    }
}

/// Something that has happened or not.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}
