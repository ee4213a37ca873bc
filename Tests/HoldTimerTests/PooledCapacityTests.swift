import HoldTimer
import ResilienceCore
import ResilienceTesting
import Testing

@Suite struct PooledCapacityTests {
    private struct Taken {
        let id: String
        let range: Range<Int>
        let quantity: Int
    }

    /// Accepted exactly if at no instant more than the capacity would be taken.
    @Test func pooledCapacityIsItsDefinitionOnRandomSequences() async throws {
        for seed in 1...100 as ClosedRange<UInt64> {
            var random = SmallGenerator(seed: seed)
            let clock = ManualClock()
            var options = HoldOptions()
            options.holdsPerHolder = nil
            options.longest = .seconds(100_000)
            options.duration = .seconds(100_000)
            let desk = try HoldDesk("pool", on: InMemoryStore(clock: clock), options: options)
            let capacity = Int.random(in: 1...4, using: &random)
            var taken: [Taken] = []
            for step in 0..<60 {
                if Int.random(in: 0..<4, using: &random) == 0, let gone = taken.indices.randomElement(using: &random) {
                    try await desk.release(taken.remove(at: gone).id)
                    continue
                }
                let start = Int.random(in: 0..<40, using: &random)
                let end = start + Int.random(in: 1...(Bool.random(using: &random) ? 3 : 20), using: &random)
                let quantity = Int.random(in: 1...capacity, using: &random)
                let fits = (start..<end).allSatisfy { instant in
                    taken.filter { $0.range.contains(instant) }.reduce(quantity) { $0 + $1.quantity } <= capacity
                }
                let base = clock.now.advanced(by: .seconds(1_000))
                let span = HoldSpan.interval(
                    from: base.advanced(by: .seconds(start)),
                    until: base.advanced(by: .seconds(end))
                )
                let item = HoldItem("p", span, quantity: quantity, of: .pooled(capacity))
                do {
                    let hold = try await desk.hold([item], by: "ann")
                    #expect(fits, "seed \(seed), step \(step)")
                    taken.append(Taken(id: hold.id, range: start..<end, quantity: quantity))
                } catch is HoldError {
                    #expect(!fits, "seed \(seed), step \(step)")
                }
            }
            #expect(!taken.isEmpty)
        }
    }
}
