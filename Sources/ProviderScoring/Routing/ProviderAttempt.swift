public import ErrorClassification
public import ResilienceCore

/// What an operation is told about the attempt that it is: whom to call, above all.
public struct ProviderAttempt: Sendable {
    /// Whom to call.
    public let provider: String
    /// Which attempt of the call it is, over all providers; the first is 1.
    public let number: Int
    /// Which attempt at this provider it is; the first is 1.
    public let tryNumber: Int
    /// Whether another provider was tried before it.
    public let isFallback: Bool
    /// The offer that is to be taken; `nil` on the usual way.
    public let offer: PriceOffer?
    /// Why this provider.
    public let reason: PickReason
    /// How likely it was that this one was picked.
    public let probability: Double
    /// When the call must be over; `nil` if nobody said.
    public let deadline: Timestamp?
    /// The verdict on the attempt before; `nil` on the first.
    public let previous: Classification?
    let key: RouteKey

    /// A key that is the same on each attempt of a call and on no other call. Made when asked for.
    ///
    /// Two providers do not know of each other's keys: it tells repetitions to one of them only.
    public var idempotencyKey: String { key.own ?? "\(String(key.nonce, radix: 16))-\(key.number)" }
}

/// What names a call: a key of the caller's, or the router's nonce and the number of the call.
struct RouteKey: Sendable {
    let own: String?
    let nonce: UInt64
    let number: UInt64
}

/// What became of one attempt of a call.
public struct RoutedAttempt: Sendable {
    /// Who was called.
    public let provider: String
    /// Why this one.
    public let reason: PickReason
    /// How likely it was that this one was picked.
    public let probability: Double
    /// When it began.
    public let began: Timestamp
    /// How long it took.
    public let elapsed: Duration
    /// What became of it.
    public let outcome: ProviderOutcome.Kind
    /// The verdict on its error; `nil` if it succeeded or was cancelled.
    public let classification: Classification?
    /// What kept others from being picked for it, by name: known where the call was made by
    /// ``ProviderRouter/outcome(of:_:)``.
    public let exclusions: [String: RouteExclusion]
}

/// How a call of a router ended, and what was decided on the way.
public struct RouteOutcome<Success> {
    /// What the operation gave, or the error that ``ProviderRouter/run(_:_:)`` would have thrown.
    public let result: Result<Success, any Error>
    /// Each attempt in its order.
    public let attempts: [RoutedAttempt]
    /// The offer that was taken; `nil` if none was.
    public let offer: PriceOffer?
    /// How long the call took, waits included.
    public let elapsed: Duration

    /// Who answered; `nil` if nobody did.
    public var provider: String? {
        guard case .success = result else { return nil }
        return attempts.last?.provider
    }
}

extension RouteOutcome: Sendable where Success: Sendable {}
