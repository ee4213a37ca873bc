public import ResilienceCore

extension AlertRouter {
    /// Reports a failure as a policy asks: at once for a page, with others for a batched alert, else not at all.
    ///
    /// - Parameters:
    ///   - response: What the policy says.
    ///   - verdict: The failure.
    ///   - kind: What failed.
    ///   - subject: What it happened to: the name of a payment, a booking.
    ///   - now: When, on the clock of whoever reports it.
    /// - Returns: Whether anything was reported.
    @discardableResult
    public func report(
        _ response: Response,
        to verdict: Classification,
        of kind: OperationKind,
        subject: String,
        at now: Timestamp
    ) -> Bool {
        guard response.actions.contains(.pageOnCall) || response.actions.contains(.batchedAlert) else { return false }
        report(
            ResilienceAlert(
                "\(kind.rawValue).failed",
                response.severity,
                code: verdict.code,
                subject: subject,
                at: now,
                message: "\(kind.rawValue) failed: \(verdict.category.rawValue)",
                attributes: [
                    "category": verdict.category.rawValue, "disposition": verdict.disposition.rawValue,
                    "ambiguous": "\(verdict.isAmbiguous)", "rule": verdict.rule,
                ]
            )
        )
        return true
    }
}
