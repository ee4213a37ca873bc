public import ResilienceCore

/// A place at a provider that a pick has taken: counted as in flight until its outcome is recorded.
///
/// Record it once, with ``ProviderRouter/record(_:for:elapsed:allowance:)`` or ``ProviderRouter/giveBack(_:)``.
public struct Reservation: Sendable, Hashable {
    /// Who was picked.
    public let provider: String
    /// Why this one.
    public let reason: PickReason
    /// How likely it was that this one was picked: more than 0, at most 1.
    public let probability: Double
    /// When it was picked.
    public let began: Timestamp
    /// Its place when it was picked; another one may stand there since.
    let index: Int
    /// Which of all providers that ever stood there.
    let incarnation: UInt64
}
