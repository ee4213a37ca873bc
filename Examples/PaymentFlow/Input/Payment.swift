/// A payment to be made.
struct Payment: Codable, Sendable, Equatable {
    /// Its identity: the same id is paid once.
    let id: String
    /// The order of the exchange that it belongs to.
    let apiID: String
    let fromCurrency: String
    let fromNetwork: String
    /// How much, as decimal text: amounts are never rounded on their way.
    let amount: Amount
    let payinAddress: String
    let context: Context

    /// Why it is made.
    enum Context: String, Codable, Sendable, CaseIterable {
        case instant
        case threshold
        case batch
    }
}

/// What the gateway gives for a payment that was made.
struct Receipt: Codable, Sendable, Equatable {
    /// The hash of the transaction.
    let transaction: String
}
