import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct IdempotencyTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let keys: Idempotency<String>
    let effect = RecordKey("example", "effect")

    init() throws {
        store = InMemoryStore(clock: clock)
        keys = try Idempotency("charges", on: store)
    }

    private func proceed(_ key: String = "k", as fingerprint: String = "f") async throws -> Idempotency<String>.Ticket {
        guard case .proceed(let ticket) = try await keys.begin(key, fingerprint: fingerprint) else {
            throw Unexpected()
        }
        return ticket
    }

    // MARK: begin

    @Test func aNewKeyProceedsAndACompletedOneIsReplayed() async throws {
        let ticket = try await proceed()
        #expect(ticket.takeovers == 0)
        try await store.commit(Batch([ticket.complete(with: "done"), .put(effect, 1, expect: .absent)]))
        guard case .replay("done") = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        #expect(try await store.read(effect) != nil)
    }

    @Test func whileOneIsAtItTheOthersAreToldUntilWhen() async throws {
        let ticket = try await proceed()
        clock.advance(by: .seconds(29))
        guard case .inProgress(let until) = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        #expect(until == ticket.until)
    }

    @Test func aKeyUsedForSomethingElseIsAMismatchInEachState() async throws {
        let ticket = try await proceed()
        guard case .mismatch = try await keys.begin("k", fingerprint: "other") else { throw Unexpected() }
        clock.advance(by: .seconds(60))
        guard case .mismatch = try await keys.begin("k", fingerprint: "other") else { throw Unexpected() }
        try await ticket.complete(with: "done", also: [])
        guard case .mismatch = try await keys.begin("k", fingerprint: "other") else { throw Unexpected() }
    }

    @Test func aCrashedOwnersLeaseEndsAndItsLateOutcomeIsRefusedWithItsEffect() async throws {
        let crashed = try await proceed()
        clock.advance(by: .seconds(30))
        let next = try await proceed()
        #expect(next.takeovers == 1)
        #expect(next.fence > crashed.fence)
        await #expect(throws: IdempotencyError.lost(key: "k")) {
            try await crashed.complete(with: "late", also: [.put(effect, 1, expect: .absent)])
        }
        #expect(try await store.read(effect) == nil)
        try await next.complete(with: "done", also: [])
        guard case .replay("done") = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    @Test func aLapsedLeaseThatNobodyTookStillCompletes() async throws {
        let ticket = try await proceed()
        clock.advance(by: .seconds(300))
        try await ticket.complete(with: "done", also: [])
        guard case .replay("done") = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    @Test func anAbandonedKeyIsFreeAtOnceAndOnlyItsOwnerCanFreeIt() async throws {
        let failed = try await proceed()
        try await failed.abandon()
        let second = try await proceed()
        #expect(second.takeovers == 0)
        try await failed.abandon()
        guard case .inProgress = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    // MARK: renewal

    @Test func aRenewedLeaseHoldsAndKeepsTheFence() async throws {
        var ticket = try await proceed()
        clock.advance(by: .seconds(20))
        try await ticket.renew()
        clock.advance(by: .seconds(20))
        guard case .inProgress(let until) = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        #expect(until == ticket.until)
        try await ticket.complete(with: "done", also: [])
    }

    @Test func aLeaseThatHasEndedIsNotRenewed() async throws {
        var ticket = try await proceed()
        clock.advance(by: .seconds(30))
        await #expect(throws: IdempotencyError.lost(key: "k")) { try await ticket.renew() }
    }

    // MARK: retention

    @Test func anOutcomeIsKeptForItsRetentionAndNotLonger() async throws {
        let ticket = try await proceed()
        try await ticket.complete(with: "done", also: [])
        clock.advance(by: .seconds(24 * 3600 - 1))
        guard case .replay = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        #expect(try await keys.purge() == 0)
        clock.advance(by: .seconds(1))
        let again = try await proceed(as: "other")
        #expect(again.takeovers == 0)
    }

    @Test func aCallMaySetItsOwnRetention() async throws {
        let payment = Duration.seconds(72 * 3600)
        guard case .proceed(let ticket) = try await keys.begin("k", fingerprint: "f", retention: payment) else {
            throw Unexpected()
        }
        try await ticket.complete(with: "done", also: [])
        clock.advance(by: .seconds(71 * 3600))
        guard case .replay = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    @Test func thePurgeTakesWhatIsOverAndLeavesTheRest() async throws {
        for number in 0..<450 {
            try await proceed("old-\(number)").complete(with: "done", also: [])
        }
        let crashed = try await proceed("crashed")
        clock.advance(by: .seconds(12 * 3600))
        try await proceed("young").complete(with: "done", also: [])
        #expect(try await keys.purge() == 0)
        clock.advance(by: .seconds(12 * 3600))
        #expect(try await keys.purge() == 450)
        #expect(try await store.read(crashed.key) != nil)
        clock.advance(by: .seconds(30))
        #expect(try await keys.purge() == 1)
        #expect(try await store.read(crashed.key) == nil)
        #expect(try await store.count(Scan("idempotency.charges")) == 1)
    }

    @Test func anOutcomeOfNothingIsAnOutcome() async throws {
        let keys = try Idempotency<Int?>("optional", on: store)
        guard case .proceed(let ticket) = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        try await ticket.complete(with: nil, also: [])
        guard case .replay(nil) = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    // MARK: run

    @Test func runDoesTheWorkOnceAndReplaysItsOutcome() async throws {
        var calls = 0
        for round in 0..<3 {
            let answer = try await keys.run("k", fingerprint: "f") { _ in
                calls += 1
                return "done \(calls)"
            }
            #expect(answer.outcome == "done 1")
            #expect(answer.replayed == (round > 0))
        }
        #expect(calls == 1)
    }

    @Test func workThatThrowsFreesTheKey() async throws {
        await #expect(throws: Unexpected.self) {
            try await keys.run("k", fingerprint: "f") { _ -> String in throw Unexpected() }
        }
        #expect(try await keys.run("k", fingerprint: "f") { _ in "done" }.replayed == false)
    }

    @Test func aConflictOfTheEffectRecordsNothingAndFreesTheKey() async throws {
        try await store.commit(Batch([.put(effect, 1, expect: .absent)]))
        await #expect(throws: StoreError.self) {
            try await keys.run("k", fingerprint: "f") { _ in .init("done", also: [.put(effect, 2, expect: .absent)]) }
        }
        let answer = try await keys.run("k", fingerprint: "f") { _ in
            .init("done", also: [.delete(effect, expect: .any)])
        }
        #expect(!answer.replayed)
        #expect(try await store.read(effect) == nil)
    }

    @Test func runSaysWhyItDidNothing() async throws {
        let ticket = try await proceed()
        await #expect(throws: IdempotencyError.inProgress(key: "k", until: ticket.until)) {
            try await keys.run("k", fingerprint: "f") { _ in "never" }
        }
        await #expect(throws: IdempotencyError.mismatch(key: "k")) {
            try await keys.run("k", fingerprint: "g") { _ in "never" }
        }
    }

    @Test func theLeaseIsRenewedAsLongAsTheWorkRuns() throws {
        try simulated { sim in
            let answer = try await keys.run("k", fingerprint: "f") { ticket in
                for _ in 0..<12 {
                    try await sim.settle()
                    clock.advance(by: .seconds(10))
                }
                try await sim.settle()
                guard case .inProgress = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
                return "slow"
            }
            #expect(answer.outcome == "slow")
            #expect(clock.sleeperCount == 0)
        }
    }

    @Test func aCancelledCallerLosesNoOutcome() async throws {
        let caller = Task { [keys] in
            try await keys.run("k", fingerprint: "f") { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                return "done"
            }
        }
        #expect(try await caller.value.outcome == "done")
        guard case .replay("done") = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
    }

    @Test func aCancelledCallerGetsACancellationAndHoldsNoKey() async throws {
        let caller = Task { [keys] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await keys.begin("k", fingerprint: "f")
        }
        await #expect(throws: CancellationError.self) { try await caller.value }
        _ = try await proceed()
    }

    @Test func aTakeoverIsAnEvent() async throws {
        let events = Events()
        let keys = try Idempotency<String>("charges", on: store, observer: events)
        _ = try await keys.begin("k", fingerprint: "f")
        clock.advance(by: .seconds(31))
        _ = try await keys.begin("k", fingerprint: "f")
        #expect(events.kinds == [.idempotencyTakenOver])
    }

    @Test func aKeyThatWasTakenOverIsRenewedNoMoreAndItsOutcomeRefused() throws {
        try simulated { sim in
            let events = Events()
            let keys = try Idempotency<String>("charges", on: store, observer: events)
            let slow = sim.task("slow") {
                try await keys.run("k", fingerprint: "f") { _ in
                    try await sim.settle()
                    // Suspended for longer than its lease, during which another one comes.
                    clock.advance(by: .seconds(31))
                    let next = try await proceed()
                    for _ in 0..<3 {
                        try await sim.settle()
                        clock.advance(by: .seconds(10))
                    }
                    try await next.complete(with: "theirs", also: [])
                    return "ours"
                }
            }
            await #expect(throws: IdempotencyError.lost(key: "k")) { try await slow.value }
            #expect(events.kinds == [.idempotencyRenewalFailed])
            #expect(events.all.first?.attributes["error"] == "IdempotencyError")
            guard case .replay("theirs") = try await keys.begin("k", fingerprint: "f") else { throw Unexpected() }
        }
    }

    @Test func whatIsNotAllowedIsRefused() async throws {
        #expect(throws: InvalidArgument.self) { try Idempotency<Int>("", on: store) }
        #expect(throws: InvalidArgument.self) { try Idempotency<Int>("a", on: store, lease: .zero) }
        #expect(throws: InvalidArgument.self) { try Idempotency<Int>("a", on: store, retention: .seconds(-1)) }
        await #expect(throws: InvalidArgument.self) {
            try await keys.begin("k", fingerprint: "f", retention: .zero)
        }
        await #expect(throws: StoreError.self) { try await keys.begin("", fingerprint: "f") }
        let forever = try Idempotency<Int>("a", on: store, lease: .seconds(Int64.max), retention: .seconds(Int64.max))
        guard case .proceed(let ticket) = try await forever.begin("k", fingerprint: "f") else { throw Unexpected() }
        try await ticket.complete(with: 1, also: [])
        #expect(try await forever.purge() == 0)
    }
}

struct Unexpected: Error {}

/// Keeps what it observes.
final class Events: Observer {
    private let state = Mutex<[ResilienceEvent]>([])
    var all: [ResilienceEvent] { state.withLock { $0 } }
    var kinds: [ResilienceEvent.Kind] { all.map(\.kind) }
    func observe(_ event: ResilienceEvent) { state.withLock { $0.append(event) } }
}
