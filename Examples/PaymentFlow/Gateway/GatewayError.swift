import ErrorClassification

/// What a call of the gateway failed with, as its client sees it.
struct GatewayError: FailureReporting, Equatable {
    let message: String
    var status: Int?
    /// Seconds that the gateway asks to be left alone.
    var retryAfter: Int?

    var failure: Failure {
        Failure(
            source: "ethereum",
            status: status,
            message: message,
            headers: retryAfter.map { ["Retry-After": "\($0)"] } ?? [:],
            transmission: .sent
        )
    }

    /// A request that is older than one which the gateway has seen for the same payment.
    static let staleFence = GatewayError(message: "stale fence: a newer request for this payment was seen")
}
