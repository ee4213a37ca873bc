import HoldTimer
import ResilienceCore
import Testing

/// What a request does to a hold and to an entry of the waitlist, without a store.
@Suite struct HoldErrorTests {
    @Test func errorsSayWhatIsInTheWay() {
        let nine = Timestamp(seconds: 1_767_258_000)
        let hour = HoldSpan.interval(from: nine, until: nine.advanced(by: .seconds(3_600)))
        let held = HoldBlocker(resource: "court-1", span: hour, until: nine.advanced(by: .seconds(-60)))
        let booked = HoldBlocker(resource: "seat-2", span: .whole, until: nil)
        #expect(
            "\(HoldError.slotUnavailable([held, booked]))" == """
                not available: court-1 from 2026-01-01T09:00:00Z until 2026-01-01T10:00:00Z is held until \
                2026-01-01T08:59:00Z, seat-2 is booked
                """
        )
        #expect("\(HoldError.holdExpired("h1"))" == "the hold h1 has expired")
    }
}

@Suite struct MachineTests {
    enum Moment: CaseIterable { case before, at, after }

    private let made = Timestamp(seconds: 1_000)

    private func hold(_ state: Hold.State) -> Hold {
        let deadline = made.advanced(by: .seconds(300))
        return Hold(id: "h", holder: "ann", items: [], state: state, createdAt: made, expiresAt: deadline)
    }

    private func instant(_ moment: Moment) -> Timestamp {
        switch moment {
        case .before: made.advanced(by: .seconds(300) - .microseconds(1))
        case .at: made.advanced(by: .seconds(300))
        case .after: made.advanced(by: .seconds(301))
        }
    }

    @Test(arguments: Moment.allCases)
    func S6_S7_confirming(at moment: Moment) {
        let now = instant(moment)
        for grace in [false, true] {
            let active = hold(.active).confirming(at: now, grace: grace)
            let isInTime = grace || moment == .before
            #expect(active == (isInTime ? .change(hold(.confirmed)) : .refuse(.holdExpired("h"))))
            #expect(hold(.confirmed).confirming(at: now, grace: grace) == .unchanged(hold(.confirmed)))
            #expect(hold(.expired).confirming(at: now, grace: grace) == .refuse(.holdExpired("h")))
            #expect(hold(.released).confirming(at: now, grace: grace) == .refuse(.alreadyReleased("h")))
        }
    }

    @Test(arguments: Moment.allCases)
    func releasing(at moment: Moment) {
        let now = instant(moment)
        let active = hold(.active).releasing(at: now)
        #expect(active == (moment == .before ? .change(hold(.released)) : .refuse(.holdExpired("h"))))
        #expect(hold(.confirmed).releasing(at: now) == .refuse(.alreadyConfirmed("h")))
        #expect(hold(.expired).releasing(at: now) == .refuse(.holdExpired("h")))
        #expect(hold(.released).releasing(at: now) == .refuse(.alreadyReleased("h")))
    }

    @Test func cancelling() {
        #expect(hold(.confirmed).cancelling() == .change(hold(.released)))
        #expect(hold(.active).cancelling() == .refuse(.notFound("h")))
        #expect(hold(.expired).cancelling() == .refuse(.holdExpired("h")))
        #expect(hold(.released).cancelling() == .refuse(.alreadyReleased("h")))
    }

    @Test(arguments: [(60, 360), (600, 900), (Int.max, 900)])
    func extending(seconds: Int, until: Int) {
        let longest = Duration.seconds(900)
        let (by, now) = (Duration.seconds(seconds), instant(.before))
        guard case .change(let extended) = hold(.active).extending(by: by, longest: longest, at: now) else {
            return #expect(Bool(false), "not extended")
        }
        #expect(extended.expiresAt == made.advanced(by: .seconds(until)))
        #expect(hold(.active).extending(by: by, longest: .seconds(300), at: now) == .unchanged(hold(.active)))
        for moment in [Moment.at, .after] {
            let late = hold(.active).extending(by: by, longest: longest, at: instant(moment))
            #expect(late == .refuse(.holdExpired("h")))
        }
        #expect(hold(.confirmed).extending(by: by, longest: longest, at: now) == .refuse(.alreadyConfirmed("h")))
        #expect(hold(.expired).extending(by: by, longest: longest, at: now) == .refuse(.holdExpired("h")))
        #expect(hold(.released).extending(by: by, longest: longest, at: now) == .refuse(.alreadyReleased("h")))
    }

    // MARK: Entries

    private func entry(_ priority: Int = 0, at seconds: Int64 = 0, until: Timestamp? = nil) -> WaitlistEntry {
        let joined = Timestamp(seconds: seconds)
        return WaitlistEntry(id: "e", holder: "bob", items: [], priority: priority, joinedAt: joined, until: until)
    }

    @Test func anEntryFollowsItsOffer() {
        let offered = entry().offered(hold(.active))
        #expect(offered.state == .notified && offered.offer == "h" && offered.offeredUntil == instant(.at))
        #expect(offered.following(hold(.active)) == nil)
        #expect(offered.following(hold(.confirmed))?.state == .booked)
        #expect(offered.following(hold(.released))?.state == .cancelled)
        #expect(offered.following(hold(.expired))?.state == .expired)
        // Booked late, or cancelled as a booking, or refused late.
        #expect(offered.with(.expired).following(hold(.confirmed))?.state == .booked)
        #expect(offered.with(.booked).following(hold(.released)) == nil)
        #expect(offered.with(.expired).following(hold(.released)) == nil)
    }

    @Test func ranksOrderByPriorityAndThenByTime() {
        let order = [
            entry(.max, at: 9), entry(7, at: 1), entry(7, at: 2), entry(1, at: 5), entry(0, at: -3), entry(0, at: 3),
            entry(-1, at: 0), entry(.min, at: -9),
        ]
        #expect(order.map(\.rank) == order.map(\.rank).sorted())
        #expect(Set(order.map(\.rank)).count == order.count)
    }

    @Test func anEntryWaitsUntilItsTime() {
        #expect(entry().isWaiting(at: .distantFuture))
        let bounded = entry(until: made)
        #expect(bounded.isWaiting(at: made.advanced(by: .microseconds(-1))))
        #expect(!bounded.isWaiting(at: made))
        #expect(!entry().with(.cancelled).isWaiting(at: made))
    }

    // MARK: Occupancy

    @Test func whatTouchesIsNotTakenAtOnce() {
        func at(_ second: Int64) -> Timestamp { Timestamp(seconds: second) }
        var taken = Occupancy()
        taken.take(1, from: at(0), until: at(10))
        taken.take(2, from: at(10), until: at(20))
        taken.take(1, from: at(15), until: at(30))
        #expect(taken.peak(from: at(0), until: at(10)) == 1)
        #expect(taken.peak(from: at(5), until: at(15)) == 2)
        #expect(taken.peak(from: at(0), until: at(30)) == 3)
        #expect(taken.peak(from: at(30), until: at(40)) == 0)
        #expect(taken.stretches(from: at(5), until: at(40)).map(\.taken) == [1, 2, 3, 1, 0])
    }
}
