import ErrorClassification

/// What a call of a service failed with, as its client sees it.
struct ServiceError: FailureReporting, Equatable {
    let source: String
    var status: Int?
    var code: String?
    let message: String
    /// Whether it is known to have had no effect.
    var wasRefused = false

    var failure: Failure {
        Failure(
            source: source,
            status: status,
            code: code,
            message: message,
            transmission: wasRefused ? .notSent : .sent
        )
    }

    static func unavailable(_ source: String) -> ServiceError {
        ServiceError(source: source, status: 503, message: "503 Service Unavailable")
    }

    static func noAnswer(_ source: String) -> ServiceError {
        ServiceError(source: source, code: "ETIMEDOUT", message: "no answer")
    }
}
