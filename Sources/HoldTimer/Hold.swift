public import ResilienceCore

/// A hold as it is recorded; once confirmed, it is a booking.
public struct Hold: Sendable, Hashable, Codable {
    /// What is recorded of a hold.
    public enum State: String, Sendable, Hashable, Codable {
        /// Held until its deadline. Next: each of the others.
        case active
        /// A booking. Next: released, when it is cancelled.
        case confirmed
        /// The deadline passed, and this was recorded. Next: confirmed, where a late payment found it free
        /// again, or released, where it did not.
        case expired
        /// Given back. Final.
        case released
    }

    /// One resource that is taken.
    public struct Item: Sendable, Hashable, Codable {
        /// The resource.
        public let resource: String
        /// When.
        public let span: HoldSpan
        /// How much of it.
        public let quantity: Int
        /// Which unit, from 1; `nil` of a pooled capacity.
        public let unit: Int?
        /// How much of it there is, as the hold was told.
        let capacity: HoldCapacity
        /// Whether the guard of the resource names the hold; else a tag does, where the resource is held whole.
        let isNamed: Bool
    }

    /// Its identity.
    public let id: String
    /// Whose it is.
    public let holder: String
    /// What is taken.
    public internal(set) var items: [Item]
    /// What is recorded of it.
    public internal(set) var state: State
    /// When it was made.
    public let createdAt: Timestamp
    /// The deadline: at this instant an active hold is past it.
    public internal(set) var expiresAt: Timestamp
    /// The entry of the waitlist to which it was offered, if it was.
    public internal(set) var waitlistEntry: String?

    package init(
        id: String,
        holder: String,
        items: [Item],
        state: State = .active,
        createdAt: Timestamp,
        expiresAt: Timestamp,
        waitlistEntry: String? = nil
    ) {
        self.id = id
        self.holder = holder
        self.items = items
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.waitlistEntry = waitlistEntry
    }
}

// MARK: The machine

/// What a request does to a hold.
package enum HoldStep: Equatable {
    /// The hold becomes this.
    case change(Hold)
    /// It is so already.
    case unchanged(Hold)
    case refuse(HoldError)
}

extension Hold {
    /// Whether its deadline has passed before it was confirmed: then it blocks nobody.
    package func isLapsed(at now: Timestamp) -> Bool { state == .active && expiresAt <= now }

    package func confirming(at now: Timestamp, grace: Bool) -> HoldStep {
        switch state {
        case .confirmed: .unchanged(self)
        case .active: isLapsed(at: now) && !grace ? .refuse(.holdExpired(id)) : .change(with(.confirmed))
        case .expired: .refuse(.holdExpired(id))
        case .released: .refuse(.alreadyReleased(id))
        }
    }

    package func releasing(at now: Timestamp) -> HoldStep {
        switch state {
        case .active: isLapsed(at: now) ? .refuse(.holdExpired(id)) : .change(with(.released))
        case .confirmed: .refuse(.alreadyConfirmed(id))
        case .expired: .refuse(.holdExpired(id))
        case .released: .refuse(.alreadyReleased(id))
        }
    }

    /// Releasing a booking; a hold is not one yet.
    package func cancelling() -> HoldStep {
        switch state {
        case .confirmed: .change(with(.released))
        case .active: .refuse(.notFound(id))
        case .expired: .refuse(.holdExpired(id))
        case .released: .refuse(.alreadyReleased(id))
        }
    }

    /// Moves the deadline forward, to `longest` after the creation at most.
    package func extending(by duration: Duration, longest: Duration, at now: Timestamp) -> HoldStep {
        switch state {
        case .active where !isLapsed(at: now):
            let until = min(expiresAt.advanced(by: duration), createdAt.advanced(by: longest))
            guard until > expiresAt else { return .unchanged(self) }
            var hold = self
            hold.expiresAt = until
            return .change(hold)
        case .active, .expired: return .refuse(.holdExpired(id))
        case .confirmed: return .refuse(.alreadyConfirmed(id))
        case .released: return .refuse(.alreadyReleased(id))
        }
    }

    package func with(_ state: State) -> Hold {
        var hold = self
        hold.state = state
        return hold
    }
}
