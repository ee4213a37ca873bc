// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// Vendors of numbers for short messages: SMS-Activate and the many that speak its protocol, 5sim, OnlineSim.
    public static let smsRental = ErrorClassifier(preset: [.smsRental, .network, .http, .replies, .exceptions, .words], assumedSource: "sms_activate")
}

extension RuleTable {
    /// Replies of SMS rental vendors. Most of them are sent with status 200.
    public static let smsRental = RuleTable(
        "smsRental", of: ["sms_activate", "smsbulk", "onlinesim", "five_sim", "smsRental", "sms_rental"], needsSource: true, codesInText: .anywhere,
        cite: "https://sms-activate.io/api2", [
            Rule("taken", .unknown, .treatAsDone, ambiguous: false, on: """
                ACCESS_* STATUS_OK STATUS_FINISH TZ_NUM_WAIT TZ_NUM_ANSWER TZ_NUM_PREPARE TZ_INPOOL TZ_OVER_OK
                """),
            Rule("wait for the message", .unavailable, .retryAfter, on: "STATUS_WAIT_CODE STATUS_WAIT_RETRY STATUS_WAIT_RESEND"),
            Rule("wrong parameter to SQL", .validation, on: "ERROR_SQL", says: ["invalid value", "parameters has"]),
            Rule("no stock", .resourceExhausted, .failover, on: """
                NO_NUMBERS NO_NUMBER SERVICE_TO_NUMBER_EMPTY NO_NUMBER_FOR_FORWARD SIM_OFFLINE NO_FREE_PHONES \
                NUMBER_BUSY NO_PHONES WARNING_NO_NUMS ERROR_NO_SERVICE_REPEAT SERVICE_NOT_AVAILABLE
                """),
            Rule("no balance", .insufficientFunds, .failover, on: """
                NO_BALANCE NO_BALANCE_FORWARD WARNING_LOW_BALANCE LOW_BALANCE NO_YULA_MAIL NO_MONEY
                """),
            Rule("key", .authentication, on: "BAD_KEY NO_KEY WRONG_KEY ERROR_WRONG_KEY ERROR_NO_KEY INVALID_KEY BAD_TOKEN"),
            bannedUntil,
            Rule("banned", .authorization, .failover, on: "BANNED BANNED:*"),
            bannedUntilByText,
            Rule("banned, by text", .authorization, .failover, says: ["^banned", "response banned"]),
            Rule("account", .authorization, on: """
                ACCOUNT_BLOCKED ACCOUNT_INACTIVE API_ACCESS_DISABLED API_ACCESS_IP ACCOUNT_IDENTIFICATION_REQUIRED \
                NO_PERMISSIONS USER_BLOCKED SERVICE_UNAVAILABLE_REGION ACCESS_DENIED IP_NOT_ALLOWED
                """),
            Rule("channels", .authorization, .failover, on: "CHANNELS_LIMIT"),
            Rule("rate", .rateLimited, on: """
                EXCEEDED_CONCURRENT_OPERATIONS INTERVAL_CONCURRENT_REQUESTS_ERROR RATE_LIMITED RATE_LIMIT REQUEST_LIMIT \
                TOO_MANY_REQUESTS LIMIT_EXCEEDED TOO_MANY_ACTIVE_RENTALS
                """),
            Rule("fault", .server, on: "ERROR_SQL SERVER_ERROR ERROR_API INTERNAL_ERROR SQL_ERROR UNKNOWN_ERROR"),
            Rule("try later", .unavailable, .retryAfter, on: "TRY_AGAIN_LATER"),
            Rule("no message in time", .timeout, ambiguous: false, on: "TZ_OVER_EMPTY", cite: "https://onlinesim.io/docs/api"),
            Rule("wrong format", .validation, on: "ERROR_WRONG_TZID", says: ["format"], cite: "https://onlinesim.io/docs/api"),
            Rule("no connection", .network, ambiguous: false, on: "NO_CONNECTION"),
            Rule("too early", .conflict, .retryAfter, on: "EARLY_CANCEL_DENIED NO_COMPLETE_TZID"),
            Rule("no such order", .notFound, on: """
                NO_ACTIVATION NO_ACTIVATIONS WRONG_ACTIVATION_ID OPERATORS_NOT_FOUND INVALID_ACTIVATION_ID NUMBER_NOT_EXIST NO_CALL_TASK ERROR_NO_OPERATIONS \
                ID_NOT_EXIST ACTIVATION_NOT_FOUND NOT_FOUND ERROR_WRONG_TZID TZ_DELETED
                """),
            Rule("done already", .duplicate, .treatAsDone, on: """
                CALL_TASK_ALREADY_EXIST DUPLICATE_OPERATION ALREADY_FINISH ALREADY_CANCEL ALREADY_CANCELED ALREADY_FINISHED \
                ORDER_ALREADY_FINISHED ORDER_ALREADY_CANCELED
                """),
            Rule("twice", .duplicate, .fail, on: "REPEAT_ADDITIONAL_SERVICE ORDER_ALREADY_EXISTS"),
            Rule("cancelled", .cancelled, ambiguous: false, on: "STATUS_CANCEL STATUS_REVOKE"),
            Rule("not possible", .permanent, on: """
                NEW_ACTIVATION_IMPOSSIBLE RENEW_ACTIVATION_NOT_AVAILABLE RENT_DIE IMPOSSIBLE_TO_PROLONG FINISH_RENT CANT_CANCEL \
                LIFICYCLE_NUM_EXPIRED NEED_EXTENSION_NUMBER NO_CONFIRM_FORWARD
                """),
            Rule("parameters", .validation, on: """
                BAD_SERVICE BAD_ACTION BAD_STATUS BAD_COUNTRY WRONG_SERVICE WRONG_EXCEPTION_PHONE WRONG_ADDITIONAL_SERVICE \
                WRONG_OPERATOR WRONG_MAX_PRICE WRONG_SECURITY BAD_* WRONG_* ERROR_NO_* ERROR_LENGTH_NUMBER_FOR_FORWARD ERROR_PARAMS INCORECT_STATUS INCORRECT_STATUS \
                INVALID_* NO_ID_RENT NOT_AVAILABLE NO_ACTION NO_SERVICE NO_COUNTRY NO_STATUS NO_ID MAX_HOURS_EXCEED \
                TIME_INTERVAL_ERROR REQUEST_NOT_FOUND UNDEFINED_COUNTRY UNDEFINED_DAYS NO_FORWARD_FOR_DEFFER PARSE_COUNT_ERROR NO_OPERATOR
                """),
            Rule("other words", .unknown, .fail, ambiguous: true, on: "NO_* ERROR_* NOT_* ACCOUNT_* API_* WARNING_* ORDER_* NUMBER_* RENT_*",
                status: only(200), from: ["sms_activate", "smsbulk", "onlinesim"]),
            fiveSim("no stock", .resourceExhausted, .failover, says: ["no free phones", "not enough product qty", "no product"]),
            fiveSim("balance", .insufficientFunds, .failover, says: ["not enough user balance", "not enough balance", "low balance"]),
            fiveSim("rating", .authorization, .failover, says: ["not enough rating", "low rating"]),
            fiveSim("reuse", .resourceExhausted, .fail, says: ["reuse not possible", "reuse expired", "reuse false", "reuse"]),
            fiveSim("order", .notFound, says: ["order not found", "record not found", "no order"]),
            fiveSim("order over", .permanent, says: [
                "order expired", "order has sms", "order no sms", "order not received", "order finished", "order banned",
                "order canceled", "order cancelled", "order completed",
            ]),
            fiveSim("offline", .unavailable, ambiguous: true, says: ["server offline", "server is offline"]),
            fiveSim("fault", .server, says: ["internal error", "internal server error"]),
            fiveSim("banned", .authorization, says: ["banned", "user blocked"]),
            fiveSim("key", .authentication, says: ["unauthorized", "token*invalid", "wrong token"]),
            fiveSim("parameters", .validation, says: [
                "bad country", "bad product", "bad operator", "bad service", "select country", "select operator",
                "select product", "hosting order", "no country", "incorrect", "bad",
            ]),
        ])

    /// `BANNED:'2026-03-04 18:30:00'` names the end, by any year of this century.
    private static let bannedUntil = {
        var rule = Rule("banned until", .authorization, .retryAfter, on: "BANNED BANNED:*")
        rule.fragments = ["banned 20"]
        return rule
    }()

    private static let bannedUntilByText = {
        var rule = bannedUntil
        rule.name += ", by text"
        rule.codes = []
        return rule
    }()

    private static func fiveSim(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil,
        says phrases: [String]
    ) -> Rule {
        Rule(
            "5sim \(name)", category, disposition, ambiguous: ambiguous, says: phrases,
            from: ["five_sim"], cite: "https://5sim.net/docs")
    }
}
