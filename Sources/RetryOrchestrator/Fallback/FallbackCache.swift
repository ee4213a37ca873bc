public import ResilienceCore
import Synchronization

/// Earlier answers, for the time when no new ones are to be had.
///
/// It holds at most `capacity` values and drops those that were stored longest ago. An expired value is never given.
/// Keys and values stay in memory and appear in no event.
public final class FallbackCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How long a value may be used.
    public let lifetime: Duration
    private let capacity: Int
    private let expiry: (@Sendable (Value) -> Timestamp)?
    private let clock: any WallClock
    private let state = Mutex(State())

    fileprivate struct Entry {
        let value: Value
        let stored: Duration
        let number: UInt64
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        /// Keys as they were stored, some of them replaced or removed since.
        var order: [(key: Key, number: UInt64)] = []
        var first = 0
        var lastNumber: UInt64 = 0
    }

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - capacity: 1 to 10,000,000 values.
    ///   - lifetime: How long a value may be used: more than zero, at most 100 years.
    ///   - expiry: When a value expires by itself, whatever the lifetime: the end of a session.
    ///   - clock: Measures ages on its monotonic reading; expiry is compared with its instants.
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(
        capacity: Int,
        lifetime: Duration,
        expiry: (@Sendable (Value) -> Timestamp)? = nil,
        clock: any WallClock = .system
    ) throws(InvalidArgument) {
        try require((1...10_000_000).contains(capacity), "capacity", capacity, "1...10000000")
        let isValid = lifetime > .zero && lifetime <= .seconds(100 * 365 * 86_400)
        try require(isValid, "lifetime", lifetime, "more than zero, at most 100 years")
        self.capacity = capacity
        self.lifetime = lifetime
        self.expiry = expiry
        self.clock = clock
    }

    /// Keeps a value, in place of an earlier one.
    public func store(_ value: Value, for key: Key) {
        let now = clock.uptime
        state.withLock { state in
            state.lastNumber += 1
            state.entries[key] = Entry(value: value, stored: now, number: state.lastNumber)
            state.order.append((key, state.lastNumber))
            state.dropOldest(downTo: capacity)
        }
    }

    /// Forgets a value: a session that was ended.
    public func remove(_ key: Key) { state.withLock { _ = $0.entries.removeValue(forKey: key) } }

    /// A value that has not expired, and its age.
    public func value(for key: Key) -> (value: Value, age: Duration)? {
        guard let entry = state.withLock({ $0.entries[key] }) else { return nil }
        let age = clock.uptime - entry.stored
        guard age < lifetime, expiry.map({ clock.now < $0(entry.value) }) ?? true else { return nil }
        return (entry.value, age)
    }

    /// How many values it holds, expired ones included.
    public var count: Int { state.withLock { $0.entries.count } }
}

extension FallbackCache.State {
    fileprivate mutating func dropOldest(downTo capacity: Int) {
        while entries.count > capacity, first < order.count {
            let (key, number) = order[first]
            if entries[key]?.number == number { entries[key] = nil }
            first += 1
        }
        // Places of values that were replaced are given back in time, so that the order does not grow without end.
        guard order.count > 2 * capacity + 16 else { return }
        order = order[first...].filter { entries[$0.key]?.number == $0.number }
        first = 0
    }
}
