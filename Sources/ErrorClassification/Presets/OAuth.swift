// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Token endpoints and protected resources of OAuth 2.
    public static let oauth = ErrorClassifier(preset: [.oauth, .network, .http, .replies, .exceptions, .words], assumedSource: "oauth")
}

extension RuleTable {
    /// The codes of OAuth 2: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC 8628 section 3.5, OpenID Connect.
    public static let oauth = RuleTable(
        "oauth", of: ["oauth"], codesInText: .anywhere, cite: "https://www.rfc-editor.org/rfc/rfc6749#section-5.2", [
            Rule("log in again", .authentication, .reauthenticate, on: "invalid_grant"),
            Rule("token of the request", .authentication, .reauthenticate, on: "invalid_token",
                cite: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"),
            Rule("code expired", .authentication, .reauthenticate, on: "expired_token",
                cite: "https://www.rfc-editor.org/rfc/rfc8628#section-3.5"),
            Rule("user needed", .authentication, .reauthenticate, on: """
                interaction_required login_required consent_required account_selection_required mfa_required \
                unmet_authentication_requirements insufficient_user_authentication invalid_dpop_proof
                """, cite: "https://openid.net/specs/openid-connect-core-1_0.html#AuthError"),
            Rule("client", .authentication, on: "invalid_client deleted_client disabled_client client_not_found"),
            Rule("not for this client", .authorization, on: "unauthorized_client access_denied org_internal admin_policy_enforced"),
            Rule("scope", .authorization, on: "insufficient_scope",
                cite: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"),
            Rule("poll slower", .rateLimited, on: "slow_down",
                cite: "https://www.rfc-editor.org/rfc/rfc8628#section-3.5"),
            Rule("user not done yet", .unavailable, .retryAfter, on: "authorization_pending",
                cite: "https://www.rfc-editor.org/rfc/rfc8628#section-3.5"),
            Rule("nonce wanted", .conflict, .retry, on: "use_dpop_nonce",
                cite: "https://www.rfc-editor.org/rfc/rfc9449#section-8"),
            Rule("server", .server, on: "server_error", from: ["oauth"],
                cite: "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1"),
            Rule("server unavailable", .unavailable, on: "temporarily_unavailable",
                cite: "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1"),
            Rule("setup", .configuration, on: """
                unsupported_grant_type unsupported_response_type unsupported_response_mode redirect_uri_mismatch \
                invalid_redirect_uri request_not_supported request_uri_not_supported registration_not_supported \
                disallowed_useragent
                """),
            Rule("request", .validation, on: """
                invalid_scope invalid_target unsupported_token_type invalid_request_uri invalid_request_object \
                invalid_client_metadata invalid_software_statement invalid_authorization_details
                """),
            Rule("request, unspecific", .validation, on: "invalid_request", from: ["oauth"]),
        ])
}
