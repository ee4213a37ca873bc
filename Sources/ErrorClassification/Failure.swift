public import ResilienceCore

/// The facts of one failure, gathered once: what a classifier looks at.
///
/// Errors give theirs by adopting ``FailureReporting``. Every field may be empty; the more is known, the surer the verdict.
///
/// ```swift
/// Failure(source: "stripe", status: 402, code: "card_declined", message: "Your card was declined.")
/// ```
public struct Failure: Sendable {
    /// The system that failed, by the name that rule tables use, such as `stripe`; several systems share codes.
    public var source: String?
    /// The HTTP status, if there was one.
    public var status: Int?
    /// The system's own code: an error type, SQLSTATE, errno name, gRPC status.
    public var code: String?
    /// What the system said.
    public var message: String
    /// The headers or metadata of the reply.
    public var headers: Headers
    /// How far the request came.
    public var transmission: Transmission
    /// The time to wait, where the error knows it; headers are read without it.
    public var retryAfter: Duration?
    /// When it happened; dates in the reply count from then.
    public var at: Timestamp?
    /// What caused it, nearest first. A classifier asks them when this failure itself says nothing.
    public var causes: [any Error]

    /// How far a request came before it failed.
    public enum Transmission: String, Sendable, Hashable, Codable {
        /// It never left: nothing can have happened.
        case notSent
        /// It was sent, at least in part.
        case sent
        /// Nobody knows; it counts as sent.
        case unknown
    }

    /// Creates the facts of one failure.
    public init(
        source: String? = nil,
        status: Int? = nil,
        code: String? = nil,
        message: String = "",
        headers: Headers = [:],
        transmission: Transmission = .unknown,
        retryAfter: Duration? = nil,
        at: Timestamp? = nil,
        causes: [any Error] = []
    ) {
        self.source = source
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.transmission = transmission
        self.retryAfter = retryAfter
        self.at = at
        self.causes = causes
    }

    /// The facts that an error gives, or its description as the message if it gives none.
    ///
    /// Describing an unknown error costs microseconds; ``ErrorClassifier/classify(_:)-(any_Error)`` does not do it.
    public init(describing error: any Error) {
        if let error = error as? any FailureReporting {
            self = error.failure
        } else {
            self.init(message: String(describing: error))
        }
    }
}

/// An error that gives the facts a classifier needs, without text where it has better.
///
/// ```swift
/// struct GatewayError: FailureReporting {
///     let status: Int
///     let code: String
///     var failure: Failure { Failure(source: "gateway", status: status, code: code) }
/// }
/// ```
public protocol FailureReporting: Error {
    /// What is known of the failure. Read on every classification, so it should be cheap.
    var failure: Failure { get }
}
