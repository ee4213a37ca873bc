// swift-format-ignore-file
// Tables, a rule to a line.
/// The codes of payments on Ethereum, each with what it means; `RuleTable.ethereum` gives them as ``Classification/code``.
public enum PaymentCode: String, Sendable, Hashable, Codable, CaseIterable {
    /// The wallet cannot pay the amount and the fee.
    case insufficientFunds = "INSUFFICIENT_FUNDS"
    /// The address is not one.
    case invalidAddress = "INVALID_ADDRESS"
    /// The amount is zero, negative or too large.
    case invalidAmount = "INVALID_AMOUNT"
    /// The contract refused the transaction, and would again.
    case transactionReverted = "TRANSACTION_REVERTED_PERMANENT"
    /// It was sent and not confirmed in time: it may yet be.
    case confirmationTimeout = "CONFIRMATION_TIMEOUT"
    /// The node did not answer in time.
    case networkTimeout = "NETWORK_TIMEOUT"
    /// The node has had too many requests.
    case rateLimitExceeded = "RATE_LIMIT_EXCEEDED"
    /// Another transaction took the nonce: perhaps an earlier attempt of this payment.
    case nonceConflict = "NONCE_CONFLICT"
    /// The fee is over the limit that was set.
    case gasPriceSpike = "GAS_PRICE_SPIKE"
    /// There is no connection to the node.
    case rpcConnectionFailed = "RPC_CONNECTION_FAILED"
    /// The key of the wallet cannot be had.
    case walletUnlockFailed = "WALLET_UNLOCKED_FAILED"
    /// The client library did not start.
    case web3InitializationFailed = "WEB3_INITIALIZATION_FAILED"
    /// No rule knows the failure.
    case unknown = "UNKNOWN_ERROR"

    /// Who has to act on a code.
    public enum Group: String, Sendable, Hashable, Codable {
        /// The payment itself is wrong: never sent again by itself.
        case critical
        /// It passes: sent again.
        case transient
        /// The operator has to change something.
        case config
        /// Nobody knows.
        case unknown
    }

    /// Who has to act.
    public var group: Group {
        switch self {
        case .insufficientFunds, .invalidAddress, .invalidAmount, .transactionReverted: .critical
        case .confirmationTimeout, .networkTimeout, .rateLimitExceeded, .nonceConflict, .gasPriceSpike: .transient
        case .rpcConnectionFailed, .walletUnlockFailed, .web3InitializationFailed: .config
        case .unknown: .unknown
        }
    }

    /// Whether another attempt can succeed without a person.
    public var isRetryable: Bool { group == .transient }

    /// One sentence for a person.
    public var explanation: String {
        switch self {
        case .insufficientFunds: "Host wallet has insufficient ETH for payment + gas fees"
        case .invalidAddress: "Payin address is malformed or invalid"
        case .invalidAmount: "Payment amount is invalid (zero, negative, or too large)"
        case .transactionReverted: "Transaction reverted on-chain (non-gas related)"
        case .confirmationTimeout: "Transaction not confirmed within 300s (mempool congestion)"
        case .networkTimeout: "RPC connection timeout (Alchemy API slow/unavailable)"
        case .rateLimitExceeded: "Alchemy 429 rate limit hit (too many requests)"
        case .nonceConflict: "Nonce already used or too low (race condition)"
        case .gasPriceSpike: "Gas price exceeds safety threshold (network congestion)"
        case .rpcConnectionFailed: "Cannot connect to Ethereum RPC (Alchemy API down)"
        case .walletUnlockFailed: "Cannot access wallet private key (Secret Manager error)"
        case .web3InitializationFailed: "Web3 provider initialization failed (library/network issue)"
        case .unknown: "Unexpected exception (unhandled edge case)"
        }
    }

    /// The sentence for a code as text, also for one that is none of these.
    public static func explanation(of code: String) -> String {
        PaymentCode(rawValue: code)?.explanation ?? "Unknown error code: \(code)"
    }

    /// Whether a code as text is retryable; one that is none of these is not.
    public static func isRetryable(_ code: String) -> Bool { PaymentCode(rawValue: code)?.isRetryable ?? false }
}
