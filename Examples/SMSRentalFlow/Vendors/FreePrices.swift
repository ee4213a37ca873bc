import ProviderScoring

/// Asks a vendor for its FreePrices before anybody is chosen.
struct FreePrices: OfferSource {
    let vendor: Vendor

    var providerName: String { vendor.profile.name }

    func offers(for request: RouteRequest) async throws -> PriceOffers? {
        let prices = try await vendor.freePrices(request.tags["service"] ?? "")
        guard !prices.isEmpty else { return nil }
        return try PriceOffers(regularPrice: Double(vendor.profile.cents), stockByPrice: prices)
    }
}
