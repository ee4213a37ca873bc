public import ResilienceCore

/// Where processes tell each other which bucket is in use and which ones have to rest.
///
/// A pool that shares reads one record at most once an interval, beside the requests, and writes it when it has news. Only
/// its first request waits for the store, no longer than an interval. While the store fails, each process goes on with
/// what it knows, an event says so, and what was not written is written later.
///
/// ```swift
/// let shared = try SharedBuckets(on: store, as: "openai")
/// let pool = try BucketPool("openai", ["main", "spare"], source: keys, sharing: shared)
/// ```
///
/// Credentials are not shared this way: they are the source's.
public struct SharedBuckets: Sendable {
    let store: any RecordStore
    let name: String
    let interval: Duration

    static let space = Space<SharedPool>("bucket.pools")

    /// Creates a place to share.
    ///
    /// - Parameters:
    ///   - store: What all processes have.
    ///   - name: Which pools share; those with another name, or on another store, do not.
    ///   - interval: How old what a pool knows of the others may be when a request begins.
    /// - Throws: `InvalidArgument` if the name is empty or too long for the store, or the interval not more than zero.
    public init(on store: any RecordStore, as name: String, readEvery interval: Duration = .milliseconds(500))
        throws(InvalidArgument)
    {
        guard (1...StoreLimits.nameBytes).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw InvalidArgument(
                field: "name",
                value: name,
                allowed: "1 to \(StoreLimits.nameBytes) bytes without NUL"
            )
        }
        guard interval > .zero else {
            throw InvalidArgument(field: "interval", value: interval, allowed: "more than zero")
        }
        (self.store, self.name, self.interval) = (store, name, interval)
    }

    /// Reads what the others know, has `merge` add to it, and writes what came of it if that is news.
    ///
    /// Of those who conflict one is through each time; who never is tries again with its next look.
    func exchange(_ merge: (SharedPool) -> SharedPool) async throws(StoreError) {
        for _ in 0..<32 {
            let stored = try await Self.space.read(name, in: store)
            let merged = merge(stored?.value ?? SharedPool())
            guard merged != stored?.value else { return }
            let put = Self.space.put(merged, at: name, expect: stored?.unchanged ?? .absent)
            do {
                try await store.commitSettling(Batch([put]))
                return
            } catch {
                guard case .conflict = error else { throw error }
            }
        }
    }
}

/// What processes share of a pool.
struct SharedPool: Codable, Sendable, Hashable {
    /// The bucket in use, and since when.
    var current: String?
    var chosen = Timestamp.distantPast
    /// Until when each bucket or group has to rest, by window.
    var rests: [String: [String: Rest]] = [:]
}

/// Until when a window has to rest, and when that was told.
struct Rest: Codable, Sendable, Hashable {
    var until: Timestamp
    var told: Timestamp

    /// What was told to stay away for a time only grows; of a window the last word counts.
    func merged(with other: Rest, onlyGrows: Bool) -> Rest {
        if onlyGrows { return Rest(until: max(until, other.until), told: max(told, other.told)) }
        return (other.told, other.until) > (told, until) ? other : self
    }

    /// Whether nobody needs to know of it any more.
    func isForgotten(at now: Timestamp) -> Bool { until <= now && told.duration(to: now) > .seconds(3_600) }
}

extension PoolMachine {
    /// What the limits of a bucket are called by all processes.
    private func sharedName(_ bucket: Bucket) -> String {
        bucket.limitGroup.map { "group/\($0)" } ?? "bucket/\(bucket.name)"
    }

    /// Takes over what others know, and gives what all know then.
    mutating func merge(_ stored: SharedPool, at now: Timestamp) -> SharedPool {
        var result = stored
        let own = current.map { buckets[$0].name } ?? ""
        // Of two choices at one instant all take the same.
        if (stored.chosen, stored.current ?? "") > (chosen, own) {
            if let bucket = stored.current.flatMap({ index(of: $0) }) { use(bucket, at: stored.chosen) }
        } else if chosen > .distantPast {
            (result.current, result.chosen) = (own, chosen)
        }
        for bucket in active.map({ buckets[$0] }) {
            guard let index = index(of: bucket.name) else { continue }
            let name = sharedName(bucket)
            let rests = mergeRests(stored.rests[name] ?? [:], index, at: now).filter { !$0.value.isForgotten(at: now) }
            result.rests[name] = rests.isEmpty ? nil : rests
        }
        return result
    }
}
