import ExampleSupport
import Foundation
import HoldTimer
import ResilienceCore
import ResilienceTesting
import Testing

@testable import BookingFlow

/// Steps of a visit, each served by itself.
@Suite struct BookingCounterTests {
    private let folder: Folder
    private let clock = ManualClock(now: TimeKeeping.epoch)
    private let store: InMemoryStore

    init() throws {
        folder = try Folder(payments: 1)
        store = InMemoryStore(clock: clock)
    }

    private func request(
        _ id: String,
        _ plan: Request.Plan,
        payments: Int = 1,
        extend: Int? = nil
    ) -> Request {
        Request(
            id: id,
            customer: "Ann",
            resource: "court",
            with: [],
            from: 480,
            until: 540,
            quantity: 1,
            at: 0,
            plan: plan,
            after: 60,
            extend: extend,
            cents: 500,
            payments: payments
        )
    }

    private func counter(_ life: Life? = nil) throws -> Counter {
        let day = Day(
            opening: TimeKeeping.epoch,
            resources: ["court": Resource(name: "court", units: nil, pooled: nil)]
        )
        let gated = GatedStore(base: store, time: nil, gate: life)
        var options = HoldOptions()
        let desk = try HoldDesk(Spaces.desk, on: gated, options: options)
        options.longest = .seconds(3_600)
        return Counter(
            store: gated,
            day: day,
            desk: desk,
            longDesk: try HoldDesk(Spaces.desk, on: gated, options: options),
            book: AnswerBook(ledger: try LedgerFile(folder.path("l")), clock: clock, life: life)
        )
    }

    private func enter(_ request: Request) async throws {
        let visit = Visit(request, seed: 1, at: clock.now)
        try await store.commit(Batch([Spaces.visits.put(visit, at: request.id, expect: .absent, due: clock.now)]))
    }

    /// Serves what is due as a worker does, of which a life may be cut off.
    private func serve(_ life: Life? = nil) async throws {
        let uptime = clock.uptime
        for record in try await store.claim(Claim(Spaces.visits.name, limit: 10, lease: .seconds(30))) {
            let lease = Lease(
                record,
                from: GatedStore(base: store, time: nil, gate: life),
                for: .seconds(30),
                claimedAt: uptime,
                observer: nil
            )
            let visit = try record.value.get(Visit.self)
            let counter = try counter(life)
            // A commit that is cut off is tried again for a while, on the clock.
            let task = Task { try await counter.serve(visit, lease) }
            let ticking = Task { [clock] in
                while !Task.isCancelled {
                    await clock.waitForSleepers()
                    clock.advance(by: .milliseconds(100))
                }
            }
            let result = await task.result
            ticking.cancel()
            await ticking.value
            if life == nil { try result.get() }
        }
    }

    private func visit(_ id: String) async throws -> Visit? { try await Spaces.visits.read(id, in: store)?.value }

    private func slips(_ id: String) async throws -> Int {
        try await Spaces.slips.read(id, in: store)?.value.entries.count ?? 0
    }

    private func lines(_ text: String) throws -> Int {
        try folder.read("l").split(separator: "\n").count { $0.contains(text) }
    }

    @Test func S26_twoClerksAtOnceRecordOnePayment() async throws {
        try await enter(request("a", .payAtDesk))
        try await serve()
        clock.advance(by: .seconds(60))
        // `payAtDesk` has two clerks enter the slip at once.
        try await serve()
        #expect(try await visit("a")?.outcome == .booked)
        #expect(try await slips("a") == 1)
        #expect(try lines(#""payment""#) == 1)
    }

    @Test func S27_theSameAmountAfterFiveMinutesIsASecondPayment() async throws {
        try await enter(request("a", .payAtDesk, payments: 2))
        try await serve()
        clock.advance(by: .seconds(60))
        try await serve()
        #expect(try await slips("a") == 1)
        clock.advance(by: .seconds(360))
        try await serve()
        #expect(try await visit("a")?.outcome == .booked)
        #expect(try await slips("a") == 2)
        #expect(try lines(#""payment""#) == 2)
    }

    /// Cut off at each operation in turn, not at a sample of them.
    @Test(arguments: [Request.Plan.payAtDesk, .pay, .confirm])
    func S28_aCrashAnywhereBetweenCheckAndRecordLeavesOnePayment(plan: Request.Plan) async throws {
        var cuts = 0
        while true {
            let id = "a\(cuts)"
            try await enter(request(id, plan))
            try await serve()
            clock.advance(by: .seconds(60))
            let life = Life(operations: cuts + 1)
            try await serve(life)
            let wasCut = life.isOver
            // The lease of the dead ends, and another takes over.
            clock.advance(by: .seconds(31))
            try await serve()
            let visit = try #require(try await visit(id))
            #expect(visit.outcome == .booked, "cut at \(cuts)")
            #expect(try await slips(id) == (plan == .payAtDesk ? 1 : 0), "cut at \(cuts)")
            #expect(try lines(#""key":"\#(id)\/"#) == (plan == .confirm ? 0 : 1), "cut at \(cuts)")
            #expect(try lines(#""request":"\#(id)""#) == (plan == .confirm ? 2 : 3), "cut at \(cuts)")
            let hold = try #require(try await Spaces.holds.read(visit.hold ?? "", in: store)?.value)
            #expect(hold.state == .confirmed)
            // The place is free for the next one.
            try await counter().desk.cancel(hold.id)
            guard wasCut else { break }
            cuts += 1
        }
        #expect(cuts > 5)
    }

    @Test func aHoldIsExtendedOnceWhereverTheClerkIsCutOff() async throws {
        var cuts = 0
        while true {
            let id = "a\(cuts)"
            try await enter(request(id, .release, extend: 100))
            try await serve()
            clock.advance(by: .seconds(240))
            let life = Life(operations: cuts + 1)
            try await serve(life)
            let wasCut = life.isOver
            clock.advance(by: .seconds(31))
            try await serve()
            let visit = try #require(try await visit(id))
            let hold = try #require(try await Spaces.holds.read(visit.hold ?? "", in: store)?.value)
            #expect(hold.createdAt.duration(to: hold.expiresAt) == .seconds(400), "cut at \(cuts)")
            #expect(try lines(#""until":\#(hold.expiresAt.microseconds)"#) == 1, "cut at \(cuts)")
            // The place is free for the next one.
            _ = try? await counter().desk.release(hold.id)
            guard wasCut else { break }
            cuts += 1
        }
        #expect(cuts > 3)
    }

    @Test func aHoldThatNobodyHadNotedWhenTheProcessDiedIsWaitedFor() async throws {
        try await enter(request("a", .confirm))
        var cuts = 0
        // Cut off when the hold is made, and before it is noted.
        while try await store.count(Scan(Spaces.holds.name)) == 0 {
            cuts += 1
            try await serve(Life(operations: cuts))
            clock.advance(by: .seconds(31))
        }
        try await serve()
        #expect(try await visit("a")?.waited == true)
        clock.advance(by: .seconds(300))
        try await serve()
        #expect(try await visit("a")?.hold != nil)
        clock.advance(by: .seconds(60))
        try await serve()
        #expect(try await visit("a")?.outcome == .booked)
    }
}
