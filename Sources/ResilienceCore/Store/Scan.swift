/// A look at a part of a space, in one order, as one snapshot.
///
/// ```swift
/// let failed = try await store.scan(Scan("failed.payments", by: .tag, from: "c=RATE_LIMIT|", until: "c=RATE_LIMIT}"))
/// ```
public struct Scan: Sendable {
    /// The order of the results and what the bounds speak of.
    public enum Order: Sendable, Hashable {
        /// By name; the bounds are names.
        case name
        /// By tag, then name; the bounds are tags. A record stands once for each of its tags within the bounds.
        case tag
        /// By due, then name, up to and with that instant; there are no bounds.
        case due(through: Timestamp)
    }

    /// A place in an order, from which a further page begins.
    public enum Position: Sendable, Hashable {
        /// After this name, in name order.
        case name(String)
        /// After this tag and name, in tag order.
        case tag(String, name: String)
        /// After this due and name, in due order.
        case due(Timestamp, name: String)
    }

    /// The space that is looked at.
    public var space: String
    /// The order of the results.
    public var order: Order
    /// The lowest name or tag, included; `nil` for no bound.
    public var from: String?
    /// The first name or tag after the range, excluded; `nil` for no bound.
    public var until: String?
    /// The last place of the page before, excluded; it must speak of the same order.
    public var after: Position?
    /// Whether the greatest comes first.
    public var reversed: Bool
    /// How many at most, 1 to ``StoreLimits/results``.
    public var limit: Int

    /// Creates a scan. The bounds compare by bytes; a range that is empty gives nothing.
    public init(
        _ space: String,
        by order: Order = .name,
        from: String? = nil,
        until: String? = nil,
        after: Position? = nil,
        reversed: Bool = false,
        limit: Int = StoreLimits.results
    ) {
        self.space = space
        self.order = order
        self.from = from
        self.until = until
        self.after = after
        self.reversed = reversed
        self.limit = limit
    }

    /// The records whose name, or tag, begins with `prefix`.
    public static func prefix(_ prefix: String, in space: String, by order: Order = .name) -> Scan {
        Scan(space, by: order, from: prefix, until: Scan.end(ofPrefix: prefix))
    }

    /// The scan of the next page, given the results of this one; `nil` if this was the last.
    public func following(_ page: [Record]) -> Scan? {
        guard page.count == limit, let last = page.last else { return nil }
        var next = self
        switch order {
        case .name:
            next.after = .name(last.key.name)
        case .due:
            next.after = .due(last.due ?? .distantFuture, name: last.key.name)
        case .tag:
            // The last record may stand in the page several times, once for each of its tags that the page reached.
            let reached = page.count { $0.key == last.key }
            var tags = last.tags.filter { covers(tag: $0, name: last.key.name) }
            tags.sort { (Bytes.compare($0, $1) < 0) != reversed }
            guard reached <= tags.count else { return nil }
            next.after = .tag(tags[reached - 1], name: last.key.name)
        }
        return next
    }

    /// Whether an entry of tag order lies within the bounds and behind the position.
    private func covers(tag: String, name: String) -> Bool {
        if let from, Bytes.compare(tag, from) < 0 { return false }
        if let until, Bytes.compare(tag, until) >= 0 { return false }
        guard case .tag(let lastTag, let lastName) = after else { return true }
        let byTag = Bytes.compare(tag, lastTag)
        let order = byTag != 0 ? byTag : Bytes.compare(name, lastName)
        return reversed ? order < 0 : order > 0
    }

    /// The first string after all that begin with `prefix`, or `nil` if there is none.
    ///
    /// The last character is replaced by the next one, which the order of UTF-8 agrees with.
    package static func end(ofPrefix prefix: String) -> String? {
        var scalars = Array(prefix.unicodeScalars)
        while let last = scalars.popLast() {
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            scalars.append(scalar)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return String(text)
        }
        return nil
    }
}

/// A request for due records, each leased to the caller.
public struct Claim: Sendable {
    /// The space that is claimed from.
    public var space: String
    /// How many at most, 1 to ``StoreLimits/results``.
    public var limit: Int
    /// How long they are the caller's: due moves that far from the store's now. More than zero.
    public var lease: Duration

    /// Creates a claim.
    public init(_ space: String, limit: Int, lease: Duration) {
        self.space = space
        self.limit = limit
        self.lease = lease
    }
}
