import ExampleSupport
import HoldTimer
import ResilienceCore

/// How far a request has come: a durable timer, due when the customer does the next thing.
struct Visit: Codable, Sendable {
    let request: Request
    /// When the customer acts, after being given the hold.
    let after: Duration
    var stage = Stage.arriving
    var hold: String?
    /// When the hold was given.
    var heldAt: Timestamp?
    /// Whether the customer waited for a hold of his own that nobody had noted.
    var waited = false
    /// Whether the customer wants to keep the booking after all, and has said so.
    var saidKeep = false
    /// What came of it; `nil` while it is under way.
    var outcome: Outcome?
    /// When this was written.
    var changedAt: Timestamp

    /// What the customer does next.
    enum Stage: String, Codable, Sendable {
        case arriving
        case extending
        case acting
        case payingAgain
        /// Is booked, and about to cancel.
        case cancelling
        /// Has cancelled, and waits for what comes of it.
        case awaiting
        case over
    }

    /// How it ended.
    enum Outcome: String, Codable, Sendable, CaseIterable {
        case booked
        case unavailable
        case tooManyHolds
        case invalidInterval
        case expired
        case released
        case refunded
        case left
        /// The booking was cancelled.
        case cancelled
        /// A cancellation was taken back, or was not possible: it is booked as before.
        case kept
        /// A person has to look at the cancellation.
        case inReview
        /// The identity service did not let the customer cancel.
        case notSignedIn
    }

    /// - Parameter seed: of when the customer acts, where the input does not say.
    init(_ request: Request, seed: UInt64, at now: Timestamp) {
        self.request = request
        var generator = SmallGenerator(seed: seed ^ request.id.hashOfBytes())
        after = request.after.map { .seconds($0) } ?? Self.after(request, &generator)
        changedAt = now
    }

    private static func after(_ request: Request, _ generator: inout SmallGenerator) -> Duration {
        let chance = Int.random(in: 0..<100, using: &generator)
        switch request.plan {
        case .payAtDesk: return .seconds(Int.random(in: 600...(chance < 10 ? 4_000 : 3_500), using: &generator))
        case .release, .leave: return .seconds(Int.random(in: 10...200, using: &generator))
        case .confirm, .pay:
            let deadline = 300 + (request.extend ?? 0)
            // Now and then just when the hold ends, or after that.
            if chance < 6 { return .seconds(deadline) }
            if chance < 22 { return .seconds(deadline + Int.random(in: 1...240, using: &generator)) }
            return .seconds(Int.random(in: (request.extend == nil ? 10 : 260)...(deadline - 5), using: &generator))
        }
    }
}

/// The day, as the first run on a store has begun it.
struct Day: Codable, Sendable {
    /// When the desk opened: the requests are counted from here.
    let opening: Timestamp
    /// When the day begins for which is booked.
    let midnight: Timestamp
    var resources: [String: Resource]
    /// As they were entered.
    var contacts: [String: Contact] = [:]

    init(opening: Timestamp, resources: [String: Resource]) {
        self.opening = opening
        let day: Int64 = 86_400_000_000
        midnight = Timestamp(microseconds: (opening.microseconds / day + 1) * day)
        self.resources = resources
    }

    /// What is to be held for a request.
    func items(of request: Request) -> [HoldItem] {
        let span = HoldSpan.interval(
            from: midnight.advanced(by: .seconds(request.from * 60)),
            until: midnight.advanced(by: .seconds(request.until * 60))
        )
        return ([request.resource] + request.with).compactMap { name in
            guard let resource = resources[name] else { return nil }
            let quantity = name == request.resource ? request.quantity : 1
            let capacity = resource.units.map { HoldCapacity.units($0) } ?? .pooled(resource.most)
            return HoldItem(name, span, quantity: quantity, of: capacity)
        }
    }
}

/// What the desk notes of a booking, in the commit that makes it, and of its cancellation.
struct BookingNote: Codable, Sendable {
    let hold: String
    /// When the confirmation was asked for.
    let askedAt: Timestamp
    /// Whether it came by a payment that may come late.
    let isLate: Bool
    var status = Status.booked
    /// Why a refund could not be made, for whoever makes it by hand.
    var refundFailure: String?

    enum Status: String, Codable, Sendable {
        case booked
        /// There is no way back: it will be cancelled.
        case cancelling
        case cancelled
    }
}

/// What was paid at the desk for a booking, one amount.
struct SlipNote: Codable, Sendable {
    struct Entry: Codable, Sendable {
        let slip: String
        let at: Timestamp
    }

    var entries: [Entry] = []

    /// Whether a payment is one that is recorded: the same slip, or the same amount within five minutes.
    func hasRecorded(_ slip: String, at now: Timestamp) -> Bool {
        entries.contains { $0.slip == slip || $0.at.duration(to: now) < .seconds(300) }
    }
}

/// The spaces of this program, beside those of the desk.
enum Spaces {
    static let desk = "facility"
    static let day = Space<Day>("booking.day")
    static let visits = Space<Visit>("booking.visits")
    static let notes = Space<BookingNote>("booking.notes")
    static let slips = Space<SlipNote>("booking.slips")
    static let contacts = Space<ContactNote>("booking.contacts")
    static let settlements = Space<RefundEvent>("booking.settlements")
    static let holds = Space<Hold>("hold.facility")
    static let messages = "outbox.hold.facility"

    /// Those in which nothing is left when all is over.
    static let toEmpty =
        [messages, "outbox.saga.\(Cancellations.name)", "inbox.\(Bookkeeping.name)"]
        + [Messages.mail, Messages.push, Bookkeeping.name].flatMap { ["retry.\($0)", "retry.\($0).again"] }
}
