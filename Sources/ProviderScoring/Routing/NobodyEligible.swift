import ResilienceCore

/// What a router does when its policy gives it nobody to call.
///
/// A provider that is switched off, sold out, resting after a 429, or as busy as it may be is not called in any case.
public enum NobodyEligible: Sendable, Hashable {
    /// Calls the best of those that the policy holds back: the last one is never ejected.
    case tryLeastBad
    /// Waits until the first one comes back, no longer than this in one call, and then fails.
    case wait(atMost: Duration)
    /// Fails at once, with the instant at which the first one comes back.
    case fail
}
