// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Google APIs: reasons of `ErrorInfo`, of the JSON APIs, and Cloud Tasks.
    public static let google = ErrorClassifier(
        preset: [.google, .grpc, .network, .http, .replies, .exceptions, .words], assumedSource: "google_cloud")
}

extension RuleTable {
    /// Reasons of Google APIs (`google.api.ErrorReason`, the JSON APIs' `reason`); asked before the gRPC status.
    public static let google = RuleTable(
        "google", of: ["google_cloud", "cloud_tasks", "gemini", "google", "gcp"], codesInText: .anywhere,
        cite: "https://cloud.google.com/apis/docs/reference/rpc/google.api#errorreason", [
            Rule("day's quota", .quotaExhausted, on: "RATE_LIMIT_EXCEEDED rateLimitExceeded userRateLimitExceeded quotaExceeded RESOURCE_EXHAUSTED", says: [
                "per day", "daily limit", "daily quota", "queries per day", "perday",
            ], from: ["google_cloud", "cloud_tasks"]),
            Rule("queue deleted", .configuration, on: "FAILED_PRECONDITION", says: ["queue no longer exists", "queue*disabled", "app engine"], from: ["cloud_tasks"],
                cite: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/create"),
            Rule("billing or setup", .configuration, on: "FAILED_PRECONDITION", says: ["billing", "must be enabled"]),
            Rule("API not enabled", .configuration, on: "PERMISSION_DENIED forbidden 403", says: [
                "has not been used in project", "billing to be enabled", "api*is not enabled",
            ], cite: "https://cloud.google.com/apis/docs/troubleshooting"),
            Rule("key by text", .authentication, on: "INVALID_ARGUMENT badRequest PERMISSION_DENIED", says: [
                "api key not valid", "api key expired", "unregistered callers", "api key*invalid",
            ], cite: "https://cloud.google.com/docs/authentication/api-keys"),
            Rule("rate", .rateLimited, on: """
                RATE_LIMIT_EXCEEDED rateLimitExceeded userRateLimitExceeded rateLimitExceededUnreg concurrentLimitExceeded \
                servingLimitExceeded sharingRateLimitExceeded RATE_LIMITED tooManyRequests jobRateLimitExceeded
                """, from: ["google_cloud", "cloud_tasks", "gemini"]),
            Rule("used up", .quotaExhausted, on: """
                dailyLimitExceeded dailyLimitExceededUnreg quotaExceeded RESOURCE_QUOTA_EXCEEDED limitExceeded \
                variableTermLimitExceeded variableTermExpiredDailyExceeded userRateLimitExceededUnreg \
                billingTierLimitExceeded QUOTA_EXHAUSTED storageQuotaExceeded
                """),
            Rule("expired token", .authentication, .reauthenticate, on: """
                ACCESS_TOKEN_EXPIRED authError expired AUTH_ERROR ACCESS_TOKEN_REVOKED SESSION_COOKIE_EXPIRED sessionExpired
                """, from: ["google_cloud", "cloud_tasks", "gemini"]),
            Rule("key", .authentication, on: """
                API_KEY_INVALID keyInvalid keyExpired CREDENTIALS_MISSING ACCESS_TOKEN_TYPE_UNSUPPORTED \
                SESSION_COOKIE_INVALID ACCOUNT_STATE_INVALID LOGIN_COOKIE_REQUIRED required_login invalidCredentials
                """),
            Rule("access", .authorization, on: """
                API_KEY_IP_ADDRESS_BLOCKED API_KEY_HTTP_REFERRER_BLOCKED API_KEY_SERVICE_BLOCKED API_KEY_ANDROID_APP_BLOCKED \
                API_KEY_IOS_APP_BLOCKED USER_BLOCKED_BY_ADMIN CONSUMER_SUSPENDED CONSUMER_INVALID IAM_PERMISSION_DENIED \
                ACCESS_TOKEN_SCOPE_INSUFFICIENT domainPolicy insufficientPermissions forbidden accessNotConfiguredForbidden \
                SECURITY_POLICY_VIOLATED ORG_RESTRICTION_VIOLATION LOCATION_ORG_POLICY_VIOLATED LOCATION_POLICY_VIOLATED \
                SYSTEM_PARAMETER_UNSUPPORTED_DENIED ipRefererBlocked accountDisabled countryBlocked ACCOUNT_DISABLED \
                insufficientFilePermissions appNotAuthorizedToFile accountDeleted UNDECLARED_RESTRICTED \
                ORG_RESTRICTION_HEADER_INVALID RESOURCE_USAGE_RESTRICTION_VIOLATED insufficientParentPermissions
                """),
            Rule("setup", .configuration, on: """
                SERVICE_DISABLED BILLING_DISABLED accessNotConfigured SERVICE_NOT_VISIBLE GCP_SUSPENDED \
                billingNotEnabled RESOURCE_PROJECT_INVALID notImplemented unsupportedProtocol httpMethodNotAllowed \
                TLS_CIPHER_RESTRICTION_VIOLATED TLS_VERSION_RESTRICTION_VIOLATED TLS_ORG_POLICY_VIOLATED CLOUD_KMS_DISABLED
                """),
            Rule("absent", .notFound, on: "notFound deleted RESOURCE_NOT_FOUND gone"),
            Rule("exists", .duplicate, .fail, on: "duplicate alreadyExists", from: ["google_cloud"]),
            Rule("conflict", .conflict, .retry, on: "conflict resourceInUse aborted OVERLOADED_CREDENTIALS", from: ["google_cloud"]),
            Rule("precondition", .conflict, .fail, on: "conditionNotMet preconditionFailed"),
            Rule("fault", .server, on: "backendError internalError jobBackendError jobInternalError", from: ["google_cloud", "gemini"]),
            Rule("unavailable", .unavailable, on: "backendNotConnected transientError notReady", from: ["google_cloud", "gemini"]),
            Rule("overload", .overloaded, on: "MODEL_CAPACITY_EXHAUSTED OVERLOADED", from: ["google_cloud", "gemini"]),
            Rule("request", .validation, on: """
                SYSTEM_PARAMETER_UNSUPPORTED badRequest invalidParameter parseError invalidQuery \
                responseTooLarge uploadTooLarge invalidHeader contentRequired fieldValueInvalid requiredParameterMissing
                """, from: ["google_cloud", "gemini"]),
        ])
}
