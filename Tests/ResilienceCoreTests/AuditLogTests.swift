import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct AuditLogTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let trail: AuditLog

    init() throws {
        store = InMemoryStore(clock: clock)
        trail = try AuditLog("bookings", on: store)
    }

    private func entry(_ action: String, _ from: String? = nil, _ to: String? = nil) -> AuditEntry {
        AuditEntry(at: clock.now, who: "ann", action: action, from: from, to: to)
    }

    private func append(_ action: String, to subject: String, _ from: String? = nil, _ to: String? = nil) async throws {
        let number = try await trail.nextNumber(of: subject)
        try await store.commit(Batch([trail.append(entry(action, from, to), to: subject, as: number)]))
    }

    @Test func entriesAreReadInOrderAndInPages() async throws {
        for number in 1...25 { try await append("step \(number)", to: "b1") }
        var read: [AuditLog.Line] = []
        while true {
            let page = try await trail.entries(of: "b1", after: read.last?.number ?? 0, limit: 10)
            read += page
            if page.count < 10 { break }
        }
        #expect(read.map(\.number) == Array(1...25))
        #expect(read.map(\.entry.action) == (1...25).map { "step \($0)" })
    }

    @Test func theFinalStateOfAFlowCanBeReplayed() async throws {
        var state: String?
        for next in ["held", "confirmed", "cancelled"] {
            try await append("move", to: "b1", state, next)
            state = next
        }
        let entries = try await trail.entries(of: "b1").map(\.entry)
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.to == $1.from })
        #expect(entries.last?.to == "cancelled")
        #expect(try await trail.last(of: "b1")?.entry.to == "cancelled")
    }

    @Test func ofTwoAppendsWithOneNumberOneConflictsTogetherWithItsChange() async throws {
        let number = try await trail.nextNumber(of: "b1")
        let change = Space<String>("bookings")
        try await store.commit(
            Batch([change.put("a", at: "x", expect: .absent), trail.append(entry("one"), to: "b1", as: number)])
        )
        await #expect(throws: StoreError.self) {
            try await store.commit(
                Batch([change.put("b", at: "y", expect: .absent), trail.append(entry("two"), to: "b1", as: number)])
            )
        }
        #expect(try await store.read(change.key("y")) == nil)
        #expect(try await trail.nextNumber(of: "b1") == 2)
    }

    @Test func subjectsDoNotMixWhateverTheirNames() async throws {
        var subjects = ["a", "a|", "a|0", "a|0000000000000000001", "a%7C", "a%", "a:", "ab", "é", "e\u{301}"]
        // Longer than a name has room for, alike in their beginnings, and as long as there is room.
        for length in [459, 460, 461, 491, 492, 493, 512, 2_000] {
            subjects += ["a", "b"].map { String(repeating: "x", count: length - 1) + $0 }
        }
        subjects += ["a", "b"].map { String(repeating: "é|", count: 300) + $0 }
        for subject in subjects { try await append(subject, to: subject) }
        for subject in subjects {
            let actions = try await trail.entries(of: subject).map { Array($0.entry.action.utf8) }
            #expect(actions == [Array(subject.utf8)])
        }
    }

    @Test func thereIsNoEntryOfAnUnknownSubject() async throws {
        #expect(try await trail.entries(of: "b1").isEmpty)
        #expect(try await trail.last(of: "b1") == nil)
        #expect(try await trail.nextNumber(of: "b1") == 1)
    }

    @Test func anEntryOnceMadeStays() async throws {
        try await append("one", to: "b1")
        for number in [1, Int.min, Int.max] {
            _ = try? await store.commit(Batch([trail.append(entry("forged"), to: "b1", as: number)]))
        }
        #expect(try await trail.entries(of: "b1").first?.entry.action == "one")
    }
}
