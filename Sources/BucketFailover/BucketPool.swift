public import ErrorClassification
public import ResilienceCore
public import RetryOrchestrator
import Synchronization

/// Credentials of one provider that stand in for each other, shared by all requests of a process.
///
/// A retrier that is given the pool fails over with it: a bucket whose allowance is used up rests until its reset, one
/// whose credential has ended is refreshed, once for all who wait, and the next one is used in the meantime. When none is left,
/// the request ends with ``RetryOrchestrator/AllBucketsExhaustedError``, which holds the reason of each.
///
/// ```swift
/// let pool = try BucketPool("openai", ["main", "spare"], source: APIKeys(["main": "sk-1", "spare": "sk-2"]))
/// let retrier = Retrier(classifier: .openAI, failover: pool)
/// let answer = try await retrier.run { _ in
///     try await model.answer(to: prompt, key: pool.credential().token)
/// }
/// ```
///
/// With a valid credential at hand, ``credential()`` costs a lock and a clock read and allocates nothing.
public final class BucketPool: FailoverSource, CustomStringConvertible, CustomReflectable {
    /// The other side.
    public let providerName: String
    let options: BucketPoolOptions
    let source: any CredentialSource
    let clock: any WallClock
    let observer: (any Observer)?
    let sharing: SharedBuckets?
    private let onRefusal: (@Sendable (BucketRefusal) async -> Void)?
    let state: Mutex<PoolState>

    struct PoolState {
        var machine: PoolMachine
        var generator: SmallGenerator
        var keeping: Keeping
        /// The login to all buckets that is under way.
        var loginToAll: Flight<Void>?
        /// How many of them are over.
        var loginsToAll = 0
        /// Of each task that renews.
        var bells: [Signal] = []
    }

    /// Creates a pool; nothing is read until it is used.
    ///
    /// - Parameters:
    ///   - providerName: What errors and events call the other side.
    ///   - buckets: The buckets, the first choice first. There may be one, or none.
    ///   - source: Where credentials come from.
    ///   - current: The bucket to begin with, such as one that was kept by ``CredentialSource/didChoose(_:)``; the first
    ///     one if it is not among them.
    ///   - sharing: Where processes share the bucket in use and the times to rest; `nil` keeps them in memory.
    ///   - clock: Tells when credentials end and limits are reset.
    ///   - generator: The source of the jitter of renewals.
    ///   - observer: Is told of each classification, switch, refresh and login.
    ///   - onRefusal: Told when a credential was refused for the first time in a request, before it is tried again.
    /// - Throws: `InvalidArgument` if two buckets have one name.
    public init(
        _ providerName: String,
        _ buckets: [Bucket],
        source: any CredentialSource,
        options: BucketPoolOptions = .standard,
        startingWith current: String? = nil,
        sharing: SharedBuckets? = nil,
        clock: any WallClock = .system,
        generator: SmallGenerator = .seededBySystem(),
        observer: (any Observer)? = nil,
        onRefusal: (@Sendable (BucketRefusal) async -> Void)? = nil
    ) throws(InvalidArgument) {
        try Self.validate(buckets)
        self.providerName = providerName
        self.source = source
        self.options = options
        self.clock = clock
        self.observer = observer
        self.sharing = sharing
        self.onRefusal = onRefusal
        let machine = PoolMachine(buckets, order: options.order, current: current)
        let keeping = Keeping(kept: machine.current, interval: sharing?.interval)
        state = Mutex(PoolState(machine: machine, generator: generator, keeping: keeping))
    }

    private static func validate(_ buckets: [Bucket]) throws(InvalidArgument) {
        let names = buckets.map(\.name)
        guard Set(names).count == names.count else {
            throw InvalidArgument(field: "buckets", value: names, allowed: "each name once")
        }
    }

    /// The names of the buckets, in their order.
    public var buckets: [String] {
        state.withLock { state in state.machine.active.map { state.machine.buckets[$0].name } }
    }

    /// The other side and the buckets; no secrets, nor has a dump of it any.
    public var description: String { "BucketPool(\(providerName): \(buckets.joined(separator: ", ")))" }

    /// What the description tells.
    public var customMirror: Mirror { Mirror(self, children: ["providerName": providerName, "buckets": buckets]) }

