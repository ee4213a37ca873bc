// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Cloudflare, Envoy, HAProxy, API gateways and web APIs whose words or codes say more than their status.
    public static let proxies = RuleTable(
        "proxies", of: ["http", "cloudflare", "envoy", "haproxy", "aws_api_gateway", "github"],
        needsSource: true, cite: "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/", [
            Rule("cloudflare rate limit", .rateLimited, on: "1015 1200", from: ["cloudflare"]),
            Rule("cloudflare block", .authorization, on: "1005 1006 1007 1008 1009 1010 1011 1012 1020 1106", from: ["cloudflare"]),
            Rule("cloudflare DNS", .configuration, on: "1000 1001 1002 1003 1014 1016 1018 1023 1033 1034 1035 1036 1037 1040 1041", from: ["cloudflare"]),
            Rule("cloudflare worker", .server, on: "1101 1104", from: ["cloudflare"]),
            Rule("cloudflare worker limit", .resourceExhausted, .fail, on: "1102", from: ["cloudflare"]),
            Rule("cloudflare daily requests", .quotaExhausted, on: "1027", from: ["cloudflare"]),
            Rule("cloudflare code in text", .rateLimited, says: ["error code 1015"], from: ["cloudflare"]),
            Rule("cloudflare block in text", .authorization, says: ["error code 1020", "error code 1010", "error code 1006", "error code 1009"], from: ["cloudflare"]),
            Rule("cloudflare DNS in text", .configuration, says: ["error code 1016", "error code 1001", "error code 1000", "error code 1033"], from: ["cloudflare"]),
            envoy("connect timeout", .timeout, ambiguous: false, says: [
                "reset reason connection timeout", "reset reason connection_timeout",
            ]),
            envoy("upstream overflow", .overloaded, says: ["reset reason overflow", "upstream_reset_before_response_started overflow"]),
            envoy("not connected", .unavailable, ambiguous: false, says: [
                "reset reason connection failure", "reset reason remote connection failure",
                "reset reason local connection failure", "no healthy upstream", "no_healthy_upstream", "delayed connect error",
            ]),
            envoy("stream timeout", .timeout, says: [
                "upstream request timeout", "stream timeout", "request timeout", "upstream max stream duration reached",
                "response timeout",
            ]),
            envoy("upstream reset", .unavailable, ambiguous: true, says: [
                "upstream connect error or disconnect/reset before headers", "upstream connect error", "reset reason",
            ]),
            envoy("no cluster", .configuration, says: ["cluster_not_found", "no_cluster"]),
            envoy("local rate limit", .rateLimited, says: ["local_rate_limited", "request_rate_limited"]),
            envoy("RBAC", .authorization, says: ["rbac access denied"]),
            Rule("no server", .unavailable, says: ["no server is available"], from: ["haproxy"],
                cite: "https://docs.haproxy.org/3.0/configuration.html"),
            gateway("throttled", .rateLimited, on: "THROTTLED"),
            gateway("plan used up", .quotaExhausted, on: "QUOTA_EXCEEDED"),
            gateway("expired token", .authentication, .reauthenticate, on: "EXPIRED_TOKEN"),
            gateway("no such route", .notFound, on: "MISSING_AUTHENTICATION_TOKEN RESOURCE_NOT_FOUND"),
            gateway("credential", .authentication, on: "UNAUTHORIZED INVALID_API_KEY INVALID_SIGNATURE"),
            gateway("denied", .authorization, on: "ACCESS_DENIED WAF_FILTERED"),
            gateway("integration timeout", .timeout, on: "INTEGRATION_TIMEOUT"),
            gateway("integration failure", .unavailable, ambiguous: true, on: "INTEGRATION_FAILURE"),
            gateway("gateway setup", .server, on: "API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE"),
            gateway("bad request", .validation, on: "BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS REQUEST_TOO_LARGE UNSUPPORTED_MEDIA_TYPE"),
            github("rate limit", .rateLimited, says: [
                "rate limit", "abuse detection mechanism", "submitted too quickly",
            ]),
            github("credential", .authentication, says: ["bad credentials", "requires authentication"]),
            github("permission", .authorization, says: [
                "resource not accessible", "must have admin rights", "saml enforcement", "not accessible by",
                "oauth app access restrictions",
            ]),
        ])

    private static func envoy(
        _ name: String, _ category: Category, ambiguous: Bool? = nil, says phrases: [String]
    ) -> Rule {
        Rule(
            "envoy \(name)", category, ambiguous: ambiguous, says: phrases, from: ["envoy", "http"],
            cite: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details")
    }

    private static func gateway(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil, on codes: String
    ) -> Rule {
        Rule(
            "gateway \(name)", category, disposition, ambiguous: ambiguous, on: codes, from: ["aws_api_gateway"],
            cite: "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html")
    }

    private static func github(_ name: String, _ category: Category, says phrases: [String]) -> Rule {
        Rule(
            "github \(name)", category, says: phrases, from: ["github"],
            cite: "https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api")
    }
}
