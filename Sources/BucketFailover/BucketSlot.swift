import ResilienceCore
import RetryOrchestrator

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