    /// When a retrier fails over.
    public var rules: FailoverRules { options.rules }

    /// The bucket in use; `nil` if there is none.
    public var currentBucket: String? {
        state.withLock { state in state.machine.current.map { state.machine.buckets[$0].name } }
    }

    /// A session of a request that no retrier makes.
    public func session() -> any FailoverHandler { BucketSession(self) }

    /// What to use for an attempt.
    ///
    /// Inside a retrier that has this pool it belongs to the request, which remembers what it used. Waits if a credential has
    /// to be read, refreshed or made first.
    ///
    /// - Throws: ``RetryOrchestrator/AllBucketsExhaustedError`` if no bucket can be used; `CancellationError`.
    public func credential() async throws -> BucketCredential {
        if let session = current as? BucketSession { return try await session.credential() }
        if options.order == .profile {
            let now = clock.now
            let (ready, isDue) = state.withLock { state in
                (state.machine.current.flatMap { state.machine.access($0, at: now) }, state.keeping.isDue(at: now))
            }
            if isDue { keep() }
            if let ready { return ready }
        }
        return try await BucketSession(self).credential()
    }

    /// Takes note of the limits that a reply tells, from any bucket's request that succeeded or failed.
    public func note(_ headers: Headers, from used: BucketCredential) {
        let now = clock.now
        let windows = LimitWindow.read(headers, now: now)
        guard !windows.isEmpty else { return }
        let isNews = state.withLock { state in
            guard let bucket = state.machine.index(of: used.bucket) else { return false }
            return state.machine.note(windows, bucket, at: now)
        }
        if isNews { tellOthers() }
    }

    /// Treats a credential as ended, so that it is refreshed before its next use; a newer one stays.
    public func invalidate(_ bucket: String, generation: UInt64) {
        state.withLock { state in
            guard let index = state.machine.index(of: bucket) else { return }
            if state.machine.slots[index].generation == generation { state.machine.reject(index) }
        }
    }

    /// Goes back to the first bucket, and plans no renewals any more until a credential is renewed.
    ///
    /// Returns when the choice was kept. Requests that are under way go on with the bucket that they have.
    public func reset() async {
        let now = clock.now
        state.withLock { state in
            let machine = state.machine
            state.machine.setBuckets(machine.active.map { machine.buckets[$0] }, at: now)
        }
        keep()
        await settled()
    }

    /// Takes over a new list of buckets, and does what ``reset()`` does. Those that stay keep credentials and limits.
    ///
    /// A retrier made its number of attempts when it was created; one for many more buckets is to be created anew.
    ///
    /// - Throws: `InvalidArgument` if two buckets have one name; then nothing has changed.
    public func reset(to buckets: [Bucket]) async throws(InvalidArgument) {
        try Self.validate(buckets)
        let now = clock.now
        state.withLock { $0.machine.setBuckets(buckets, at: now) }
        keep()
        await settled()
    }

    /// Plans no renewal of a bucket, or of any, until its credential is renewed.
    public func cancelRenewals(of bucket: String? = nil) {
        state.withLock { state in
            for index in state.machine.active where bucket == nil || state.machine.buckets[index].name == bucket {
                state.machine.slots[index].schedule.cancel()
            }
        }
    }

    /// How each bucket stands, in their order; no secrets.
    public func snapshot() -> [BucketSnapshot] {
        let now = clock.now
        return state.withLock { $0.machine.snapshot(at: now) }
    }

    func refused(_ refusal: BucketRefusal) async { await onRefusal?(refusal) }
}

/// A credential that was refused, without its secret.
public struct BucketRefusal: Sendable, Hashable {
    /// The other side.
    public let providerName: String
    /// The bucket, if the attempt used one.
    public let bucket: String?
    /// Which credential of the bucket; 0 if the attempt used none.
    public let generation: UInt64
    /// The status of the reply, if there was one.
    public let status: Int?
}

extension BucketPool {
    /// How many tasks wait for a credential to be read, refreshed or made.
    package var waiterCount: Int {
        state.withLock { state in
            state.machine.slots.reduce(state.loginToAll?.waiterCount ?? 0) {
                $0 + ($1.renewal?.waiterCount ?? 0) + ($1.login?.waiterCount ?? 0)
            }
        }
    }
}
