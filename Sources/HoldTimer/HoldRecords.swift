import ResilienceCore
import Synchronization

/// How holds lie in the store.
///
/// The hold is the truth; every change of it expects its revision. A slot is an index entry of one interval of a hold,
/// written and deleted only together with it. A guard is written by everything that takes time of a resource, so that of
/// two which looked at the same state one conflicts.
///
/// A class, since a desk is passed on as a value and this would be copied with it.
final class HoldRecords: Sendable {
    let holds: Space<Hold>
    let slots: Space<HoldSlot>
    let guards: Space<HoldGuard>
    let holders: Space<HolderGuard>
    let entries: Space<WaitlistEntry>
    let lines: Space<WaitingLine>

    /// Whether holds are found by their holders; needed only where these have a limit.
    let findsHolders: Bool

    init(_ name: String, findsHolders: Bool) throws(InvalidArgument) {
        self.findsHolders = findsHolders
        holds = Space(try SpaceName.checked("hold.", name))
        slots = Space(try SpaceName.checked("hold.", name + ".slots"))
        guards = Space(try SpaceName.checked("hold.", name + ".guards"))
        holders = Space(try SpaceName.checked("hold.", name + ".holders"))
        entries = Space(try SpaceName.checked("hold.", name + ".waiting"))
        lines = Space(try SpaceName.checked("hold.", name + ".lines"))
    }

    /// Names of desks do not end like this: a space of one desk would be that of another.
    static let reserved = [".slots", ".guards", ".holders", ".waiting", ".lines", ".offers"]

    static func isReserved(_ name: String) -> Bool { reserved.contains { name.hasSuffix($0) } }

    // MARK: Names

    /// The name under which a resource, or one of its units, is guarded.
    static func lane(_ resource: String, unit: Int?) -> String {
        unit.map { "\(resource)\u{1F}\($0)" } ?? resource
    }

    /// Sixteen digits that order as the instant does.
    static func digits(_ instant: Timestamp) -> String { Name.made(at: instant) }

    static func slotBound(_ lane: String, _ instant: Timestamp) -> String { Name.made(lane, "\u{1E}", at: instant) }

    static func slotName(_ lane: String, _ start: Timestamp, _ hold: String) -> String {
        Name.made(lane, "\u{1E}", at: start, "\u{1E}", hold)
    }

    static func wholeTag(_ lane: String, _ instant: Timestamp) -> String {
        Name.made("w=", lane, "\u{1E}", at: instant)
    }

    static func holderTag(_ holder: String, _ instant: Timestamp) -> String {
        Name.made("h=", holder, "\u{1E}", at: instant)
    }

    // MARK: Writes

    /// Adds the record of a hold and the slots of its intervals, as they are in its present state.
    func put(
        _ hold: Hold,
        expect: Expectation,
        retention: Duration,
        at now: Timestamp,
        to writes: inout [Write]
    ) {
        let due = due(hold, retention: retention, at: now)
        writes.append(
            holds.put(hold, at: hold.id, expect: expect, due: due, tags: tags(hold), clearingDeliveries: true)
        )
        putSlots(hold, to: &writes)
    }

    /// Adds the slots of a hold. They stand or fall with the record of the hold, whose revision is their expectation too.
    func putSlots(_ hold: Hold, to writes: inout [Write]) {
        for item in hold.items {
            guard case .interval(let start, let end) = item.span else { continue }
            let name = Self.slotName(Self.lane(item.resource, unit: item.unit), start, hold.id)
            switch hold.state {
            case .expired, .released:
                writes.append(slots.delete(name, expect: .any))
            case .active, .confirmed:
                let until = hold.state == .active ? hold.expiresAt : nil
                let slot = HoldSlot(hold: hold.id, start: start, end: end, quantity: item.quantity, until: until)
                writes.append(slots.put(slot, at: name, expect: .any))
            }
        }
    }

    func due(_ hold: Hold, retention: Duration, at now: Timestamp) -> Timestamp? {
        switch hold.state {
        case .active: return hold.expiresAt
        case .expired, .released: return now.advanced(by: retention)
        case .confirmed:
            var last = Timestamp.distantPast
            for item in hold.items {
                guard case .interval(_, let end) = item.span else { return nil }
                last = max(last, end)
            }
            return last.advanced(by: retention)
        }
    }

    /// An active hold is found by its holder, where these have a limit, and by each resource that it holds whole and whose
    /// guard does not name it, in the order of deadlines.
    func tags(_ hold: Hold) -> [String] {
        guard hold.state == .active else { return [] }
        var tags = findsHolders ? [Self.holderTag(hold.holder, hold.expiresAt)] : []
        for item in hold.items where !item.isNamed && item.span == .whole {
            tags.append(Self.wholeTag(Self.lane(item.resource, unit: item.unit), hold.expiresAt))
        }
        return tags
    }
}

/// One interval of a hold or a booking.
struct HoldSlot: Codable, Sendable {
    let hold: String
    let start: Timestamp
    let end: Timestamp
    let quantity: Int
    /// The deadline of the hold; `nil` of a booking.
    let until: Timestamp?

    func isLapsed(at now: Timestamp) -> Bool { until.map { $0 <= now } ?? false }
}

/// What is known of a resource as a whole.
package struct HoldGuard: Codable, Sendable {
    /// Whether it is held whole, rather than by intervals.
    let isWhole: Bool
    /// Whether intervals may overlap, since it was once asked for with a capacity of more than one.
    var isShared = false
    /// How much is taken of it, where it is held whole.
    package var used = 0
    /// The longest interval ever held, in microseconds: how far back an interval may begin that reaches into another one.
    var longest: Int64 = 0
    /// The id of a hold that holds it whole: the first, until that one ends. It needs no tag, and mostly there is no other.
    var named: String?

    init(isWhole: Bool) { self.isWhole = isWhole }

    /// Stands for a guard that is gone, where something may lie there all the same: a guard goes after the last slot, but
    /// a record can be deleted or damaged in other ways.
    static func lost(for span: HoldSpan) -> HoldGuard {
        var value = HoldGuard(isWhole: span == .whole)
        value.longest = HoldSpan.longest.components.seconds * 1_000_000
        return value
    }
}

extension HoldSpan {
    /// Whether something may lie in it of which the guard is gone.
    func begins(before now: Timestamp) -> Bool {
        if case .interval(let start, _) = self { start < now } else { false }
    }
}

/// Written by every hold of a holder, so that two at once do not pass the limit.
struct HolderGuard: Codable, Sendable {}

/// Draws ids: the microsecond, and 76 random bits.
///
/// They order as they were made, so that the records of what is new lie together, where a store on disk writes few pages
/// for many of them, and are purged together.
final class HoldIDs: Sendable {
    private let generator: Mutex<SmallGenerator>

    init(seed: UInt64?) {
        generator = Mutex(seed.map { SmallGenerator(seed: $0) } ?? .seededBySystem())
    }

    func next(at now: Timestamp) -> String {
        let (random, low) = generator.withLock { ($0.next(), $0.next()) }
        return Name.hexadecimal(UInt64(bitPattern: now.microseconds) << 12 | random >> 52, low)
    }

    /// Up to the number given, in milliseconds.
    func pause(upTo milliseconds: Int) -> Duration {
        .milliseconds(generator.withLock { Int.random(in: 0...milliseconds, using: &$0) })
    }
}
