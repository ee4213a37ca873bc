/// One line of the ledger.
struct LedgerLine: Codable, Sendable, Equatable {
    /// What it tells of.
    enum Kind: String, Codable, Sendable {
        /// A payment that was made.
        case payment
        /// A call that was not paid.
        case call
        /// A question whether a payment was made.
        case query
    }

    var kind: Kind
    var id: String
    var attempt: Int
    /// The fence of the request; `nil` where the caller gave none.
    var fence: UInt64?
    /// The caller's key, of a payment.
    var key: String?
    var amount: String?
    var currency: String?
    var to: String?
    var transaction: String?
    /// What was answered, where it was not paid.
    var answer: String?
    /// Whether no other attempt would change that.
    var final: Bool?
}
