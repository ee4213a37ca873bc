// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Mail: SMTP with enhanced status codes, Resend, SendGrid, SES.
    public static let email = ErrorClassifier(
        preset: [.smtp, .mailAPIs, .aws, .network, .http, .replies, .exceptions, .words], assumedSource: "smtp")
}

extension RuleTable {
    /// Replies of mail servers: RFC 5321 section 4.2.3, enhanced codes of RFC 3463, and the words of large providers.
    ///
    /// A code such as `550 5.1.1` is asked as it stands, then by its enhanced part, then by its first number.
    public static let smtp = RuleTable(
        "smtp", of: ["smtp", "ses", "email", "mail"], needsSource: true, codesInText: .leading,
        cite: "https://www.rfc-editor.org/rfc/rfc3463", [
            Rule("accepted", .unknown, .treatAsDone, ambiguous: false, on: "2.* 211 214 220 221 235 250 251 252 334 354",
                cite: "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3"),
            Rule("greylisting", .unavailable, .retryAfter, says: [
                "greylisted", "greylisting", "graylisted", "greylist", "graylisting", "grey listed", "postgrey", "deferred for",
            ], cite: "https://www.rfc-editor.org/rfc/rfc6647"),
            Rule("day's allowance", .quotaExhausted, says: [
                "daily message quota", "daily message limit", "daily user sending", "daily sending quota", "daily sending limit",
                "daily limit", "sending quota exceeded", "daily quota", "monthly limit", "sending limit exceeded",
                "exceeded the maximum number of messages",
            ], cite: "https://support.google.com/a/answer/3726730"),
            Rule("sender not verified", .authorization, on: "5*", says: ["email address is not verified", "identities failed the check"],
                cite: "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"),
            Rule("sender refused by text", .validation, on: "5.1.8 5.1.7 550 553 554", says: ["sender address rejected", "sender rejected*domain", "sender domain must resolve"],
                cite: "https://www.postfix.org/postconf.5.html#reject_unknown_sender_domain"),
            Rule("overload", .overloaded, on: "4*", says: ["server busy", "server is busy", "too busy", "system load", "overloaded"]),
            Rule("rate", .rateLimited, on: "4*", says: [
                "receiving email too quickly", "receiving mail at a rate", "rate limit", "rate limited", "too many connections",
                "sending rate", "relay limit exceeded", "too many messages", "too many emails", "too fast", "too much mail",
                "throttl", "throttling", "throttled", "unusual rate", "too many recipients received this hour",
                "concurrent connections", "too many concurrent", "connection rate", "message rate", "try again later*rate", "too many sessions",
                "temporarily deferred due to", "temporarily rate limited", "exceeded*rate", "traffic limit",
            ], cite: "https://support.google.com/a/answer/3726730"),
            Rule("authentication server", .unavailable, on: "454"),
            Rule("permanent rate", .rateLimited, on: "550 5.4.5", says: ["rate limit", "too quickly", "sending rate"]),
            Rule("recipient full, for now", .resourceExhausted, .retryAfter, on: "4.2.2"),
            Rule("recipient full", .resourceExhausted, .fail, on: "5.2.2"),
            Rule("recipient full, by text", .resourceExhausted, .fail, on: "550 552 554", says: [
                "mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded", "exceeded storage", "inbox is full",
                "account*full", "insufficient storage",
            ]),
            Rule("idle", .timeout, on: "4.4.2 421 451", says: ["timeout", "timed out", "idle"]),
            Rule("session lost", .network, ambiguous: true, on: "4.4.2"),
            Rule("local configuration", .configuration, on: "530 538 5.7.11", says: ["starttls", "tls", "encryption required"]),
            Rule("denied for now", .authorization, .retryAfter, on: "421", says: ["access denied", "denied", "blocked"]),
            Rule("size", .validation, on: "5.3.4 5.2.3", says: ["size", "too large", "too big", "exceeds"]),
            Rule("recipient refused by text", .invalidRecipient, on: "550 551 553 554 5.1.* 5.2.1 5.7.1 5.0.0 5.4.1 5.4.4 5.4.310", says: [
                "user unknown", "unknown user", "no such user", "no such recipient", "does not exist", "recipient not found",
                "recipient unknown", "mailbox not found", "mailbox unavailable", "unknown recipient", "invalid recipient",
                "address rejected", "no mailbox here", "user not found", "not a valid mailbox", "unrouteable address",
                "account*disabled", "mailbox*disabled", "inactive", "not our customer", "recipient address rejected*access",
                "no longer*available", "undeliverable address", "mailbox name not allowed", "address unknown", "user doesn't have", "mailbox does not",
            ]),
            Rule("credential", .authentication, on: "535 5.7.8 5.7.3 534 5.7.9 538 5.7.11 5.7.14"),
            Rule("expired credential", .authentication, on: "5.7.12"),
            Rule("authentication needed", .authentication, on: "530"),
            Rule("policy", .authorization, on: "5.7.* 521", cite: "https://www.rfc-editor.org/rfc/rfc3463#section-3.8"),
            Rule("bad destination", .invalidRecipient, on: "5.1.0 5.1.1 5.1.2 5.1.3 5.1.4 5.1.6 5.1.10 5.2.0 5.2.1 5.4.1 5.4.4 5.1.9 556"),
            Rule("bad sender", .validation, on: "5.1.7 5.1.8"),
            Rule("list expansion", .configuration, on: "5.2.4 5.3.5 5.3.3 5.4.6 5.4.3"),
            Rule("loop", .configuration, on: "5.4.*"),
            Rule("protocol", .validation, on: "5.5.* 5.6.* 5.3.4 5.2.3"),
            Rule("too many recipients", .validation, on: "4.5.3 5.5.3"),
            Rule("receiver's disk", .resourceExhausted, .retry, on: "4.3.1 452"),
            Rule("policy, for now", .unavailable, .retryAfter, on: "4.7.*"),
            Rule("recipient, for now", .unavailable, .retryAfter, on: "4.2.* 4.1.*"),
            Rule("route, for now", .network, ambiguous: false, on: "4.4.1 4.4.3 4.4.4"),
            Rule("system, for now", .unavailable, on: "4.*"),
            Rule("closing", .unavailable, on: "421 432"),
            Rule("mailbox busy", .unavailable, .retryAfter, on: "450"),
            Rule("local error", .server, ambiguous: false, on: "451"),
            Rule("parameters, for now", .configuration, on: "455"),
            Rule("order of commands", .validation, on: "500 501 503 555 553 552", cite: "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3"),
            Rule("not implemented", .configuration, on: "502 504 523 525"),
            Rule("recipient refused", .invalidRecipient, on: "550 551"),
            Rule("blocked by text", .authorization, on: "554 571", says: [
                "spam", "blocked", "blacklist", "blocklist", "blacklisted", "policy", "denied", "rejected", "reputation", "listed", "relay",
            ]),
            Rule("transaction failed", .permanent, on: "554 5.0.* 5.*"),
        ])

