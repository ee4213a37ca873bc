import ErrorClassification
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Saga

/// Rents a number: buys it where the router says, then saves it; what cannot be saved is cancelled.
struct RentalSaga: Sendable {
    let router: ProviderRouter
    let vendors: [String: Vendor]
    let saving: Saving
    let broken: Options.Protection?

    func definition() throws -> SagaDefinition<RentalRequest> {
        let buying = try RetryPolicy(
            attempts: 12,
            backoff: .exponential(base: .seconds(5), cap: .seconds(120)),
            jitter: .full,
            retryAfterCeiling: .seconds(300)
        )
        // A vendor says "not yet" for two minutes, and may be out of reach for as long again.
        let cancelling = try RetryPolicy(
            attempts: 60,
            backoff: .exponential(base: .seconds(20), cap: .seconds(60)),
            jitter: .none,
            retryAfterCeiling: .seconds(600),
            isIdempotent: broken == .refund
        )
        let buy = SagaStep<RentalRequest, Activation>("buy", retry: buying, undo: cancelling) { request, step in
            try await self.buy(request, step)
        } compensate: { _, activation, step in
            try await self.cancel(activation, step)
        } resolve: { _, step in
            try await self.activation(for: step.runKey).map { .applied($0) } ?? .notApplied
        }
        let save = SagaStep<RentalRequest, Done>("save") { request, step in
            try await saving.save(step.output(of: buy), for: request, attempt: step.attempt)
        } resolve: { request, _ in
            try await saving.saved(for: request.id) == nil ? .notApplied : .applied(Done())
        }
        return try SagaDefinition(Spaces.saga) {
            buy
            save
        }
    }

    private func buy(_ request: RentalRequest, _ step: StepContext) async throws -> Activation {
        let route = RouteRequest(
            "purchase",
            reference: request.id,
            tags: ["service": request.service, "country": request.country],
            maximumPrice: request.maxPrice.map { Double($0) },
            idempotencyKey: step.idempotencyKey
        )
        do {
            return try await router.run(route) { attempt in
                try await vendor(attempt.provider).buy(
                    request,
                    for: step.idempotencyKey,
                    at: attempt.offer.map { Int($0.price) }
                )
            }
        } catch let error as ProvidersExhaustedError {
            // Nobody did it, and the router stops at once where one may have: so it is safe to come back.
            throw StepRefusal(error.message, code: error.reason.rawValue, retryAfter: .seconds(60))
        }
    }

    private func cancel(_ activation: Activation?, _ step: StepContext) async throws {
        guard let activation, broken != .cancellation else { return }
        do {
            try await vendor(activation.vendor).cancel(activation.id)
        } catch let error as VendorError {
            // Nobody else can cancel it: it waits until the vendor lets us in again.
            let verdict = ErrorClassifier.smsRental.classify(error)
            guard [.authentication, .authorization].contains(verdict.category) else { throw error }
            throw StepRefusal(error.message, code: verdict.code, retryAfter: verdict.retryAfter ?? .seconds(60))
        }
    }

    /// The activation that stands for a purchase, whoever has sold it.
    ///
    /// Each vendor is asked, since the one that was called last is not on record; if one cannot say, nobody knows.
    private func activation(for reference: String) async throws -> Activation? {
        guard broken != .question else { return nil }
        for vendor in vendors.values.sorted(by: { $0.profile.name < $1.profile.name }) {
            if let activation = try await vendor.activation(for: reference) { return activation }
        }
        return nil
    }

    private func vendor(_ name: String) throws -> Vendor {
        guard let vendor = vendors[name] else { throw StepRefusal("There is no vendor \(name)") }
        return vendor
    }
}
