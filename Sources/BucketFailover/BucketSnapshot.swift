public import ResilienceCore
public import RetryOrchestrator

/// How a bucket stands. It holds no secrets.
public struct BucketSnapshot: Sendable, Hashable {
    /// What can be done with a bucket.
    public enum State: String, Sendable, Hashable {
        /// Requests use it.
        case ready
        /// It has to rest until an instant.
        case coolingDown
        /// Its credential is being read, refreshed or made.
        case renewing
        /// Its credential has ended or was refused.
        case expired
        /// Nobody has asked for its credential yet, or there is none.
        case unknown
    }

    /// Its name.
    public let bucket: String
    /// What can be done with it.
    public let state: State
    /// Whether requests begin with it.
    public let isCurrent: Bool
    /// Why it rests, or was left the last time; `nil` if it was used since.
    public let reason: FailoverReason?
    /// Since when that is so.
    public let since: Timestamp?
    /// Until when it has to rest.
    public let until: Timestamp?
    /// What is left of each of its limits, as the last reply said.
    public let windows: [LimitWindow]
    /// When its credential ends.
    public let expiresAt: Timestamp?
    /// Which credential it is, counted from 1; 0 if it had none.
    public let generation: UInt64
}

extension PoolMachine {
    func snapshot(at now: Timestamp) -> [BucketSnapshot] {
        active.map { bucket in
            let slot = slots[bucket]
            let isCooling = isCooling(bucket, at: now)
            let state: BucketSnapshot.State =
                if isCooling { .coolingDown } else if slot.renewal != nil || slot.login != nil {
                    .renewing
                } else if isUsable(
                    bucket,
                    at: now
                ) { .ready } else { slot.credential == nil ? .unknown : .expired }
            return BucketSnapshot(
                bucket: buckets[bucket].name,
                state: state,
                isCurrent: current == bucket,
                reason: isCooling ? .quotaExhausted : slot.reason,
                since: isCooling ? limits(of: bucket).blockedSince : slot.since,
                until: isCooling ? limits(of: bucket).blockedUntil : nil,
                windows: limits(of: bucket).windows,
                expiresAt: slot.credential?.expiresAt,
                generation: slot.generation
            )
        }
    }
}
