// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Words that mean the same wherever they stand, for failures without a status and a code that some table knows.
    /// Asked last.
    public static let words = RuleTable(
        "words", cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15", [
            Rule("not rate limited", .authorization, says: ["you lack permission", "lacks permission"]),
            Rule("revert", .permanent, says: ["execution reverted", "transaction*reverted", "tx*reverted"]),
            Rule("funds", .insufficientFunds, .fail, says: [
                "insufficient funds", "insufficient balance", "not enough funds", "not enough balance",
                "balance is too low", "balance too low", "credit balance*too low",
            ]),
            Rule("declined", .paymentDeclined, says: [
                "card was declined", "card declined", "payment declined", "payment was declined", "do not honor",
                "card has expired", "transaction declined", "payment*declined by", "card*was declined", "declined by the bank", "declined by the issuer",
            ]),
            status(400, "bad request", .validation), status(401, "unauthorized", .authentication), status(403, "forbidden", .authorization),
            status(404, "not found", .notFound), status(405, "method not allowed", .configuration), status(408, "request timeout", .timeout),
            status(409, "conflict", .conflict, .fail), status(410, "gone", .notFound), status(413, "payload too large", .validation),
            status(422, "unprocessable", .validation), status(500, "internal server error", .server),
            status(502, "bad gateway", .unavailable, ambiguous: true), status(503, "service", .unavailable),
            status(504, "gateway", .timeout), status(529, "overloaded", .overloaded),
            Rule("disk", .resourceExhausted, .fail, says: ["no space left", "disk full", "disk is full", "disk quota exceeded"]),
            Rule("quota", .quotaExhausted, says: [
                "quota exceeded", "exceeded*quota", "quota exhausted", "monthly limit", "daily limit", "quota*reached",
                "billing hard limit", "spend limit", "out of credits",
            ]),
            Rule("rate", .rateLimited, says: [
                "rate limit", "rate limited", "rate limiting", "ratelimited", "too many requests", "rate exceeded",
                "rate limit exceeded", "throttled", "throttling", "request rate*too high", "slow down",
                "retry your request later", "status 429", "^429",
            ]),
            status(429, "too many requests", .rateLimited),
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
                "name resolution", "failed to connect", "server with the specified hostname could not be found",
                "connection attempts failed", "cannot connect to host", "appears to be offline", "couldn't connect", "could not connect", "host unreachable",
                "host is down", "not connected to the internet", "dns*failure",
                "econnrefused", "ehostunreach", "enetunreach", "enotfound", "eai_again", "unable to connect",
            ]),
            Rule("broken connection", .network, ambiguous: true, says: [
                "connection reset", "broken pipe", "connection closed", "connection was closed", "connection lost",
                "connection aborted", "socket hang up", "unexpected eof", "connection was lost", "empty reply",
                "econnreset", "epipe", "connection terminated", "network error", "server has gone away",
                "connection dropped", "premature close", "connection broken", "server disconnected", "closed by peer", "connection is closed", "connection error", "max retries per request", "eof$",
                "closed network connection", "remote end closed", "failed to respond", "transport connection broken", "closed the connection", "incomplete read",
                "fetch failed", "socket hung up", "socket closed", "stream closed", "prematurely closed", "^terminated",
            ]),
            Rule("certificate", .configuration, says: [
                "certificate*expired", "self signed certificate", "certificate verify failed", "unknown authority",
                "certificate*not trusted", "hostname mismatch", "certificate*invalid", "x509", "certification path",
                "remote error tls", "does not look like a tls handshake", "wrong version number", "ssl handshake failed",
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
            Rule("connection, unspecific", .network, ambiguous: true, on: """
                ConnectionError requests.exceptions.ConnectionError redis.exceptions.ConnectionError SocketException java.net.SocketException ConnectException \
                java.net.ConnectException IOException java.io.IOException MaxRetryError urllib3.exceptions.MaxRetryError RequestException ClientError SSLError ssl.SSLError
                """, cite: "https://requests.readthedocs.io/en/latest/api/#exceptions"),
        ])

    /// A status that the text names as one: what an HTTP library says of a reply that it took for a failure.
    private static func status(
        _ status: Int, _ words: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil
    ) -> Rule {
        Rule("status \(status) in text", category, disposition, ambiguous: ambiguous, says: [
            "status code \(status)", "response code \(status)", "statuscode \(status)", "http status \(status)", "http \(status)", "http/1.1 \(status)", "http/2 \(status)",
            "http/1.0 \(status)", "returned error \(status)", "unexpected status \(status)", "\(status) client error", "\(status) server error",
            "^\(status) \(words)", "^error \(status)", "http error \(status)",
        ])
    }
}
