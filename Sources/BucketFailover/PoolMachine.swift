import ResilienceCore
import RetryOrchestrator

/// What requests share of the buckets: credentials, limits, the bucket in use. Pure; guarded by the pool's lock.
///
/// Buckets are numbered as they come and keep their number, so that a request that began before the list was changed goes
/// on with what it has.
struct PoolMachine {
    /// All that there ever were.
    private(set) var buckets: [Bucket] = []
    /// Those of the present list, in their order.
    private(set) var active: [Int] = []
    let order: BucketOrder
    var slots: [BucketSlot] = []
    private(set) var current: Int?
    /// When it was chosen; what nobody chose yields to what another process has.
    private(set) var chosen = Timestamp.distantPast
    /// Those of one group have the same.
    private var limitsOf: [Int] = []
    private var groups: [String: Int] = [:]
    private(set) var limits: [LimitWindows] = []
    private var turn = -1

    init(_ buckets: [Bucket], order: BucketOrder, current: String?) {
        self.order = order
        setBuckets(buckets, at: .distantPast)
        if let current { self.current = index(of: current) ?? active.first }
    }

    /// Begins anew with the first bucket of a list, and plans no renewals.
    mutating func setBuckets(_ list: [Bucket], at now: Timestamp) {
        active = list.map { bucket in
            guard let known = buckets.firstIndex(where: { $0.name == bucket.name }) else { return add(bucket) }
            if bucket.limitGroup != buckets[known].limitGroup { limitsOf[known] = limits(for: bucket) }
            buckets[known] = bucket
            return known
        }
        for index in slots.indices { slots[index].schedule.cancel() }
        current = nil
        if let first = active.first { use(first, at: now) }
    }

    private mutating func add(_ bucket: Bucket) -> Int {
        limitsOf.append(limits(for: bucket))
        buckets.append(bucket)
        slots.append(BucketSlot())
        return buckets.count - 1
    }

    /// Those of its group, else new ones.
    private mutating func limits(for bucket: Bucket) -> Int {
        if let group = bucket.limitGroup, let known = groups[group] { return known }
        limits.append(LimitWindows())
        if let group = bucket.limitGroup { groups[group] = limits.count - 1 }
        return limits.count - 1
    }

    func index(of name: String) -> Int? { active.first { buckets[$0].name == name } }

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
        guard order != .profile, !active.isEmpty else { return current }
        if order == .roundRobin { turn = (turn + 1) % active.count }
        let ranked = candidates(at: now)
        return ranked.first { !isCooling($0, at: now) } ?? ranked.first
    }

    /// All buckets, the best first.
    func candidates(at now: Timestamp) -> [Int] {
        switch order {
        case .profile: return active
        case .roundRobin: return active.indices.map { active[($0 + max(turn, 0)) % active.count] }
        case .mostHeadroom: return ranked { limits(of: $0).headroom(at: now) > limits(of: $1).headroom(at: now) }
        case .soonestReset:
            return ranked { limits(of: $0).nextReset(after: now) < limits(of: $1).nextReset(after: now) }
        }
    }

    /// Of equals the one that stands first.
    private func ranked(_ isBetter: (Int, Int) -> Bool) -> [Int] {
        active.enumerated().sorted { left, right in
            isBetter(left.element, right.element)
                || (!isBetter(right.element, left.element) && left.offset < right.offset)
        }.map(\.element)
    }

    mutating func use(_ bucket: Int, at now: Timestamp) {
        if current != bucket { (current, chosen) = (bucket, now) }
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

    /// Takes note of windows, and tells whether another rest came of it: only that is news for others.
    @discardableResult
    mutating func note(_ windows: [LimitWindow], _ bucket: Int, at now: Timestamp) -> Bool {
        var isNews = false
        for window in windows where limits[limitsOf[bucket]].note(window, at: now) { isNews = true }
        return isNews
    }

    /// Takes over when a bucket has to rest by what another process was told, and gives all that is known.
    mutating func mergeRests(_ others: [String: Rest], _ bucket: Int, at now: Timestamp) -> [String: Rest] {
        limits[limitsOf[bucket]].merge(others, at: now)
        return limits(of: bucket).rests
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
        guard !active.contains(where: { access($0, at: now) != nil }) else { return nil }
        return active.map { limits(of: $0).blockedUntil }.filter { $0 > now }.min()
    }
}
