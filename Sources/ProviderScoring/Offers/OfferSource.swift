/// Asked before a router chooses: has a provider an offer for this request?
///
/// The offer is tried once. Whatever goes wrong with it, whether there is none, the question fails, or the attempt does,
/// the request goes its usual way.
///
/// ```swift
/// struct FreePrices: OfferSource {
///     let providerName = "sms-activate"
///     func offers(for request: RouteRequest) async throws -> PriceOffers? {
///         try await PriceOffers(regularPrice: 20, stockByPrice: api.prices(request.tags["service"]))
///     }
/// }
/// ```
public protocol OfferSource: Sendable {
    /// The provider whose offers these are.
    var providerName: String { get }

    /// What it offers; `nil` for nothing. An error counts as nothing, and is an event.
    func offers(for request: RouteRequest) async throws -> PriceOffers?
}
