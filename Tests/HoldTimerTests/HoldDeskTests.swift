import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct HoldDeskTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let desk: HoldDesk

    init() throws {
        store = InMemoryStore(clock: clock)
        var options = HoldOptions()
        options.holdsPerHolder = nil
        desk = try HoldDesk("courts", on: store, options: options)
    }

    private func hours(_ from: Int, _ until: Int) -> HoldSpan {
        let start = Timestamp(seconds: 1_767_225_600 + 86_400)
        return .interval(
            from: start.advanced(by: .seconds(3_600 * from)),
            until: start.advanced(by: .seconds(3_600 * until))
        )
    }

    private func error(_ body: () async throws -> Any) async -> HoldError? {
        do { _ = try await body() } catch { return error as? HoldError }
        return nil
    }

    // MARK: Holding

    @Test func S1_aHoldLastsFiveMinutesAndIsDueThen() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        #expect(hold.state == .active)
        #expect(hold.expiresAt == clock.now.advanced(by: .seconds(300)))
        #expect(try await store.read(RecordKey("hold.courts", hold.id))?.due == hold.expiresAt)
    }

    @Test func S9_ofManyCallersForOneSlotOneWinsAndTheOthersHearUntilWhen() async throws {
        let results = await withTaskGroup(of: Result<Hold, any Error>.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    do { return .success(try await desk.hold([HoldItem("a", hours(9, 10))], by: "c\(caller)")) } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let won = results.compactMap { try? $0.get() }
        #expect(won.count == 1)
        let blocker = HoldBlocker(resource: "a", span: hours(9, 10), until: won.first?.expiresAt)
        for case .failure(let error) in results { #expect(error as? HoldError == .slotUnavailable([blocker])) }
    }

    @Test(arguments: [(8, 9, true), (10, 11, true), (8, 10, false), (9, 10, false), (9, 11, false), (7, 12, false)])
    func intervalsThatTouchDoNotConflict(from: Int, until: Int, fits: Bool) async throws {
        _ = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        let refused = await error { try await desk.hold([HoldItem("a", hours(from, until))], by: "bob") }
        #expect((refused == nil) == fits)
        _ = try await desk.hold([HoldItem("b", hours(from, until))], by: "bob")
    }

    @Test func S11_aHoldPastItsDeadlineBlocksNobodyAndItsExpiryIsRecordedByWhoTakesItsPlace() async throws {
        let first = try await desk.hold([HoldItem("a", hours(9, 10)), HoldItem("b", hours(9, 10))], by: "ann")
        clock.advance(by: .seconds(300))
        #expect(try await desk.status(first.id).state == .active)
        _ = try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob")
        #expect(try await desk.status(first.id).state == .expired)
        #expect(try await store.count(Scan("outbox.hold.courts")) == 1)
        #expect(try await store.count(Scan("hold.courts.slots")) == 1)
    }

    @Test func severalResourcesAreHeldTogetherOrNotAtAll() async throws {
        _ = try await desk.hold([HoldItem("b", hours(9, 10))], by: "ann")
        let refused = await error {
            try await desk.hold([HoldItem("a", hours(9, 10)), HoldItem("b", hours(9, 10))], by: "bob")
        }
        #expect(refused != nil)
        _ = try await desk.hold([HoldItem("a", hours(9, 10))], by: "cid")
    }

    @Test func distinctUnitsAreGivenOutOneByOne() async throws {
        let item = HoldItem("court", hours(9, 10), quantity: 2, of: .units(3))
        #expect(try await desk.hold([item], by: "ann").items.map(\.unit) == [1, 2])
        #expect(await error { try await desk.hold([item], by: "bob") } != nil)
        let one = HoldItem("court", hours(9, 10), of: .units(3))
        #expect(try await desk.hold([one], by: "bob").items.map(\.unit) == [3])
    }

    @Test func aResourceHeldWholeIsTakenUntilItIsGivenBack() async throws {
        let item = HoldItem("voucher", .whole, quantity: 2, of: .pooled(5))
        let first = try await desk.hold([item], by: "ann")
        let second = try await desk.hold([item], by: "ann")
        let blocked = HoldError.slotUnavailable([.init(resource: "voucher", span: .whole, until: first.expiresAt)])
        #expect(await error { try await desk.hold([item], by: "bob") } == blocked)
        try await desk.confirm(first.id)
        try await desk.release(second.id)
        _ = try await desk.hold([item], by: "bob")
        #expect(await error { try await desk.hold([item], by: "cid") } != nil)
        clock.advance(by: .seconds(300))
        _ = try await desk.hold([item], by: "cid")
        try await desk.cancel(first.id)
        _ = try await desk.hold([item], by: "dan")
    }

    @Test func aHolderHasAtMostFiveLiveHolds() async throws {
        let desk = try HoldDesk("limited", on: store)
        let results = await withTaskGroup(of: HoldError?.self) { group in
            for hour in 0..<12 {
                group.addTask { await error { try await desk.hold([HoldItem("a", hours(hour, hour + 1))], by: "ann") } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == nil } == 5)
        #expect(results.count { $0 == .tooManyHolds(limit: 5) } == 7)
        _ = try await desk.hold([HoldItem("b", hours(9, 10))], by: "bob")
        clock.advance(by: .seconds(300))
        _ = try await desk.hold([HoldItem("b", hours(10, 11))], by: "ann")
    }

    // MARK: Changing

    @Test func S7_confirmedTwiceIsTheSameBookingAndTheCallersWritesAreMadeOnce() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        let paid = Write.put(RecordKey("test.payments", "1"), 20, expect: .absent)
        let booking = try await desk.confirm(hold.id, also: [paid])
        #expect(booking.state == .confirmed)
        #expect(try await desk.confirm(hold.id, also: [paid]) == booking)
        clock.advance(by: .seconds(1_000))
        #expect(await error { try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob") } != nil)
        #expect(await error { try await desk.release(hold.id) } == .alreadyConfirmed(hold.id))
        try await desk.cancel(hold.id)
        _ = try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob")
    }

    @Test func aRefusedWriteOfTheCallerLeavesTheHoldUnconfirmed() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        let write = Write.put(RecordKey("test.payments", "1"), 20, expect: .revision(Revision(rawValue: 9_999)))
        await #expect(throws: StoreError.self) { try await desk.confirm(hold.id, also: [write]) }
        #expect(try await desk.status(hold.id).state == .active)
    }

    @Test func S6_atTheDeadlineAHoldCannotBeConfirmedReleasedOrExtended() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        clock.advance(by: .seconds(300))
        let expired = HoldError.holdExpired(hold.id)
        #expect(await error { try await desk.confirm(hold.id) } == expired)
        #expect(await error { try await desk.release(hold.id) } == expired)
        #expect(await error { try await desk.extend(hold.id, by: .seconds(1)) } == expired)
    }

    @Test func withGraceAHoldIsConfirmedUntilItsExpiryIsRecorded() async throws {
        var options = HoldOptions()
        options.confirmGrace = true
        let desk = try HoldDesk("graceful", on: store, options: options)
        let first = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        clock.advance(by: .seconds(400))
        #expect(try await desk.confirm(first.id).state == .confirmed)
        let second = try await desk.hold([HoldItem("b", hours(9, 10))], by: "ann")
        clock.advance(by: .seconds(400))
        _ = try await desk.hold([HoldItem("b", hours(9, 10))], by: "bob")
        #expect(await error { try await desk.confirm(second.id) } == .holdExpired(second.id))
    }

    @Test func anExtensionIsBounded() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        #expect(try await desk.extend(hold.id, by: .seconds(60)).expiresAt == clock.now.advanced(by: .seconds(360)))
        let most = clock.now.advanced(by: .seconds(900))
        #expect(try await desk.extend(hold.id, by: .seconds(Int64.max)).expiresAt == most)
        clock.advance(by: .seconds(899))
        #expect(await error { try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob") } != nil)
        try await desk.release(hold.id)
        #expect(await error { try await desk.release(hold.id) } == .alreadyReleased(hold.id))
        #expect(await error { try await desk.confirm(hold.id) } == .alreadyReleased(hold.id))
        #expect(await error { try await desk.confirm("nobody") } == .notFound("nobody"))
    }

    // MARK: Looking and misuse

    @Test func availabilityTellsWhatIsFreeWhen() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 11), quantity: 2, of: .pooled(3))], by: "ann")
        _ = try await desk.hold([HoldItem("a", hours(10, 12), of: .pooled(3))], by: "bob")
        guard case .interval(let start, let end) = hours(8, 13) else { return }
        let all = try await desk.availability("a", from: start, until: end, of: .pooled(3))
        #expect(all.map(\.free) == [3, 1, 0, 2, 3])
        let own = try await desk.availability("a", from: start, until: end, of: .pooled(3), ignoring: [hold.id])
        #expect(own.map(\.free) == [3, 2, 3])
        clock.advance(by: .seconds(300))
        #expect(try await desk.availability("a", from: start, until: end, of: .pooled(3)).map(\.free) == [3])
    }

    @Test func availabilityLeavesOutBookingsOfTheirOwnToo() async throws {
        guard case .interval(let start, let end) = hours(8, 13) else { return }
        for item in [
            HoldItem("pool", .whole, quantity: 2, of: .pooled(5)), HoldItem("court", hours(8, 13), of: .pooled(5)),
            HoldItem("seat", .whole, quantity: 2, of: .units(3)), HoldItem("room", hours(8, 13), of: .units(3)),
        ] {
            func free(_ ids: Set<String>) async throws -> [Int] {
                try await desk.availability(item.resource, from: start, until: end, of: item.capacity, ignoring: ids)
                    .map(\.free)
            }
            let all = item.capacity == .pooled(5) ? 5 : 3
            let booking = try await desk.hold([item], by: "ann")
            try await desk.confirm(booking.id)
            #expect(try await free([]) == [all - item.quantity])
            #expect(try await free([booking.id, "nobody", ""]) == [all])
            let one = HoldItem(item.resource, item.span, of: item.capacity)
            let held = try await desk.hold([one], by: "ann")
            #expect(try await free([booking.id]) == [all - 1])
            #expect(try await free([held.id]) == [all - item.quantity])
            #expect(try await free([booking.id, held.id]) == [all])
            clock.advance(by: .seconds(300))
            #expect(try await free([held.id]) == [all - item.quantity])
            #expect(try await free([booking.id, held.id]) == [all])
            try await desk.cancel(booking.id)
            #expect(try await free([booking.id, held.id]) == [all])
        }
    }

    @Test func aSlotWhoseHoldIsGoneIsClearedAway() async throws {
        let hold = try await desk.hold([HoldItem("a", hours(9, 10))], by: "ann")
        try await store.commit(Batch([.delete(RecordKey("hold.courts", hold.id), expect: .any)]))
        #expect(await error { try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob") } != nil)
        clock.advance(by: .seconds(300))
        _ = try await desk.hold([HoldItem("a", hours(9, 10))], by: "bob")
        #expect(try await store.count(Scan("hold.courts.slots")) == 1)
    }

    @Test func aDeskThatNeverSettlesSaysSo() async throws {
        let desk = try HoldDesk("courts", on: Contended(base: InMemoryStore()))
        #expect(await error { try await desk.hold([HoldItem("a", .whole)], by: "ann") } == .contended)
    }

    /// A store in which someone else is always faster.
    private struct Contended: RecordStore {
        let base: InMemoryStore
        var clock: any WallClock { Hasty(base: base.clock) }

        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
        func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision {
            throw .conflict([.init(key: batch.writes[0].key, record: nil)])
        }
    }

    /// A clock on which waits end at once.
    private struct Hasty: WallClock {
        let base: any WallClock
        var now: Timestamp { base.now }
        var minimumResolution: Duration { base.minimumResolution }
        func sleep(until deadline: Timestamp, tolerance: Duration?) async throws { try Task.checkCancellation() }
    }

    @Test func namesThatWouldMixTheRecordsOfTwoDesksAreRefused() throws {
        for name in ["x.slots", "x.guards", "x.holders", "x.waiting", "x.lines", "x.offers", "", "a\0"] {
            #expect(throws: InvalidArgument.self, "\(name)") { try HoldDesk(name, on: store) }
        }
        _ = try HoldDesk("slots", on: store)
    }

    @Test func misuseIsRefused() async throws {
        let span = hours(9, 10)
        for item in [
            HoldItem("", span), HoldItem("a\u{1E}", span), HoldItem("a", span, quantity: 0),
            HoldItem("a", span, quantity: -1), HoldItem("a", span, quantity: 2), HoldItem("a", span, of: .pooled(0)),
            HoldItem("a", span, of: .units(.max)), HoldItem("a", .whole, quantity: 8, of: .units(8)),
        ] {
            await #expect(throws: InvalidArgument.self) { try await desk.hold([item], by: "ann") }
        }
        await #expect(throws: InvalidArgument.self) { try await desk.hold([], by: "ann") }
        let hundreds = (0..<4).map { HoldItem("\($0)", span, quantity: 100, of: .units(100)) }
        await #expect(throws: InvalidArgument.self) { try await desk.hold(hundreds, by: "ann") }
        let many = try await desk.hold(Array(hundreds.prefix(3)), by: "ann")
        #expect(try await desk.release(many.id).items.count == 300)
        let item = HoldItem("a", span)
        await #expect(throws: InvalidArgument.self) { try await desk.hold([item, item], by: "ann") }
        await #expect(throws: InvalidArgument.self) { try await desk.hold([item], by: "ann", for: .zero) }
        await #expect(throws: InvalidArgument.self) { try await desk.hold([item], by: "ann", for: .seconds(901)) }
        let (now, far) = (clock.now, Timestamp.distantFuture)
        for (from, until) in [(now, now), (far, now), (now, far), (.distantPast, far), (.distantPast, now)] {
            let refused = await error {
                try await desk.hold([HoldItem("a", .interval(from: from, until: until))], by: "ann")
            }
            #expect(refused == .invalidInterval(from: from, until: until))
        }
        let most = HoldItem("pool", .whole, quantity: .max, of: .pooled(.max))
        _ = try await desk.hold([most], by: "ann")
        #expect(await error { try await desk.hold([most], by: "ann") } != nil)
        await #expect(throws: InvalidArgument.self) {
            try await desk.hold([HoldItem("pool", span, of: .pooled(.max))], by: "ann")
        }
    }
}
