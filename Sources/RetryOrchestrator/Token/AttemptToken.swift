public import ResilienceCore

/// A payment on its way through queues that cannot keep state: what is to be paid, and which attempt it is.
///
/// The value alone; the trait `Crypto` writes it as text that nobody can change (`SignedAttemptTokens`) or read
/// (`EncryptedAttemptTokens`). Where a store is at hand ``RetryQueue`` needs no token.
///
/// ```swift
/// let first = AttemptToken(id: "p-1", apiID: "a-1", currency: "eth", network: "eth", amount: 0.5,
///     address: "0x12ab", at: clock.now)
/// let second = first.next(after: "RATE_LIMIT_EXCEEDED", at: clock.now)  // attempt 2 of the same payment
/// ```
public struct AttemptToken: Sendable, Hashable {
    /// The identity of the payment: the same on each attempt.
    public var id: String
    /// The identity by which the payment's own API knows it.
    public var apiID: String
    /// What is paid with, in lower case.
    public var currency: String
    /// Where, in lower case.
    public var network: String
    /// How much. Carried as it is, never calculated with.
    public var amount: Double
    /// To whom.
    public var address: String
    /// A label of the caller's, in lower case: `instant`, `threshold`, `batch`.
    public var context: String
    /// Which attempt it is; the first is 1.
    public var attempt: Int
    /// When the first attempt was asked for, in whole seconds.
    public var firstAttemptAt: Timestamp
    /// What the attempt before failed with; `nil` on the first.
    public var lastErrorCode: String?
    /// When the token was made, in whole seconds. It is accepted for a time from then.
    public var createdAt: Timestamp

    /// A token of a first attempt.
    ///
    /// - Parameters:
    ///   - id: the identity of the payment.
    ///   - apiID: the identity by which its own API knows it.
    ///   - currency: what is paid with.
    ///   - network: where.
    ///   - amount: how much.
    ///   - address: to whom.
    ///   - context: a label.
    ///   - now: when; cut to seconds.
    public init(
        id: String,
        apiID: String,
        currency: String,
        network: String,
        amount: Double,
        address: String,
        context: String = "instant",
        at now: Timestamp
    ) {
        self.id = id
        self.apiID = apiID
        self.currency = currency.lowercased()
        self.network = network.lowercased()
        self.amount = amount
        self.address = address
        self.context = context.lowercased()
        attempt = 1
        firstAttemptAt = now.wholeSeconds
        createdAt = now.wholeSeconds
    }

    /// The token of the next attempt: a new time, the same payment. At `Int.max` the count stays.
    public func next(after code: String, at now: Timestamp) -> AttemptToken {
        var token = self
        token.attempt = attempt == .max ? .max : attempt + 1
        token.lastErrorCode = code.isEmpty ? nil : code
        token.createdAt = now.wholeSeconds
        return token
    }
}

extension AttemptToken: Codable {
    private enum CodingKeys: String, CodingKey {
        case id = "unique_id"
        case apiID = "cn_api_id"
        case currency = "from_currency"
        case network = "from_network"
        case amount = "from_amount"
        case address = "payin_address"
        case context
        case createdAt = "timestamp"
        case attempt = "attempt_count"
        case firstAttemptAt = "first_attempt_at"
        case lastErrorCode = "last_error_code"
    }

    /// Reads the view that other languages read: times in seconds since 1970.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = try fields.decode(String.self, forKey: .id)
        apiID = try fields.decode(String.self, forKey: .apiID)
        currency = try fields.decode(String.self, forKey: .currency)
        network = try fields.decode(String.self, forKey: .network)
        amount = try fields.decode(Double.self, forKey: .amount)
        address = try fields.decode(String.self, forKey: .address)
        context = try fields.decodeIfPresent(String.self, forKey: .context) ?? "instant"
        createdAt = Timestamp(seconds: try fields.decode(Int64.self, forKey: .createdAt))
        attempt = try fields.decodeIfPresent(Int.self, forKey: .attempt) ?? 1
        firstAttemptAt =
            try fields.decodeIfPresent(Int64.self, forKey: .firstAttemptAt).map(Timestamp.init(seconds:)) ?? createdAt
        lastErrorCode = try fields.decodeIfPresent(String.self, forKey: .lastErrorCode)
    }

    /// Writes that view.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(apiID, forKey: .apiID)
        try fields.encode(currency, forKey: .currency)
        try fields.encode(network, forKey: .network)
        try fields.encode(amount, forKey: .amount)
        try fields.encode(address, forKey: .address)
        try fields.encode(context, forKey: .context)
        try fields.encode(createdAt.seconds, forKey: .createdAt)
        try fields.encode(attempt, forKey: .attempt)
        try fields.encode(firstAttemptAt.seconds, forKey: .firstAttemptAt)
        try fields.encode(lastErrorCode, forKey: .lastErrorCode)
    }
}

/// Why a token was not written or not accepted.
public enum AttemptTokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A field cannot be written: it is longer than the format has room for.
    case fieldTooLong(field: String, bytes: Int, limit: Int)
    /// A field cannot be written, or the text has a good signature and cannot be read all the same.
    case malformed(field: String)
    /// The text is not base64 for URLs, without padding, as it is written here.
    case notBase64
    /// The text is too short or too long to be a token.
    case wrongLength(characters: Int)
    /// The signature is not that of this text and key: it was changed, or is not ours.
    case signatureMismatch
    /// No key of that name is known.
    case unknownKey(String)
    /// The token was made too long ago.
    case expired(createdAt: Timestamp)
    /// The token was made later than now, by more than clocks differ.
    case notYetValid(createdAt: Timestamp)

    public var description: String {
        switch self {
        case .fieldTooLong(let field, let bytes, let limit): "\(field) has \(bytes) bytes, allowed are \(limit)"
        case .malformed(let field): "the token is malformed: \(field)"
        case .notBase64: "the token is not base64 for URLs"
        case .wrongLength(let characters): "a text of \(characters) characters is no token"
        case .signatureMismatch: "signature mismatch"
        case .unknownKey(let name): "no key \(name) is known"
        case .expired(let createdAt): "token expired: it was made at \(createdAt)"
        case .notYetValid(let createdAt): "the token is of the future: it was made at \(createdAt)"
        }
    }
}

extension Timestamp {
    /// Seconds since 1970, rounded down.
    package var seconds: Int64 {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? whole - 1 : whole
    }

    /// Without the fraction of a second.
    var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }
}
