import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct WaitlistTests {
    /// A desk and its waitlist in simulated time, and who was notified.
    struct Hall: Sendable {
        let sim: Simulation
        let store: InMemoryStore
        let desk: HoldDesk
        let waitlist: Waitlist
        let notified: Notices

        func span(_ from: Int, _ until: Int) -> HoldSpan {
            let day = Timestamp(seconds: 4_000_000_000)
            return .interval(
                from: day.advanced(by: .seconds(3_600 * from)),
                until: day.advanced(by: .seconds(3_600 * until))
            )
        }

        func serve(_ name: String = "service") {
            sim.task(name) { try await desk.run { _ in } }
            sim.task("waitlist of \(name)") { try await waitlist.run { notified.note($0.body.holder, $0.id) } }
        }

        func pause(_ seconds: Int) async throws { try await sim.clock.pause(for: .seconds(seconds)) }
    }

    final class Notices: Sendable {
        private let all = Mutex<[(holder: String, id: String)]>([])
        var holders: [String] { all.withLock { $0.map(\.holder) } }
        var ids: Set<String> { all.withLock { Set($0.map(\.id)) } }
        func note(_ holder: String, _ id: String) { all.withLock { $0.append((holder, id)) } }
    }

    private func simulate(_ body: @escaping @Sendable (Hall) async throws -> Void) throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            _ = try Simulation.run(seed: seed) { sim in
                let store = InMemoryStore(clock: sim.clock)
                var options = HoldOptions()
                options.seed = seed
                let desk = try HoldDesk("hall", on: store, options: options)
                let waitlist = try Waitlist(for: desk)
                try await body(Hall(sim: sim, store: store, desk: desk, waitlist: waitlist, notified: Notices()))
            }
        }
    }

    private func error(_ body: () async throws -> Any) async -> HoldError? {
        do { _ = try await body() } catch { return error as? HoldError }
        return nil
    }

    @Test func whatIsFreedPassesDownTheLineByPriorityAndThenByComing() throws {
        try simulate { hall in
            let court = [HoldItem("a", hall.span(9, 10))]
            let booking = try await hall.desk.hold(court, by: "ann")
            try await hall.desk.confirm(booking.id)
            hall.serve()
            var entries: [String: WaitlistEntry] = [:]
            for (holder, priority) in [("low", 0), ("first", 1), ("second", 1), ("lowest", -1)] {
                entries[holder] = try await hall.waitlist.join(court, by: holder, priority: priority)
                try await hall.pause(1)
            }
            #expect(hall.notified.holders.isEmpty)
            try await hall.desk.cancel(booking.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["first"])
            let first = try await hall.waitlist.status(#require(entries["first"]).id)
            #expect(first.state == .notified)
            let offer = try await hall.desk.status(#require(first.offer))
            #expect(offer.state == .active && offer.holder == "first" && offer.waitlistEntry == first.id)
            #expect(offer.createdAt.duration(to: offer.expiresAt) == .seconds(600))
            try await hall.waitlist.decline(first.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["first", "second"])
            try await hall.pause(598)
            #expect(hall.notified.holders.count == 2)
            try await hall.pause(2)
            #expect(hall.notified.holders == ["first", "second", "low"])
            let low = try #require(entries["low"]).id
            let paid = Write.put(RecordKey("test.payments", "1"), 20, expect: .absent)
            let accepted = try await hall.waitlist.accept(low, also: [paid])
            #expect(try await hall.waitlist.accept(low, also: [paid]) == accepted)
            #expect(accepted.state == .confirmed)
            try await hall.pause(100_000)
            #expect(hall.notified.holders == ["first", "second", "low"])
            #expect(hall.notified.ids.count == 3)
            #expect(try await hall.waitlist.status(#require(entries["lowest"]).id).state == .waiting)
        }
    }

    @Test func theStatesOfEntriesFollowTheirOffers() throws {
        try simulate { hall in
            hall.serve()
            var states: [WaitlistEntry.State] = []
            for (number, end) in ["accept", "decline", "leave", "lapse", "confirm the hold"].enumerated() {
                let entry = try await hall.waitlist.join([HoldItem("a", hall.span(number, number + 1))], by: "ann")
                try await hall.pause(1)
                let offer = try await #require(hall.waitlist.status(entry.id).offer)
                switch end {
                case "accept": try await hall.waitlist.accept(entry.id)
                case "decline": try await hall.waitlist.decline(entry.id)
                case "leave": try await hall.waitlist.leave(entry.id)
                case "lapse": try await hall.pause(600)
                default: try await hall.desk.confirm(offer)
                }
                try await hall.pause(1)
                states.append(try await hall.waitlist.status(entry.id).state)
                if end == "lapse" {
                    #expect(await error { try await hall.waitlist.accept(entry.id) } == .holdExpired(offer))
                    let late = try await hall.desk.confirmOrReacquire(offer) { _ in }
                    guard case .confirmed = late else { return #expect(Bool(false), "not confirmed") }
                    states.append(try await hall.waitlist.status(entry.id).state)
                }
                if end == "decline" {
                    #expect(await error { try await hall.waitlist.accept(entry.id) } == .alreadyReleased(offer))
                }
            }
            #expect(states == [.booked, .cancelled, .cancelled, .expired, .booked, .booked])
        }
    }

    @Test func whoLeavesIsOfferedNothing() throws {
        try simulate { hall in
            hall.serve()
            let court = [HoldItem("a", hall.span(9, 10))]
            let hold = try await hall.desk.hold(court, by: "ann")
            let gone = try await hall.waitlist.join(court, by: "bob")
            let next = try await hall.waitlist.join(court, by: "cid")
            #expect(await error { try await hall.waitlist.accept(gone.id) } == .notOffered(gone.id))
            #expect(try await hall.waitlist.entries(of: "bob") == [gone])
            try await hall.waitlist.leave(gone.id)
            #expect(await error { try await hall.waitlist.leave(gone.id) } == .alreadyReleased(gone.id))
            #expect(await error { try await hall.waitlist.accept(gone.id) } == .alreadyReleased(gone.id))
            #expect(await error { try await hall.waitlist.leave("nobody") } == .notFound("nobody"))
            #expect(try await hall.waitlist.entries(of: "bob").isEmpty)
            try await hall.desk.release(hold.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["cid"])
            #expect(try await hall.waitlist.entries(of: "cid").map(\.id) == [next.id])
        }
    }

    @Test func aDeadlineInTheWayIsNoticedAlthoughTheDeskDoesNotRun() throws {
        try simulate { hall in
            let told = Mutex<[Timestamp]>([])
            hall.sim.task("waitlist") {
                try await hall.waitlist.run { _ in told.withLock { $0.append(hall.sim.clock.now) } }
            }
            let court = [HoldItem("a", hall.span(9, 10))]
            let hold = try await hall.desk.hold(court, by: "ann")
            _ = try await hall.waitlist.join(court, by: "bob")
            try await hall.pause(1_000)
            #expect(told.withLock { $0 } == [hold.expiresAt])
            #expect(try await hall.desk.status(hold.id).state == .expired)
        }
    }

    @Test func whoNeedsMoreThanIsFreeIsNotServedAndDoesNotHoldUpWhoNeedsLess() throws {
        try simulate { hall in
            hall.serve()
            let taken = try await hall.desk.hold([HoldItem("stock", .whole, quantity: 3, of: .pooled(3))], by: "ann")
            try await hall.desk.confirm(taken.id)
            let court = try await hall.desk.hold([HoldItem("court", hall.span(9, 10))], by: "ann")
            try await hall.desk.confirm(court.id)
            let both = [HoldItem("court", hall.span(9, 10)), HoldItem("stock", .whole, of: .pooled(3))]
            _ = try await hall.waitlist.join(both, by: "both", priority: 2)
            _ = try await hall.waitlist.join([HoldItem("court", hall.span(8, 10))], by: "court", priority: 1)
            try await hall.desk.cancel(court.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["court"])
            try await hall.desk.cancel(taken.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["court"])
            try await hall.pause(600)
            #expect(hall.notified.holders == ["court", "both"])
        }
    }

    @Test func namesThatOnlyLookTheSameAreTwoResources() throws {
        try simulate { hall in
            hall.serve()
            let (composed, combined) = ("caf\u{E9}", "cafe\u{301}")
            let taken = try await hall.desk.hold([HoldItem(composed, .whole)], by: "ann")
            try await hall.desk.confirm(taken.id)
            let seat = try await hall.desk.hold([HoldItem("seat", .whole)], by: "ann")
            let wanted = [HoldItem("seat", .whole), HoldItem(composed, .whole)]
            _ = try await hall.waitlist.join(wanted, by: "bob", priority: 1)
            _ = try await hall.waitlist.join([HoldItem("seat", .whole), HoldItem(combined, .whole)], by: "cid")
            try await hall.pause(1)
            try await hall.desk.release(seat.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["cid"])
            try await hall.desk.release(#require(hall.waitlist.entries(of: "cid").first?.offer))
            let both = try await hall.waitlist.join([HoldItem(combined, .whole), HoldItem("x", .whole)], by: "dan")
            try await hall.pause(1)
            #expect(try await hall.waitlist.status(both.id).state == .notified)
            try await hall.desk.cancel(taken.id)
            let two = try await hall.desk.hold([HoldItem("e\u{301}", .whole), HoldItem("\u{E9}", .whole)], by: "eve")
            #expect(two.items.count == 2)
            try await hall.desk.release(two.id)
            _ = try await hall.desk.hold([HoldItem("\u{E9}", .whole)], by: "eve")
        }
    }

    @Test func whoIsAheadInAnotherLineComesFirst() throws {
        try simulate { hall in
            let one = try await hall.desk.hold([HoldItem("a", .whole)], by: "ann")
            let two = try await hall.desk.hold([HoldItem("b", .whole)], by: "ann")
            _ = try await hall.waitlist.join([HoldItem("a", .whole), HoldItem("b", .whole)], by: "both")
            _ = try await hall.waitlist.join([HoldItem("b", .whole)], by: "ahead", priority: 1)
            try await hall.desk.release(one.id)
            try await hall.desk.release(two.id)
            hall.serve()
            try await hall.pause(1)
            #expect(hall.notified.holders == ["ahead"])
            try await hall.pause(601)
            #expect(hall.notified.holders == ["ahead", "both"])
        }
    }

    @Test func aWaitEndsAtItsTimeOrWithItsIntervalAndIsPurged() throws {
        try simulate { hall in
            hall.serve()
            let start = hall.sim.clock.now.advanced(by: .seconds(100))
            let soon = HoldSpan.interval(from: start, until: start.advanced(by: .seconds(100)))
            let booking = try await hall.desk.hold([HoldItem("a", soon), HoldItem("b", .whole)], by: "ann")
            try await hall.desk.confirm(booking.id)
            let past = try await hall.waitlist.join([HoldItem("a", soon)], by: "bob")
            let until = hall.sim.clock.now.advanced(by: .seconds(50))
            let brief = try await hall.waitlist.join([HoldItem("b", .whole)], by: "cid", until: until)
            try await hall.pause(51)
            #expect(try await hall.waitlist.status(brief.id).state == .expired)
            #expect(try await hall.waitlist.status(past.id).state == .waiting)
            try await hall.pause(150)
            #expect(try await hall.waitlist.status(past.id).state == .expired)
            try await hall.pause(86_401)
            #expect(try await hall.store.count(Scan("hold.hall.waiting")) == 0)
            try await hall.desk.cancel(booking.id)
            try await hall.pause(1)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 0)
            #expect(hall.notified.holders.isEmpty)
        }
    }

    @Test func aLineInWhichNobodyIsLeftGoes() throws {
        try simulate { hall in
            hall.serve()
            let items = [HoldItem("a", .whole), HoldItem("b", .whole)]
            let booking = try await hall.desk.hold(items, by: "ann")
            try await hall.desk.confirm(booking.id)
            let first = try await hall.waitlist.join(items, by: "bob")
            _ = try await hall.waitlist.join(items, by: "cid", until: hall.sim.clock.now.advanced(by: .seconds(50)))
            try await hall.pause(10)
            try await hall.waitlist.leave(first.id)
            try await hall.pause(10)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 2)
            try await hall.pause(40)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 0)
            let last = try await hall.waitlist.join(items, by: "dan")
            try await hall.pause(10)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 2)
            try await hall.waitlist.leave(last.id)
            try await hall.pause(1)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 0)
            #expect(hall.notified.holders.isEmpty)
            // Who is made an offer leaves all lines, also one of which nothing was freed.
            try await hall.desk.cancel(booking.id)
            let hold = try await hall.desk.hold([HoldItem("a", .whole)], by: "ann")
            let entry = try await hall.waitlist.join(items, by: "eve")
            try await hall.pause(1)
            try await hall.desk.release(hold.id)
            try await hall.pause(1)
            try await hall.waitlist.accept(entry.id)
            #expect(try await hall.store.count(Scan("hold.hall.lines")) == 0)
        }
    }

    @Test func ofTwoProcessesOneMakesTheOffer() throws {
        try simulate { hall in
            hall.serve("one")
            hall.serve("two")
            let seats = [HoldItem("seats", .whole, of: .pooled(3))]
            let holds = [
                try await hall.desk.hold(seats, by: "ann"), try await hall.desk.hold(seats, by: "ann"),
                try await hall.desk.hold(seats, by: "ann"),
            ]
            for number in 0..<5 {
                _ = try await hall.waitlist.join(seats, by: "w\(number)")
                try await hall.sim.clock.pause(for: .microseconds(1))
            }
            for hold in holds { try await hall.desk.release(hold.id) }
            try await hall.pause(60)
            #expect(hall.notified.holders.sorted() == ["w0", "w1", "w2"])
        }
    }

    @Test func whoJoinsAtTheMomentOfACancellationIsNotOverlooked() throws {
        try simulate { hall in
            let court = [HoldItem("a", hall.span(9, 10))]
            let booking = try await hall.desk.hold(court, by: "ann")
            try await hall.desk.confirm(booking.id)
            hall.serve()
            // The cancellation has looked for people who wait, and found none; now one joins and is told to wait.
            let store = DelayingStore(base: hall.store) {
                _ = try? await hall.waitlist.join(court, by: "bob")
                try? await hall.pause(1)
            }
            try await HoldDesk("hall", on: store).cancel(booking.id)
            try await hall.pause(1)
            #expect(hall.notified.holders == ["bob"])
        }
    }

    @Test func misuseIsRefused() throws {
        try simulate { hall in
            #expect(throws: InvalidArgument.self) { try Waitlist(for: hall.desk, offering: .zero) }
            await #expect(throws: InvalidArgument.self) { try await hall.waitlist.join([], by: "ann") }
            let item = HoldItem("a", .whole)
            await #expect(throws: InvalidArgument.self) { try await hall.waitlist.join([item], by: "") }
            await #expect(throws: InvalidArgument.self) {
                try await hall.waitlist.join([item], by: "ann", until: hall.sim.clock.now)
            }
            for priority in [Int.min, .max] {
                _ = try await hall.waitlist.join([item], by: "\(priority)", priority: priority)
            }
            hall.serve()
            try await hall.pause(1)
            #expect(hall.notified.holders == ["\(Int.max)"])
        }
    }
}

/// Does something else before its first commit.
private final class DelayingStore: RecordStore {
    private let base: InMemoryStore
    private let first: @Sendable () async -> Void
    private let hasBegun = Mutex(false)

    init(base: InMemoryStore, first: @escaping @Sendable () async -> Void) {
        self.base = base
        self.first = first
    }

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
    func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
    func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
    func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        if isFirst { await first() }
        return try await base.commit(batch)
    }
}
