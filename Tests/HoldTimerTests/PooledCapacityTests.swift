import HoldTimer
import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct PooledCapacityTests {
    private struct Taken {
        let id: String
        let range: Range<Int>
        let quantity: Int
        /// `nil` of a booking.
        var until: Timestamp?

        func isLive(at now: Timestamp) -> Bool { until.map { $0 > now } ?? true }
    }

    /// Accepted exactly if at no instant more than the capacity would be taken: by holds before their deadline and bookings.
    @Test func pooledCapacityIsItsDefinitionOnRandomSequences() async throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SmallGenerator(seed: seed)
            let clock = ManualClock()
            var options = HoldOptions()
            options.holdsPerHolder = nil
            options.longest = .seconds(100_000)
            let desk = try HoldDesk("pool", on: InMemoryStore(clock: clock), options: options)
            let capacity = Int.random(in: 1...4, using: &random)
            let base = clock.now.advanced(by: .seconds(1_000_000))
            var (taken, accepted) = ([] as [Taken], 0)
            for step in 0..<60 {
                taken.removeAll { !$0.isLive(at: clock.now) }
                let one = taken.indices.randomElement(using: &random)
                switch (Int.random(in: 0..<8, using: &random), one) {
                case (0, let one?):
                    let gone = taken.remove(at: one)
                    if gone.until == nil { try await desk.cancel(gone.id) } else { try await desk.release(gone.id) }
                    continue
                case (1, let one?):
                    try await desk.confirm(taken[one].id)
                    taken[one].until = nil
                    continue
                case (2, _):
                    clock.advance(by: .seconds(Int.random(in: 1...200, using: &random)))
                    continue
                default: break
                }
                let start = Int.random(in: 0..<40, using: &random)
                let end = start + Int.random(in: 1...(Bool.random(using: &random) ? 3 : 20), using: &random)
                let quantity = Int.random(in: 1...capacity, using: &random)
                let fits = (start..<end).allSatisfy { instant in
                    taken.filter { $0.range.contains(instant) }.reduce(quantity) { $0 + $1.quantity } <= capacity
                }
                let span = HoldSpan.interval(
                    from: base.advanced(by: .seconds(start)),
                    until: base.advanced(by: .seconds(end))
                )
                let item = HoldItem("p", span, quantity: quantity, of: .pooled(capacity))
                do {
                    let lasting = Duration.seconds(Int.random(in: 1...1_000, using: &random))
                    let hold = try await desk.hold([item], by: "ann", for: lasting)
                    #expect(fits, "seed \(seed), step \(step)")
                    taken.append(Taken(id: hold.id, range: start..<end, quantity: quantity, until: hold.expiresAt))
                    accepted += 1
                } catch is HoldError {
                    #expect(!fits, "seed \(seed), step \(step)")
                }
            }
            #expect(accepted > 0)
        }
    }
}
