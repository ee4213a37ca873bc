public import ResilienceCore

/// One of the limits of a bucket, as a reply told it: so many in an hour, so many tokens in a week.
public struct LimitWindow: Sendable, Hashable {
    /// Its name, such as `requests` or `tokens`.
    public var name: String
    /// How much is allowed in all, where that was told.
    public var limit: Int?
    /// How much is left, where that was told.
    public var remaining: Int?
    /// When it is full again, where that was told.
    public var reset: Timestamp?

    /// Creates a window.
    public init(_ name: String, limit: Int? = nil, remaining: Int? = nil, reset: Timestamp? = nil) {
        self.name = name
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
    }
}

/// The limits of a bucket or of a group: blocked while any of them is. Pure.
struct LimitWindows {
    private(set) var windows: [LimitWindow] = []
    private(set) var rests: [String: Rest] = [:]
    private static let told = "retry-after"
    /// The latest end of all; only grows but by what a reply said.
    private(set) var blockedUntil = Timestamp.distantPast
    /// Since when it is blocked, if it is.
    private(set) var blockedSince: Timestamp?

    /// It was told to stay away; an earlier instant than known changes nothing.
    mutating func coolDown(until instant: Timestamp, at now: Timestamp) {
        merge([Self.told: Rest(until: instant, told: now)], at: now)
    }

    /// Takes over what another process was told.
    mutating func merge(_ others: [String: Rest], at now: Timestamp) {
        for (window, other) in others {
            rests[window] = rests[window]?.merged(with: other, onlyGrows: window == Self.told) ?? other
        }
        block(at: now)
    }

    private mutating func block(at now: Timestamp) {
        let latest = rests.values.map(\.until).max() ?? .distantPast
        if blockedUntil <= now, latest > now { blockedSince = now }
        blockedUntil = latest
    }

    /// A reply told how the window stands; that counts. Tells whether when to rest has changed.
    mutating func note(_ window: LimitWindow, at now: Timestamp) -> Bool {
        if let index = windows.firstIndex(where: { $0.name == window.name }) {
            windows[index] = window
        } else if windows.count < 32 {
            windows.append(window)
        }
        guard let remaining = window.remaining else { return false }
        let until = remaining == 0 ? window.reset ?? .distantPast : .distantPast
        let before = rests[window.name]?.until ?? .distantPast
        guard until > now || before > now else { return false }
        rests[window.name] = Rest(until: until, told: now)
        block(at: now)
        return until != before
    }

    /// What is left of the scarcest window, 0 to 1; 1 if nothing is known.
    func headroom(at now: Timestamp) -> Double {
        windows.reduce(1) { least, window in
            guard let limit = window.limit, limit > 0, let left = window.remaining else { return least }
            if let reset = window.reset, reset <= now { return least }
            return min(least, Double(max(left, 0)) / Double(limit))
        }
    }

    /// When the first window is full again.
    func nextReset(after now: Timestamp) -> Timestamp {
        windows.compactMap(\.reset).filter { $0 > now }.min() ?? .distantFuture
    }
}
