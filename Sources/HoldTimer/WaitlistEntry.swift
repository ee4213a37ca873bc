public import ResilienceCore

/// Somebody who waits for something to become free.
public struct WaitlistEntry: Sendable, Hashable, Codable {
    /// How far it has come.
    public enum State: String, Sendable, Hashable, Codable {
        /// In the line. Next: notified, expired or cancelled.
        case waiting
        /// An offer was made, which is a hold. Next: booked, expired or cancelled, as that hold is confirmed, expires or
        /// is released.
        case notified
        /// The offer was confirmed. Final.
        case booked
        /// The offer lapsed, or the wait. Next: booked, where a late payment found the offer free again.
        case expired
        /// Left, or declined. Final.
        case cancelled
    }

    /// Its identity.
    public let id: String
    /// Who waits.
    public let holder: String
    /// What for: all of it, together.
    public let items: [HoldItem]
    /// The greater, the earlier its turn; of one priority, who joined first.
    public let priority: Int
    /// When it joined, by the store's clock.
    public let joinedAt: Timestamp
    /// Until when it waits, if not for ever.
    public let until: Timestamp?
    /// How far it has come.
    public internal(set) var state = State.waiting
    /// The hold that it was offered.
    public internal(set) var offer: String?
    /// The deadline of the offer when it was made.
    public internal(set) var offeredUntil: Timestamp?

    package init(
        id: String,
        holder: String,
        items: [HoldItem],
        priority: Int,
        joinedAt: Timestamp,
        until: Timestamp?
    ) {
        self.id = id
        self.holder = holder
        self.items = items
        self.priority = priority
        self.joinedAt = joinedAt
        self.until = until
    }
}

// MARK: The machine

extension WaitlistEntry {
    /// Whether it has a place in the line at this instant.
    package func isWaiting(at now: Timestamp) -> Bool { state == .waiting && until.map { $0 > now } ?? true }

    package func offered(_ hold: Hold) -> WaitlistEntry {
        var entry = with(.notified)
        entry.offer = hold.id
        entry.offeredUntil = hold.expiresAt
        return entry
    }

    /// What it becomes when its offer has become this; `nil` if nothing else.
    package func following(_ hold: Hold) -> WaitlistEntry? {
        switch hold.state {
        case .confirmed: with(.booked)
        case .expired where state == .notified: with(.expired)
        case .released where state == .notified: with(.cancelled)
        case .active, .expired, .released: nil
        }
    }

    package func with(_ state: State) -> WaitlistEntry {
        var entry = self
        entry.state = state
        return entry
    }

    /// Its place in the lines in which it stands: greater priorities first, then earlier instants.
    package var rank: String {
        HoldRecords.digits(Timestamp(microseconds: ~Int64(priority))) + HoldRecords.digits(joinedAt)
    }
}

// MARK: In the store

/// The line before one resource: due when someone should look along it. While anybody waits it is there, so that who frees
/// the resource knows.
struct WaitingLine: Codable, Sendable {}

extension HoldRecords {
    /// Has the line of a resource looked at.
    func waking(_ resource: String, at now: Timestamp) -> Write {
        lines.put(WaitingLine(), at: resource, expect: .any, due: now, clearingDeliveries: true)
    }

    /// The bounds of the tags by which the entries of a line are found, in the order of their turns.
    static func line(_ resource: String) -> (from: String, until: String) {
        ("l=\(resource)\u{1E}", "l=\(resource)\u{1F}")
    }

    static func place(_ entry: WaitlistEntry, in resource: String) -> String { line(resource).from + entry.rank }

    static func waiting(_ holder: String) -> String { "w=\(holder)" }

    /// The record of an entry: found by its holder until it has ended, and in its lines while it waits.
    func put(_ entry: WaitlistEntry, expect: Expectation, retention: Duration, at now: Timestamp) -> Write {
        var tags: [String] = []
        let due: Timestamp?
        switch entry.state {
        case .waiting:
            tags = [Self.waiting(entry.holder)] + entry.items.map { Self.place(entry, in: $0.resource) }
            due = entry.until
        case .notified:
            tags = [Self.waiting(entry.holder)]
            due = nil
        case .booked, .expired, .cancelled: due = now.advanced(by: retention)
        }
        return entries.put(entry, at: entry.id, expect: expect, due: due, tags: tags, clearingDeliveries: true)
    }
}
