// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Words that mean the same wherever they stand, for failures without status and code that any system knows, and
    /// for replies with a status of success that hide a failure. Asked last.
    public static let words = RuleTable(
        "words", cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15", [
            Rule("good news", .unknown, .treatAsDone, ambiguous: false, says: [
                "no longer*overloaded", "no longer*rate limited", "error null", "errors $", "success true",
                "error_count 0", "0 errors", "test*passed", "detector enabled", "status ok",
            ]),
            page("page of 503", .unavailable, false, ["503 service unavailable", "503 service temporarily unavailable"]),
            page("page of 502", .unavailable, true, ["502 bad gateway"]),
            page("page of 504", .timeout, true, ["504 gateway timeout", "504 gateway time out"]),
            page("page of 500", .server, true, ["500 internal server error"]),
            page("page of 429", .rateLimited, false, ["429 too many requests"]),
            page("page of 403", .authorization, false, ["403 forbidden"]),
            page("page of 404", .notFound, false, ["404 not found"]),
            Rule("hidden failure", .unknown, .fail, ambiguous: true, status: [200...299], says: [
                "^error code", "^error message", "^error type", "success false", "ok false", "status error", "status failed",
            ]),
            Rule("success", .unknown, .treatAsDone, ambiguous: false, status: [100...299, 304...304]),
            Rule("not rate limited", .authorization, says: ["you lack permission", "lacks permission"]),
            Rule("revert", .permanent, says: ["execution reverted", "transaction reverted"]),
            Rule("funds", .insufficientFunds, .fail, says: [
                "insufficient funds", "insufficient balance", "not enough funds", "not enough balance",
                "balance is too low", "balance too low", "credit balance*too low",
            ]),
            Rule("declined", .paymentDeclined, says: [
                "card was declined", "card declined", "payment declined", "payment was declined", "do not honor",
                "card has expired", "transaction declined",
            ]),
            Rule("quota", .quotaExhausted, says: [
                "quota exceeded", "exceeded*quota", "quota exhausted", "monthly limit", "daily limit", "quota*reached",
                "billing hard limit", "spend limit", "out of credits",
            ]),
            Rule("rate", .rateLimited, says: [
                "rate limit", "rate limited", "rate limiting", "ratelimited", "too many requests", "rate exceeded",
                "rate limit exceeded", "throttled", "throttling", "request rate*too high", "slow down",
                "retry your request later", "http 429", "status 429", "status code 429", "http/1.1 429", "^429",
            ]),
            Rule("deadlock", .conflict, .retry, says: [
                "deadlock", "could not serialize", "serialization failure", "write conflict", "lock wait timeout",
                "lock timeout", "database is locked", "optimistic lock", "concurrent update", "concurrent modification",
                "stale object", "version conflict",
            ]),
            Rule("overload", .overloaded, says: [
                "overloaded", "over capacity", "too busy", "server busy", "server is busy", "high demand",
            ]),
            Rule("connect timeout", .timeout, ambiguous: false, says: [
                "connect timeout", "connection timed out", "connection timeout", "connect timed out",
                "handshake timeout", "timed out*connecting", "handshake timed out",
            ]),
            Rule("timeout", .timeout, says: [
                "timeout", "timed out", "time out", "deadline exceeded", "gateway timeout", "took too long",
            ]),
            Rule("unreached", .network, ambiguous: false, says: [
                "connection refused", "network is unreachable", "no route to host", "could not resolve",
                "name resolution", "failed to connect", "couldn't connect", "could not connect", "host unreachable",
                "host is down", "name or service not known", "not connected to the internet", "dns*failure",
                "econnrefused", "ehostunreach", "enetunreach", "enotfound", "eai_again", "unable to connect",
            ]),
            Rule("broken connection", .network, ambiguous: true, says: [
                "connection reset", "broken pipe", "connection closed", "connection was closed", "connection lost",
                "connection aborted", "socket hang up", "unexpected eof", "connection was lost", "empty reply",
                "econnreset", "epipe", "connection terminated", "network error", "server has gone away",
                "connection dropped", "premature close", "closed the connection", "incomplete read",
            ]),
            Rule("certificate", .configuration, says: [
                "certificate*expired", "self signed certificate", "certificate verify failed", "unknown authority",
                "certificate*not trusted", "hostname mismatch", "wrong version number", "ssl handshake failed",
            ]),
            Rule("expired", .authentication, .reauthenticate, says: [
                "token expired", "token has expired", "token is expired", "expired token", "session expired",
                "access token*expired", "invalid_token", "jwt expired", "invalid_grant",
            ]),
            Rule("credential", .authentication, says: [
                "invalid api key", "incorrect api key", "authentication failed", "invalid credentials", "unauthorized",
                "authentication required", "not authenticated", "bad credentials", "api key*invalid", "login failed",
                "invalid username or password", "unauthenticated", "api key not valid",
            ]),
            Rule("permission", .authorization, says: [
                "permission denied", "access denied", "forbidden", "not authorized", "not permitted", "insufficient scope",
                "insufficient permissions", "not allowed to", "lack permission", "insufficient_scope",
            ]),
            Rule("disk", .resourceExhausted, .fail, says: [
                "no space left", "disk full", "disk is full", "disk quota exceeded",
            ]),
            Rule("resources", .resourceExhausted, .retry, says: [
                "out of memory", "too many connections", "too many open files", "connection pool", "cannot allocate memory",
                "too many clients",
            ]),
            Rule("unavailable", .unavailable, says: [
                "service unavailable", "temporarily unavailable", "maintenance", "server is down", "service is down",
                "unavailable", "try again later", "shutting down", "starting up", "bad gateway",
            ]),
            Rule("duplicate", .duplicate, says: [
                "already exists", "duplicate key", "duplicate entry", "already been taken", "already taken",
                "unique constraint",
            ]),
            Rule("corrupt", .dataCorruption, says: [
                "database disk image is malformed", "checksum mismatch", "data corruption", "corrupted",
            ]),
            Rule("absent", .notFound, says: ["not found", "does not exist", "no such"]),
            Rule("cancelled", .cancelled, ambiguous: true, says: ["cancelled", "canceled", "aborted by user"]),
            Rule("validation", .validation, says: [
                "invalid", "malformed", "must be", "required", "missing", "too large", "too long", "out of range",
                "validation", "bad request", "not valid", "unexpected", "unsupported",
            ]),
            Rule("internal", .server, says: ["internal server error", "internal error", "server error"]),
        ])

    /// An error page that was sent with a status of success.
    private static func page(_ name: String, _ category: Category, _ ambiguous: Bool, _ phrases: [String]) -> Rule {
        Rule(name, category, ambiguous: ambiguous, status: [200...299], says: phrases)
    }
}
