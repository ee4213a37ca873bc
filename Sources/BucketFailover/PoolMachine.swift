import ResilienceCore
import RetryOrchestrator

/// What requests share of the buckets: credentials, limits, the bucket in use. Pure; guarded by the pool's lock.
struct PoolMachine {
    let buckets: [Bucket]
    let order: BucketOrder
    /// Index of the limits of each bucket; those of one group have the same.
    private let limitsOf: [Int]
    var slots: [BucketSlot]
    private(set) var limits: [LimitWindows]
    private(set) var current: Int?
    private var turn = -1

    init(_ buckets: [Bucket], order: BucketOrder, current: Int?) {
        self.buckets = buckets
        self.order = order
        var groups: [String: Int] = [:]
        var count = 0
        limitsOf = buckets.map { bucket in
            if let group = bucket.limitGroup, let known = groups[group] { return known }
            defer { count += 1 }
            if let group = bucket.limitGroup { groups[group] = count }
            return count
        }
        slots = buckets.map { _ in BucketSlot() }
        limits = Array(repeating: LimitWindows(), count: count)
        self.current = current ?? (buckets.isEmpty ? nil : 0)
    }

    func limits(of bucket: Int) -> LimitWindows { limits[limitsOf[bucket]] }

    func isCooling(_ bucket: Int, at now: Timestamp) -> Bool { limits[limitsOf[bucket]].blockedUntil > now }

    func isUsable(_ bucket: Int, at now: Timestamp) -> Bool {
        slots[bucket].rejected != slots[bucket].generation && slots[bucket].credential?.isValid(at: now) == true
    }

    /// What an attempt with this bucket uses; `nil` if it has nothing valid or has to rest.
    func access(_ bucket: Int, at now: Timestamp) -> BucketCredential? {
        guard !isCooling(bucket, at: now), isUsable(bucket, at: now), let credential = slots[bucket].credential else {
            return nil
        }
        return BucketCredential(
            bucket: buckets[bucket].name,
            token: credential.token,
            generation: slots[bucket].generation
        )
    }

    /// The bucket that a new request begins with.
    mutating func first(at now: Timestamp) -> Int? {
        guard order != .profile, !buckets.isEmpty else { return current }
        if order == .roundRobin { turn = (turn + 1) % buckets.count }
        let ranked = candidates(at: now)
        return ranked.first { !isCooling($0, at: now) } ?? ranked.first
    }

    /// All buckets, the best first.
    func candidates(at now: Timestamp) -> [Int] {
        let all = Array(buckets.indices)
        switch order {
        case .profile: return all
        case .roundRobin: return all.map { ($0 + max(turn, 0)) % all.count }
        case .mostHeadroom: return ranked { limits(of: $0).headroom(at: now) > limits(of: $1).headroom(at: now) }
        case .soonestReset:
            return ranked { limits(of: $0).nextReset(after: now) < limits(of: $1).nextReset(after: now) }
        }
    }

    /// Of equals the one that stands first.
    private func ranked(_ isBetter: (Int, Int) -> Bool) -> [Int] {
        buckets.indices.sorted { isBetter($0, $1) || (!isBetter($1, $0) && $0 < $1) }
    }

    mutating func use(_ bucket: Int) {
        current = bucket
        slots[bucket].reason = nil
        slots[bucket].since = nil
    }

    mutating func note(_ reason: FailoverReason, _ bucket: Int, at now: Timestamp) {
        guard reason != .skipped, slots[bucket].reason != reason else { return }
        slots[bucket].reason = reason
        slots[bucket].since = now
    }

    mutating func coolDown(_ bucket: Int, until: Timestamp, at now: Timestamp) {
        limits[limitsOf[bucket]].coolDown(until: until, at: now)
    }

    mutating func note(_ windows: [LimitWindow], _ bucket: Int, at now: Timestamp) {
        for window in windows { limits[limitsOf[bucket]].note(window, at: now) }
    }

    /// The other side refused the credential that the bucket has.
    mutating func reject(_ bucket: Int) { slots[bucket].rejected = slots[bucket].generation }

    /// Takes a credential that was read or made when the bucket was at that generation; an older one changes nothing.
    mutating func install(_ credential: Credential, _ bucket: Int, from generation: UInt64) -> Bool {
        guard slots[bucket].generation == generation, slots[bucket].credential != credential else { return false }
        slots[bucket].install(credential)
        return true
    }

    /// When the first bucket that rests is free again; `nil` if none rests, or one works now.
    func nextFree(after now: Timestamp) -> Timestamp? {
        guard !buckets.indices.contains(where: { access($0, at: now) != nil }) else { return nil }
        return buckets.indices.map { limits(of: $0).blockedUntil }.filter { $0 > now }.min()
    }
}

/// One bucket of a pool.
struct BucketSlot {
    private(set) var credential: Credential?
    /// Counts the credentials that it had.
    private(set) var generation: UInt64 = 0
    /// The last tokens that were seen of it, for masking them: a request may fail with an older one in its text.
    private(set) var tokens: [String] = []
    /// The generation that the other side refused, although it seemed valid.
    var rejected: UInt64?
    var reason: FailoverReason?
    var since: Timestamp?
    /// The read or refresh that is under way.
    var renewal: Flight<Fetched>?
    /// The login that is under way.
    var login: Flight<Fetched>?
    var schedule = RenewalSchedule()

    mutating func install(_ new: Credential) {
        saw(new)
        credential = new
        generation += 1
    }

    mutating func saw(_ credential: Credential) {
        guard tokens.last != credential.token else { return }
        tokens = (tokens + [credential.token]).suffix(16)
    }
}

/// What came of reading or refreshing a credential.
enum Fetched: Sendable {
    case credential(Credential, isRefreshed: Bool)
    case missing
    case notRefreshed
}
