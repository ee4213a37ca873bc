// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Bots and short messages: Telegram and Twilio.
    public static let messaging = RuleTable(
        "messaging", of: ["telegram", "twilio"], needsSource: true, cite: "https://core.telegram.org/bots/api", [
            telegram("chat gone", .invalidRecipient, says: [
                "chat not found", "bot was blocked by the user", "user is deactivated", "bot can't initiate conversation",
                "bot was kicked", "peer_id_invalid", "user not found", "group chat was deactivated", "chat was deactivated",
                "bot is not a member", "group chat was upgraded", "user_id_invalid", "bots can't send messages to bots",
                "input_user_deactivated", "participant_id_invalid",
            ]),
            telegram("done already", .duplicate, .treatAsDone, says: ["message is not modified", "webhook is already", "logged out already"]),
            telegram("rate", .rateLimited, says: ["too many requests", "retry after", "flood"]),
            telegram("absent", .notFound, says: ["message to edit not found", "message to delete not found", "not found"]),
            telegram("rights", .authorization, says: [
                "not enough rights", "have no rights", "chat_write_forbidden", "chat_admin_required", "can't be deleted",
                "need administrator rights", "method is available only for", "forbidden",
            ]),
            telegram("two readers", .conflict, .fail, says: ["terminated by other getupdates", "webhook is active", "conflict"]),
            telegram("credential", .authentication, says: ["unauthorized"]),
            twilio("recipient", .invalidRecipient, on: """
                21211 21214 21217 21219 21265 21401 21407 21421 21610 21612 21614 30003 30004 30005 30006 60200 \
                60205 63003 21635 21617001 13224 13225
                """),
            twilio("account balance", .insufficientFunds, .failover, on: "30002 20005 90010"),
            twilio("rate", .rateLimited, on: "20429 14107 30022 63018 63017 60203 60202 88001 10004 30001 51002 54009"),
            twilio("daily", .quotaExhausted, on: "63038 30023 30027 30453"),
            twilio("queue full", .overloaded, on: "21611"),
            twilio("credential", .authentication, on: "20003 20006 20101 20102 20103 20104 20107 20403001"),
            twilio("permission", .authorization, on: "20403 21408 21606 21608 20008 21660 21703 30007 30034 30035 30044 10001 30010"),
            twilio("absent", .notFound, on: "20404 30404"),
            twilio("setup", .configuration, on: "21212 21603 21609 21705 30032 30033 30038 11100 20405 12100 12200 12300"),
            twilio("retrieval", .network, ambiguous: true, on: "11200 11205 11206 11210 11220 11237"),
            twilio("timeout", .timeout, on: "11201 11202"),
            twilio("fault", .server, on: "20500 30008 30017 30018 30019 60500"),
            twilio("unavailable", .unavailable, on: "20503 30009 30410"),
            twilio("conflict", .conflict, on: "20409 20412"),
            twilio("request", .validation, on: """
                20001 20002 20004 20009 21201 21202 21205 21210 21213 21215 21216 21218 21220 21601 21602 21604 21605 21607 \
                21617 21618 21619 21620 21622 21623 21624 21625 21626 20422 11 12 13* 21* 30*
                """),
        ])

    private static func telegram(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, says phrases: [String]
    ) -> Rule {
        Rule("telegram \(name)", category, disposition, says: phrases, from: ["telegram"])
    }

    private static func twilio(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil, on codes: String
    ) -> Rule {
        Rule(
            "twilio \(name)", category, disposition, ambiguous: ambiguous, on: codes, from: ["twilio"],
            cite: "https://www.twilio.com/docs/api/errors")
    }
}
