import ErrorClassification
public import ResilienceCore

/// Tells people of operations that are given up, through an `AlertRouter`: by its rules, without repetitions, and never in
/// the way of the queue.
///
/// ```swift
/// let alerts = FailureAlerts<Payment>(to: router) { failed in
///     ResilienceAlert("payment.failed", .critical, code: failed.code, subject: failed.id, at: failed.updatedAt,
///         message: "Payment failed after \(failed.attempts) attempts")
/// }
/// ```
///
/// An operation that could not be stored is reported as well, once within the router's de-duplication.
public struct FailureAlerts<Payload: Codable & Sendable>: Sendable {
    private let router: AlertRouter
    private let alert: @Sendable (FailedOperation<Payload>) -> ResilienceAlert

    /// Creates the link.
    ///
    /// - Parameters:
    ///   - router: decides what is sent, and sends it.
    ///   - alert: what is reported of an operation. It leaves the process: no secrets. By default `operation.failed`, with
    ///     the severity of the verdict, the code, and the context and attempts as attributes.
    public init(
        to router: AlertRouter,
        _ alert: @escaping @Sendable (FailedOperation<Payload>) -> ResilienceAlert = Self.standard
    ) {
        self.router = router
        self.alert = alert
    }

    func report(_ failed: FailedOperation<Payload>) { router.report(alert(failed)) }

    /// What is reported unless said otherwise.
    public static func standard(_ failed: FailedOperation<Payload>) -> ResilienceAlert {
        ResilienceAlert(
            "operation.failed",
            failed.classification?.severity ?? .high,
            code: failed.code,
            subject: failed.id,
            at: failed.updatedAt,
            message: "Given up after \(failed.attempts) attempts"
                + (failed.isAmbiguous ? "; may have taken effect" : ""),
            attributes: [
                "context": failed.context, "attempts": "\(failed.attempts)", "ambiguous": "\(failed.isAmbiguous)",
            ]
        )
    }
}
