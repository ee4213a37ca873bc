import HoldTimer
import ResilienceCore
import Synchronization

/// Holds in memory, among a million that are live: a hold is created and confirmed, or expires.
let holdRows: [Row] =
    [
        Row("hold.memory.1e6.whole.create+confirm", base: .wholeHold, goal: Goal(ratio: 1.4)) {
            let hall = try await HoldHall.million()
            return { try await hall.book($0, hall.wholes) }
        },
        Row("hold.memory.1e6.interval.create+confirm", base: .intervalHold, goal: Goal(ratio: 1.6)) {
            let hall = try await HoldHall.million()
            return { try await hall.book($0, hall.intervals) }
        },
        Row("hold.memory.1e6.create+expire", base: .wholeHold, goal: Goal(ratio: 2.2)) {
            let hall = try await HoldHall.million()
            return { try await hall.expire($0) }
        },
        Row("hold.memory.1e6.nothingDue", goal: Goal(nanoseconds: 2_000)) {
            let hall = try await HoldHall.million()
            return { count in
                for _ in 0..<count {
                    keep(try await hall.store.claim(Claim("hold.bench", limit: 16, lease: .seconds(30))))
                }
            }
        },
        Row("hold.memory.1e6.claim1000.microseconds", atMost: 1_000) {
            try await HoldHall.million().longestClaim()
        },
        Row("hold.memory.bytes", atMost: 700) { try await HoldHall.million().bytes },
        Row("hold.memory.oneResource.1e4", base: .tenHolds, goal: Goal(ratio: 2)) { try await crowd(10_000) },
        Row("hold.memory.oneResource.pooled.1e4", base: .tenPooled, goal: Goal(ratio: 2)) {
            try await crowd(10_000, .pooled(2))
        },
        Row("hold.memory.expired.p99.microseconds", atMost: 50_000) { try await lateness(of: 10_000) },
    ] + durableHoldRows

/// A desk in memory and what is live in it.
struct HoldHall: Sendable {
    let store: InMemoryStore
    let clock: BenchClock
    let desk: HoldDesk
    let size: Int
    /// What a live hold takes of memory, its guard included.
    let bytes: Int
    let number = Counting()

    private static let shared = Shared()

    /// Filled once, for all rows.
    static func million() async throws -> HoldHall { try await shared.hall() }

    init(_ size: Int) async throws {
        let before = residentBytes()
        clock = BenchClock()
        store = InMemoryStore(clock: clock)
        desk = try HoldDesk("bench", on: store, options: unlimited)
        self.size = size
        for number in 0..<size { _ = try await desk.hold([Self.resource(number)], by: "holder", for: lasting) }
        bytes = (residentBytes() - before) / size
    }

    static func resource(_ number: Int) -> HoldItem { HoldItem("seat-\(number)", .whole, of: .pooled(.max)) }

    func wholes(_ number: Int) -> HoldItem {
        Self.resource(Int(UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 % UInt64(size)))
    }

    func intervals(_ number: Int) -> HoldItem {
        let court = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 % 100_000
        return HoldItem("court-\(court)", slot(number))
    }

    func book(_ count: Int, _ item: (Int) -> HoldItem) async throws {
        for _ in 0..<count {
            let hold = try await desk.hold([item(number.next())], by: "ann", for: lasting)
            try await desk.confirm(hold.id)
        }
    }

    func expire(_ count: Int) async throws {
        for _ in 0..<count {
            let hold = try await desk.hold([wholes(number.next())], by: "ann", for: .microseconds(1))
            clock.advance()
            try await desk.expire(hold.id)
        }
    }

    /// What the largest claim takes, in microseconds, where all are due: it has the lock for all of that. The longest of
    /// twenty, in the round that was disturbed least.
    func longestClaim() async throws -> Int {
        var least = Duration.seconds(1)
        for _ in 0..<5 {
            var longest = Duration.zero
            clock.advance(by: lasting)
            for _ in 0..<20 {
                let start = ContinuousClock.now
                keep(try await store.claim(Claim("hold.bench", limit: StoreLimits.results, lease: .seconds(60))))
                longest = max(longest, start.duration(to: .now))
            }
            clock.advance(by: .zero - lasting)
            least = min(least, longest)
        }
        return Int(least.nanoseconds / 1_000)
    }

    private final class Shared: Sendable {
        private let made = Mutex<HoldHall?>(nil)

        func hall() async throws -> HoldHall {
            if let hall = made.withLock({ $0 }) { return hall }
            let hall = try await HoldHall(1_000_000)
            made.withLock { $0 = hall }
            return hall
        }
    }
}

private let unlimited: HoldOptions = {
    var options = HoldOptions()
    options.holdsPerHolder = nil
    options.longest = .seconds(2_000_000)
    return options
}()

/// All holds last as long, as those of one desk mostly do: so a new one has the latest deadline.
private let lasting = Duration.seconds(1_000_000)

func slot(_ number: Int) -> HoldSpan {
    let start = Timestamp(seconds: 4_000_000_000).advanced(by: .seconds(3_600 * number))
    return .interval(from: start, until: start.advanced(by: .seconds(3_600)))
}

// MARK: One resource

extension Base {
    static let tenHolds = Base("10 live holds on the resource", reference: 10_000) { try await crowd(10) }
    static let tenPooled = Base("10 live holds of a pool", reference: 10_000) { try await crowd(10, .pooled(2)) }
}

/// Creates, confirms and cancels among so many live holds of one resource.
private func crowd(_ size: Int, _ capacity: HoldCapacity = .single) async throws -> Row.Body {
    let desk = try HoldDesk("bench", on: InMemoryStore(), options: unlimited)
    for number in 0..<size {
        _ = try await desk.hold([HoldItem("court", slot(number), of: capacity)], by: "holder", for: lasting)
    }
    return { count in
        for _ in 0..<count {
            let hold = try await desk.hold([HoldItem("court", slot(size), of: capacity)], by: "ann")
            try await desk.confirm(hold.id)
            try await desk.cancel(hold.id)
        }
    }
}

// MARK: Lateness

/// How late the event of an expiry comes at the 99th of a hundred, in microseconds, where so many are due in a second.
private func lateness(of count: Int) async throws -> Int {
    let store = InMemoryStore()
    let desk = try HoldDesk("bench", on: store, options: unlimited)
    let first = store.clock.now.advanced(by: .seconds(2))
    for number in 0..<count {
        let due = first.advanced(by: .microseconds(number * 1_000_000 / count))
        let item = HoldItem("seat-\(number)", .whole)
        _ = try await desk.hold([item], by: "holder", for: store.clock.now.duration(to: due))
    }
    let late = Late()
    let (finished, end) = AsyncStream.makeStream(of: Void.self)
    await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            try await desk.run { message in
                let lateness = message.body.expiresAt.duration(to: store.clock.now).nanoseconds / 1_000
                if late.note(Int64(lateness)) == count { end.yield() }
            }
        }
        for await _ in finished { break }
        group.cancelAll()
    }
    return Int(late.sorted[count * 99 / 100])
}

private final class Late: Sendable {
    private let all = Mutex<[Int64]>([])

    var sorted: [Int64] { all.withLock { $0.sorted() } }

    func note(_ lateness: Int64) -> Int {
        all.withLock { all in
            all.append(lateness)
            return all.count
        }
    }
}
