// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// HTTP servers and proxies: every status from 100 to 599, the headers that mend it and the words of error pages.
    public static let http = ErrorClassifier(preset: [.proxies, .http, .replies, .exceptions, .words])
}

extension RuleTable {
    /// Status codes, RFC 9110 section 15 and the registries and vendors that add to it.
    public static let http = RuleTable("http", cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15", [
        header("expired token", .authentication, .reauthenticate, "www-authenticate", "invalid_token"),
        header("insufficient scope", .authorization, .fail, "www-authenticate", "insufficient_scope"),
        Rule(
            "client certificate", .authentication, status: only(400), says: [
                "ssl certificate error", "no required ssl certificate was sent",
            ], cite: "https://nginx.org/en/docs/http/ngx_http_ssl_module.html"),
        Rule(
            "plain request to TLS port", .configuration, status: only(400), says: [
                "plain http request was sent to https port", "client sent an http request to an https server",
            ], cite: "https://nginx.org/en/docs/http/ngx_http_ssl_module.html"),
        Rule("throttled with 400", .rateLimited, status: only(400), says: [
            "^rate limit exceeded", "^rate exceeded", "^too many requests", "^throttling", "^throttled", "request rate is too high",
        ], cite: "https://learn.microsoft.com/azure/architecture/patterns/throttling"),
        Rule("throttled with 403", .rateLimited, status: only(403), says: [
            "rate limit exceeded", "exceeded a secondary rate limit", "secondary rate limit", "abuse detection mechanism",
            "too many requests", "throttling", "request rate is too high",
        ], cite: "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"),
        Rule("throttled with 503", .rateLimited, status: only(503), says: [
            "rate limit exceeded", "slow down", "reduce your request rate", "too many requests", "request rate exceeded",
        ], cite: "https://www.rfc-editor.org/rfc/rfc6585#section-4"),
        Rule("payer's funds", .insufficientFunds, .fail, status: only(400, 402, 403, 422), says: [
            "insufficient funds", "insufficient balance", "not enough balance", "not enough funds", "balance is too low",
        ], cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.3"),
        Rule("payment refused", .paymentDeclined, status: only(402), says: ["declined", "card*expired", "do not honor"],
            cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.3"),
        Rule("expired credential", .authentication, .reauthenticate, status: only(401, 403), says: [
            "token expired", "token has expired", "token is expired", "expired token", "token was expired",
            "session expired", "session has expired", "jwt expired", "signature has expired", "expired access token",
            "access token*expired", "invalid_token", "expired_token", "credentials have expired",
        ], cite: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"),
        Rule("exhausted quota of the plan", .quotaExhausted, status: only(402, 429), says: [
            "daily limit", "monthly limit", "daily quota", "monthly quota", "per day", "credit limit",
        ], cite: "https://www.rfc-editor.org/rfc/rfc6585#section-4"),
        Rule("exhausted quota", .quotaExhausted, status: only(402, 403, 429), says: [
            "daily*quota*exceeded", "daily quota exceeded", "daily limit exceeded", "monthly limit exceeded", "monthly quota exceeded",
            "daily limit reached", "monthly limit reached", "requests per day", "queries per day",
            "monthly*limit*exceeded", "monthly*limit*reached", "daily*limit*exceeded", "daily*limit*reached",
            "billing hard limit", "spend limit", "spending limit", "until midnight", "out of credits",
            "exceeded your current quota", "upgrade your plan", "quota*used up", "quota*this month",
        ], cite: "https://www.rfc-editor.org/rfc/rfc6585#section-4"),
        Rule("too large for any wait", .validation, status: only(429), says: [
            "request too large", "must be reduced in order to run",
        ], cite: "https://www.rfc-editor.org/rfc/rfc6585#section-4"),
        Rule("server overload", .overloaded, status: [429...429, 500...599], says: [
            "overloaded", "high demand", "peak load", "server is busy", "server busy", "too busy", "over capacity",
            "overflow", "circuit breaker is open", "load shed",
        ], cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4"),
        Rule("taken", .duplicate, status: only(409, 422), says: [
            "already taken", "already been taken", "already in use", "already exists", "duplicate", "must be unique",
        ], cite: "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10"),
        Rule("bad request", .validation, status: only(400, 406, 411, 413, 414, 415, 416, 417, 422, 428, 431, 494)),
        Rule("unauthorized", .authentication, status: only(401, 407, 495, 496, 561)),
        Rule("login timed out", .authentication, .reauthenticate, status: only(419, 440, 498)),
        Rule("payment required", .insufficientFunds, .fail, status: only(402)),
        Rule("forbidden", .authorization, status: only(403, 451)),
        Rule("not found", .notFound, status: only(404, 410)),
        Rule("method or version", .configuration, status: only(405, 426, 497, 501, 505, 506, 510, 511)),
        Rule("request timeout", .timeout, ambiguous: false, status: only(408)),
        Rule("conflict", .conflict, .fail, status: only(409, 412, 424)),
        Rule("misdirected", .network, status: only(421, 444)),
        Rule("locked or too early", .conflict, .retry, status: only(423, 425, 449)),
        Rule("too many requests", .rateLimited, status: only(420, 429, 430)),
        Rule("client closed the request", .cancelled, ambiguous: true, status: only(460, 499)),
        Rule("internal error", .server, status: only(500, 520)),
        Rule("bad gateway", .unavailable, ambiguous: true, status: only(502)),
        Rule("service unavailable", .unavailable, status: only(503, 521, 530)),
        Rule("gateway timeout", .timeout, status: only(504, 524, 598, 599)),
        Rule("storage full", .resourceExhausted, .fail, status: only(507)),
        Rule("loop", .configuration, status: only(508)),
        Rule("bandwidth", .quotaExhausted, status: only(509)),
        Rule("origin not reached in time", .timeout, ambiguous: false, status: only(522)),
        Rule("origin unreachable", .network, status: only(523)),
        Rule("origin certificate", .configuration, status: only(525, 526)),
        Rule("listener error", .network, ambiguous: true, status: only(527)),
        Rule("site overloaded", .overloaded, status: only(529)),
        Rule("redirect", .configuration, status: [300...303, 305...399]),
        Rule("other client error", .validation, status: [400...499]),
        Rule("other server error", .server, status: [500...599]),
    ])

    private static func header(
        _ name: String, _ category: Category, _ disposition: Disposition, _ header: String, _ value: String
    ) -> Rule {
        var rule = Rule(name, category, disposition, cite: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1")
        rule.headers = [Rule.HeaderMatch(name: header, value: value)]
        return rule
    }
}
