// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// OpenAI and Azure OpenAI.
    public static let openAI = ErrorClassifier(preset: [.openAI, .network, .http, .replies, .exceptions, .words], assumedSource: "openai")
    /// Anthropic.
    public static let anthropic = ErrorClassifier(preset: [.anthropic, .network, .http, .replies, .exceptions, .words], assumedSource: "anthropic")
    /// Gemini and Vertex AI.
    public static let gemini = ErrorClassifier(
        preset: [.gemini, .google, .grpc, .network, .http, .replies, .exceptions, .words], assumedSource: "gemini")
}

extension RuleTable {
    /// OpenAI and Azure OpenAI: codes, types and the messages under one status 429.
    public static let openAI = RuleTable(
        "openai", of: ["openai", "azure_openai"], needsSource: true, codesInText: .anywhere,
        cite: "https://platform.openai.com/docs/guides/error-codes", [
            Rule("an answer", .unknown, .treatAsDone, ambiguous: false, status: [200...299], says: [
                "^choices", "object chat.completion", "object response", "object list", "finish_reason stop",
            ]),
            Rule("request above the limit", .validation, says: [
                "request too large for", "must be reduced in order to run", "maximum context length",
            ]),
            Rule("peak load", .overloaded, says: [
                "currently overloaded", "engine is overloaded", "experiencing high demand", "during peak load",
                "server is overloaded", "model is overloaded", "nocapacity", "no capacity", "engineoverloaded",
            ]),
            Rule("day's allowance", .quotaExhausted, says: [
                "daily request rate", "requests per day", "tokens per day", "out of call volume quota",
                "exceeded your current quota", "until utc midnight",
            ], cite: "https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits"),
            Rule("content policy", .validation, on: """
                content_filter content_policy_violation moderation_blocked responsibleaipolicyviolation
                """, cite: "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter"),
            Rule("credit", .quotaExhausted, on: """
                insufficient_quota billing_hard_limit_reached billing_not_active organization_spend_limit_exceeded \
                project_spend_limit_exceeded spend_limit_exceeded InsufficientQuota usage_limit_reached \
                organization_quota_exceeded credits_exhausted quota_exceeded access_terminated_billing
                """),
            Rule("rate", .rateLimited, on: """
                rate_limit_exceeded rate_limit_error rate_limit tokens requests RATE_LIMITED slow_down TooManyRequests \
                tokens_usage_based requests_limit
                """),
            Rule("overload", .overloaded, on: "server_overloaded model_overloaded engine_overloaded overloaded EngineOverloaded NoCapacity"),
            Rule("key", .authentication, on: """
                invalid_api_key missing_api_key incorrect_api_key invalid_authentication invalid_organization \
                mismatched_organization mismatched_project authentication_error Unauthorized
                """),
            Rule("expired token", .authentication, .reauthenticate, on: "token_expired invalid_token expired_token"),
            Rule("access", .authorization, on: """
                insufficient_permissions permission_error unsupported_country_region_territory ip_not_authorized \
                account_deactivated access_terminated organization_suspended PermissionDenied permission_denied \
                organization_must_be_verified user_not_authorized access_denied
                """),
            Rule("absent", .notFound, on: """
                model_not_found not_found_error resource_not_found file_not_found thread_not_found \
                previous_response_not_found DeploymentNotFound deployment_not_found ResourceNotFound assistant_not_found
                """),
            Rule("absent by status", .notFound, on: "invalid_request_error", status: only(404)),
            Rule("key by status", .authentication, on: "invalid_request_error", status: only(401)),
            Rule("access by status", .authorization, on: "invalid_request_error", status: only(403)),
            Rule("retired", .configuration, on: "model_deprecated OperationNotSupported unsupported_api_version model_decommissioned"),
            Rule("request", .validation, on: """
                context_length_exceeded invalid_request_error string_above_max_length string_below_min_length \
                invalid_type invalid_value missing_required_parameter unsupported_parameter unsupported_value \
                unknown_parameter invalid_image invalid_image_format image_too_large invalid_base64 \
                array_above_max_length array_below_min_length integer_above_max_value integer_below_min_value \
                decimal_above_max_value invalid_function_parameters invalid_prompt invalid_json_schema json_validate_failed \
                invalid_encrypted_content unsupported_file unsupported_image_media_type empty_array empty_string \
                max_tokens_exceeded invalid_schema invalid_language_format tool_use_failed InvalidRequest BadRequest
                """),
            Rule("vendor timeout", .timeout, on: "timeout vector_store_timeout request_timeout"),
            Rule("vendor fault", .server, on: "server_error internal_error internal_server_error InternalServerError model_error"),
            Rule("vendor unavailable", .unavailable, on: "service_unavailable ServiceUnavailable"),
            Rule("asks to slow down", .rateLimited, status: only(503), says: ["slow down"]),
            Rule("no organization", .authorization, status: only(401, 403), says: [
                "must be a member of an organization", "ip not authorized", "country, region, or territory not supported",
                "missing scopes", "insufficient permissions", "account*deactivated",
            ]),
        ])

