public import ResilienceCore

extension ResilienceEvent.Kind {
    /// A provider was picked for an attempt. Attributes: `provider`, `reason`, `probability`, `attempt`, and by the name of
    /// each that was not, `not <name>`: why.
    public static let providerPicked = Self("provider.picked")
    /// An attempt ended. Attributes: `provider`, `outcome`, `attempt`, `milliseconds`.
    public static let providerAttempted = Self("provider.attempted")
    /// An attempt changed the status of a provider; told by the router that made it, and by no other that hears of it.
    /// Attributes: `provider`, `from`, `to`.
    public static let providerStatusChanged = Self("provider.statusChanged")
    /// A call ended without an answer. Attributes: `reason`, `attempts`, and `retryAfter` where that is known.
    public static let providersExhausted = Self("provider.exhausted")
    /// An offer could not be had; the call goes its usual way. Attributes: `provider`, `step`: `question` or `attempt`,
    /// `error` (its type).
    public static let providerOfferFailed = Self("provider.offerFailed")
    /// An outcome came from a provider that was taken out or changed in the meantime, and changed nothing. Attributes:
    /// `provider`, `outcome`.
    public static let providerStaleOutcome = Self("provider.staleOutcome")
    /// Preferences changed. Attributes: `preferred`, `fallback`.
    public static let providerPreferencesChanged = Self("provider.preferencesChanged")
    /// Preferences that were saved cannot be used; the old ones stay. Attribute: `error`.
    public static let providerPreferencesRefused = Self("provider.preferencesRefused")
    /// Prices could not be refreshed; the old ones stay, and grow old. Attribute: `error` (its type).
    public static let providerPricesFailed = Self("provider.pricesFailed")
}

extension ProviderRouter {
    func tell(_ kind: ResilienceEvent.Kind, _ attributes: () -> [String: String]) {
        guard let observer else { return }
        observer.observe(ResilienceEvent(kind, at: clock.now, subject: name, attributes()))
    }
}
