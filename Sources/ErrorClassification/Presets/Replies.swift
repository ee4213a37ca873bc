// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Replies with a status of success: good news, and failures that hide behind it. Asked after the status.
    public static let replies = RuleTable(
        "replies", cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15.3", [
            Rule("good news", .unknown, .treatAsDone, ambiguous: false, says: [
                "no longer*overloaded", "no longer*rate limited", "no longer*unavailable", "error null", "errors $", "success true",
                "error_count 0", "0 errors", "0 failed", "no errors", "test*passed", "detector enabled", "status ok",
            ]),
            page("503", .unavailable, false, ["503 service unavailable", "503 service temporarily unavailable", "^error code 503"]),
            page("502", .unavailable, true, ["502 bad gateway", "^error code 502"]),
            page("504", .timeout, true, ["504 gateway timeout", "504 gateway time out", "^error code 504"]),
            page("500", .server, true, ["500 internal server error", "^error code 500"]),
            page("429", .rateLimited, false, ["429 too many requests", "^error code 429"]),
            page("401", .authentication, false, ["401 unauthorized", "401 authorization required", "^error code 401"]),
            page("403", .authorization, false, ["403 forbidden", "^error code 403"]),
            page("404", .notFound, false, ["404 not found", "^error code 404"]),
            page("400", .validation, false, ["400 bad request", "^error code 400", "^error code 422"]),
            hidden("rate limit", .rateLimited, says: ["rate limit", "rate limited", "ratelimited", "rate_limited", "rate_limit_exceeded", "too many requests", "throttled"]),
            hidden("overload", .overloaded, says: ["overloaded", "overloaded_error", "over capacity"]),
            hidden("quota", .quotaExhausted, says: ["quota exceeded", "quota_exceeded", "insufficient_quota", "exceeded*quota"]),
            hidden("funds", .insufficientFunds, says: ["insufficient funds", "insufficient_funds", "insufficient balance", "insufficient_balance"]),
            hidden("expired login", .authentication, .reauthenticate, says: ["token expired", "token_expired", "token has expired", "session expired"]),
            hidden("credential", .authentication, says: ["unauthorized", "invalid_auth", "not_authed", "invalid api key", "invalid_api_key", "authentication failed"]),
            hidden("permission", .authorization, says: ["forbidden", "permission denied", "permission_denied", "access denied", "access_denied"]),
            hidden("timeout", .timeout, says: ["timed out", "timeout", "deadline exceeded"]),
            hidden("down", .unavailable, says: ["service unavailable", "service_unavailable", "temporarily unavailable", "maintenance"]),
            hidden("exists", .duplicate, says: ["already exists", "already_exists", "duplicate"]),
            hidden("absent", .notFound, says: ["not found", "not_found", "does not exist"]),
            hidden("request", .validation, says: ["invalid", "required", "missing", "bad request", "invalid_request_error", "validation_error"]),
            hidden("fault", .server, says: ["internal error", "internal server error", "internal_error", "server error", "server_error", "api_error"]),
            Rule("hidden failure", .unknown, .fail, ambiguous: true, status: [200...299], says: [
                "^error code", "^error message", "^error type", "success false", "ok false", "status error", "status failed",
            ]),
            Rule("success", .unknown, .treatAsDone, ambiguous: false, status: [100...299, 304...304]),
        ])

    /// An error page or error object that was sent with a status of success.
    private static func page(_ status: String, _ category: Category, _ ambiguous: Bool, _ phrases: [String]) -> Rule {
        Rule("page of \(status)", category, ambiguous: ambiguous, status: [200...299], says: phrases)
    }

    /// A reply that says it is a failure, and why.
    private static func hidden(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, says reasons: [String]
    ) -> Rule {
        Rule("hidden: \(name)", category, disposition, status: [200...299], says: reasons.flatMap { reason in
            ["success false*\(reason)", "ok false*\(reason)", "^error*\(reason)", "^errors*\(reason)", "status error*\(reason)"]
        })
    }
}