    /// Anthropic: types, and what a type alone hides.
    public static let anthropic = RuleTable(
        "anthropic", of: ["anthropic"], needsSource: true, codesInText: .anywhere,
        cite: "https://docs.anthropic.com/en/api/errors", [
            Rule("an answer", .unknown, .treatAsDone, ambiguous: false, status: [200...299], says: ["type message role", "stop_reason end_turn"]),
            Rule("out of credit", .insufficientFunds, .failover, says: ["credit balance is too low", "credit balance*too low"]),
            Rule("usage limit", .quotaExhausted, says: [
                "specified api usage limits", "usage limits*regain access", "usage limit reached", "monthly spend limit",
                "workspace api usage limits", "spend limit",
            ]),
            Rule("request above the limit", .validation, says: [
                "prompt is too long", "request too large", "exceeds the maximum size", "maximum allowed*context",
            ]),
            Rule("expired login", .authentication, .reauthenticate, says: [
                "oauth token has expired", "token has expired", "oauth token has been revoked", "oauth*expired",
            ]),
            Rule("login not allowed", .authorization, says: [
                "oauth authentication is currently not supported", "not meet scope requirement",
                "organization has been disabled", "account does not have access", "only authorized for use with",
                "not allowed for this organization",
            ]),
            Rule("credit used up", .quotaExhausted, on: "billing_error enforced_spend_limit_reached spend_limit_reached usage_limit_reached"),
            Rule("rate", .rateLimited, on: "rate_limit_error ramp_limit_exceeded acceleration_limit_exceeded rate_limit_exceeded concurrency_limit_exceeded"),
            Rule("overload", .overloaded, on: "overloaded_error overloaded"),
            Rule("key", .authentication, on: "authentication_error invalid_api_key"),
            Rule("access", .authorization, on: "permission_error organization_on_hold organization_disabled account_on_hold"),
            Rule("absent", .notFound, on: "not_found_error"),
            Rule("request", .validation, on: "request_too_large"),
            Rule("request by type", .validation, on: "invalid_request_error", status: [400...499]),
            Rule("timeout", .timeout, on: "timeout_error"),
            Rule("fault", .server, on: "api_error internal_server_error"),
        ])

    /// Gemini and Vertex AI: which of its quotas a 429 means.
    public static let gemini = RuleTable(
        "gemini", of: ["gemini"], needsSource: true,
        cite: "https://ai.google.dev/gemini-api/docs/troubleshooting", [
            Rule("day's quota", .quotaExhausted, on: "RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED QUOTA_EXHAUSTED 429", says: [
                "per day", "perday", "requests_per_day", "tokens_per_day", "requests per day", "daily limit", "daily quota",
                "exhausted your capacity", "monthly", "per_day_per_project", "generaterequestsperdayperprojectpermodel",
                "generaterequestsperdayperprojectpermodel freetier", "prepayment credits are depleted", "spending cap",
            ]),
            Rule("used up", .quotaExhausted, on: "QUOTA_EXHAUSTED INSUFFICIENT_G1_CREDITS_BALANCE"),
            Rule("minute's quota", .rateLimited, on: "RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED"),
            Rule("overload", .overloaded, says: ["overloaded", "high demand", "no capacity available"]),
            Rule("capacity", .overloaded, on: "MODEL_CAPACITY_EXHAUSTED"),
            Rule("key", .authentication, says: [
                "api key not valid", "api key expired", "api key not found", "reported as leaked", "unregistered callers",
            ]),
            Rule("place", .authorization, says: [
                "user location is not supported", "location is not supported", "not available in your country",
            ]),
            Rule("size", .validation, says: ["input token count*exceeds", "exceeds the maximum number of tokens", "payload size exceeds"]),
            Rule("blocked", .validation, on: "SAFETY PROHIBITED_CONTENT BLOCKLIST RECITATION SPII MALFORMED_FUNCTION_CALL"),
        ])
}