    /// Mail sent over HTTP: Resend and SendGrid.
    public static let mailAPIs = RuleTable(
        "mailAPIs", of: ["resend", "sendgrid"], needsSource: true, codesInText: .anywhere,
        cite: "https://resend.com/docs/api-reference/errors", [
            Rule("credits used up", .quotaExhausted, says: ["maximum credits exceeded", "credits exceeded"], from: ["sendgrid"],
                cite: "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors"),
            Rule("may not send", .authorization, says: [
                "not authorized to send mail", "access forbidden", "does not match a verified sender", "account*suspended",
                "not authorized", "permission", "authorization required",
            ], from: ["sendgrid"], cite: "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors"),
            Rule("static key", .authentication, .fail, says: [
                "authorization grant is invalid", "bad username / password", "bad username", "invalid api key",
            ], from: ["sendgrid"], cite: "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors"),
            Rule("bad address", .invalidRecipient, says: ["to email does not contain a valid address"], from: ["sendgrid"],
                cite: "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/personalizations"),
            Rule("rate", .rateLimited, on: "rate_limit_exceeded"),
            Rule("used up", .quotaExhausted, on: "monthly_quota_exceeded daily_quota_exceeded"),
            Rule("in flight", .conflict, .retry, ambiguous: true, on: "concurrent_idempotent_requests"),
            Rule("key reused", .validation, on: "invalid_idempotent_request invalid_idempotency_key"),
            Rule("key", .authentication, on: "missing_api_key invalid_api_key"),
            Rule("key may not", .authorization, on: "restricted_api_key invalid_access suspended_api_key security_error"),
            Rule("sandbox or domain", .authorization, on: "validation_error", status: only(403)),
            Rule("request", .validation, on: """
                validation_error missing_required_field* invalid_attachment invalid_from_address invalid_parameter \
                invalid_region invalid_to_address missing_required_fields
                """),
            Rule("absent", .notFound, on: "not_found"),
            Rule("method", .configuration, on: "method_not_allowed"),
            Rule("fault", .server, on: "application_error internal_server_error"),
        ])
}
