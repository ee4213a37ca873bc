// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Push messages: APNs and FCM. A token that is gone is an invalid recipient.
    public static let push = ErrorClassifier(preset: [.apns, .fcm, .grpc, .network, .http, .replies, .exceptions, .words])
}

extension RuleTable {
    /// Reasons of APNs.
    public static let apns = RuleTable(
        "apns", of: ["apns", "push"], needsSource: true, codesInText: .anywhere,
        cite: "https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns", [
            Rule("device gone", .invalidRecipient, on: "BadDeviceToken ExpiredToken Unregistered"),
            Rule("provider token expired", .authentication, .reauthenticate, on: "ExpiredProviderToken"),
            Rule("provider credential", .authentication, on: "InvalidProviderToken MissingProviderToken BadCertificate UnrelatedKeyIdInToken BadEnvironmentKeyIdInToken BadEnvironmentKeyInToken"),
            Rule("topic of another app", .configuration, on: "DeviceTokenNotForTopic BadCertificateEnvironment MethodNotAllowed TopicDisallowedForKey"),
            Rule("not allowed", .authorization, on: "Forbidden TopicDisallowed"),
            Rule("rate", .rateLimited, on: "TooManyRequests TooManyProviderTokenUpdates"),
            Rule("fault", .server, on: "InternalServerError"),
            Rule("unavailable", .unavailable, on: "ServiceUnavailable Shutdown"),
            Rule("idle", .network, ambiguous: false, on: "IdleTimeout"),
            Rule("request", .validation, on: """
                BadTopic MissingTopic MissingDeviceToken BadMessageId PayloadEmpty PayloadTooLarge DuplicateHeaders BadPath BadCollapseId \
                BadExpirationDate BadPriority InvalidPushType BadPayload
                """),
        ])

    /// Codes of FCM's HTTP API and of the Admin SDK.
    public static let fcm = RuleTable(
        "fcm", of: ["fcm", "push"], needsSource: true, codesInText: .anywhere,
        cite: "https://firebase.google.com/docs/cloud-messaging/error-codes", [
            Rule("device gone", .invalidRecipient, on: """
                UNREGISTERED NotRegistered InvalidRegistration MissingRegistration messaging/registration-token-not-registered \
                messaging/invalid-registration-token messaging/invalid-recipient
                """),
            Rule("device gone, by text", .invalidRecipient, on: "INVALID_ARGUMENT messaging/invalid-argument NOT_FOUND", says: [
                "registration token*not*valid", "not a valid fcm registration token", "invalid registration", "not registered",
                "requested entity was not found",
            ]),
            Rule("rate", .rateLimited, on: """
                QUOTA_EXCEEDED messaging/device-message-rate-exceeded messaging/message-rate-exceeded \
                messaging/topics-message-rate-exceeded messaging/quota-exceeded DeviceMessageRateExceeded TopicsMessageRateExceeded \
                messaging/topics-subscription-rate-exceeded RESOURCE_EXHAUSTED
                """),
            Rule("unavailable", .unavailable, ambiguous: true, on: "UNAVAILABLE messaging/server-unavailable messaging/unavailable"),
            Rule("fault", .server, on: "INTERNAL messaging/internal-error InternalServerError messaging/internal"),
            Rule("unknown", .unknown, .retry, ambiguous: true, on: "messaging/unknown-error"),
            Rule("setup", .configuration, on: """
                THIRD_PARTY_AUTH_ERROR messaging/third-party-auth-error SENDER_ID_MISMATCH MismatchSenderId \
                messaging/mismatched-credential messaging/sender-id-mismatch messaging/invalid-apns-credentials InvalidApnsCredential \
                messaging/operation-not-allowed
                """),
            Rule("credential", .authentication, on: "messaging/authentication-error messaging/invalid-credential Authentication"),
            Rule("request", .validation, on: """
                INVALID_ARGUMENT messaging/invalid-* messaging/payload-* messaging/too-many-topics MessageTooBig InvalidDataKey InvalidTtl \
                InvalidPackageName InvalidParameters messaging/mismatched-message
                """),
        ])
}
