import ResilienceCore

/// A vendor: what it charges, how fast it is, and its words for what goes wrong.
struct VendorProfile: Sendable {
    let name: String
    /// The name that the classifier's tables have for whoever speaks like this.
    let source: String
    /// The regular price.
    let cents: Int
    /// How long an answer takes, usually.
    let response: Duration
    /// How long an activation cannot be cancelled.
    let lockedFor: Duration
    let words: Words

    /// What it says.
    struct Words: Sendable {
        let noNumbers: String
        let noBalance: String
        let badKey: String
        let fault: String
        let unreachable: String
        let limit: String
        let badService: String
        let tooEarly: String
        let unknownActivation: String
        /// What stands before the end of a ban; `nil` where none is named.
        let banned: String
        let namesEndOfBan: Bool
    }

    /// The services that all of them know.
    static let services: Set<String> = ["wa", "tg", "go", "fb", "ig"]

    static let all = [smsActivate, fiveSim, onlineSim, smsBulk]

    static let smsActivate = VendorProfile(
        name: "sms-activate",
        source: "sms_activate",
        cents: 2_000,
        response: .milliseconds(700),
        lockedFor: .seconds(120),
        words: Words(
            noNumbers: "NO_NUMBERS",
            noBalance: "NO_BALANCE",
            badKey: "BAD_KEY",
            fault: "SQL_ERROR",
            unreachable: "NO_CONNECTION",
            limit: "CHANNELS_LIMIT",
            badService: "BAD_SERVICE",
            tooEarly: "EARLY_CANCEL_DENIED",
            unknownActivation: "NO_ACTIVATION",
            banned: "BANNED",
            namesEndOfBan: true
        )
    )

    static let fiveSim = VendorProfile(
        name: "5sim",
        source: "five_sim",
        cents: 1_900,
        response: .milliseconds(1_100),
        lockedFor: .zero,
        words: Words(
            noNumbers: "no free phones",
            noBalance: "not enough user balance",
            badKey: "unauthorized",
            fault: "internal error",
            unreachable: "server offline",
            limit: "not enough rating",
            badService: "bad service",
            tooEarly: "",
            unknownActivation: "order not found",
            banned: "banned",
            namesEndOfBan: false
        )
    )

    static let onlineSim = VendorProfile(
        name: "onlinesim",
        source: "onlinesim",
        cents: 2_100,
        response: .milliseconds(900),
        lockedFor: .seconds(120),
        words: Words(
            noNumbers: "NO_NUMBER",
            noBalance: "WARNING_LOW_BALANCE",
            badKey: "ERROR_WRONG_KEY",
            fault: "UNKNOWN_ERROR",
            unreachable: "TRY_AGAIN_LATER",
            limit: "EXCEEDED_CONCURRENT_OPERATIONS",
            badService: "ERROR_PARAMS",
            tooEarly: "NO_COMPLETE_TZID",
            unknownActivation: "ERROR_NO_OPERATIONS",
            banned: "ACCOUNT_BLOCKED",
            namesEndOfBan: false
        )
    )

    static let smsBulk = VendorProfile(
        name: "smsbulk",
        source: "smsbulk",
        cents: 1_800,
        response: .milliseconds(1_600),
        lockedFor: .seconds(120),
        words: Words(
            noNumbers: "NO_NUMBERS",
            noBalance: "NO_BALANCE",
            badKey: "BAD_KEY",
            fault: "ERROR_SQL",
            unreachable: "NO_CONNECTION",
            limit: "TOO_MANY_ACTIVE_RENTALS",
            badService: "BAD_SERVICE",
            tooEarly: "EARLY_CANCEL_DENIED",
            unknownActivation: "NO_ACTIVATION",
            banned: "BANNED",
            namesEndOfBan: true
        )
    )
}
