import HoldTimer
import ResilienceCore
import ResilienceTesting
import Testing

/// Holds of one resource in all orders: one of them is named by its guard, those beside it have tags.
@Suite(.timeLimit(.minutes(20))) struct WholeResourceTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aHoldIsAcceptedExactlyWhereThereIsRoom(seed: UInt64) async throws {
        var random = SmallGenerator(seed: seed)
        let clock = ManualClock()
        var options = HoldOptions()
        options.holdsPerHolder = nil
        let desk = try HoldDesk("stock", on: InMemoryStore(clock: clock), options: options)
        let item = HoldItem("seats", .whole, of: .pooled(3))
        /// The deadlines of what is held; `nil` of a booking.
        var taken: [String: Timestamp?] = [:]

        func live() -> [String] { taken.filter { $0.value.map { $0 > clock.now } ?? true }.keys.sorted() }

        for _ in 0..<200 {
            let id = live().randomElement(using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                do {
                    let length = Duration.seconds(Int.random(in: 1...300, using: &random))
                    let hold = try await desk.hold([item], by: "ann", for: length)
                    #expect(live().count < 3)
                    taken[hold.id] = .some(hold.expiresAt)
                } catch HoldError.slotUnavailable(let blockers) {
                    #expect(live().count == 3)
                    #expect(blockers.map(\.until) == [live().compactMap { taken[$0] ?? nil }.min()])
                }
            case 2:
                guard let id, taken[id] != .some(nil) else { continue }
                try await desk.confirm(id)
                taken[id] = .some(nil)
            case 3:
                guard let id else { continue }
                if taken[id] == .some(nil) { try await desk.cancel(id) } else { try await desk.release(id) }
                taken[id] = nil
            case 4:
                guard let id, taken[id] != .some(nil) else { continue }
                taken[id] = .some(try await desk.extend(id, by: .seconds(100)).expiresAt)
            default:
                clock.advance(by: .seconds(Int.random(in: 1...200, using: &random)))
            }
            let end = clock.now.advanced(by: .seconds(3_600))
            let free = try await desk.availability("seats", from: clock.now, until: end, of: .pooled(3))
            #expect(free.map(\.free) == [3 - live().count])
            if let id, taken[id] != .some(nil), live().contains(id) {
                let others = try await desk.availability(
                    "seats",
                    from: clock.now,
                    until: end,
                    of: .pooled(3),
                    ignoring: [id]
                )
                #expect(others.map(\.free) == [4 - live().count])
            }
        }
    }
}
