import ErrorClassification
import Testing

@Suite struct EthereumTests {
    private static let vectors: [(String, PaymentCode)] = [
        ("insufficient funds for gas * price + value", .insufficientFunds),
        ("sender doesn't have enough funds", .insufficientFunds),
        ("transfer amount exceeds balance", .insufficientFunds),
        ("INSUFFICIENT FUNDS", .insufficientFunds),
        ("insufficient\nbalance", .insufficientFunds),
        ("invalid address checksum", .invalidAddress),
        ("checksum verification failed", .invalidAddress),
        ("malformed address format", .invalidAddress),
        ("address is invalid", .unknown),
        ("invalid checksum", .unknown),
        ("invalid amount: zero", .invalidAmount),
        ("amount is negative", .invalidAmount),
        ("transaction reverted during execution", .transactionReverted),
        ("connection timeout", .networkTimeout),
        ("request timed out after 30s", .networkTimeout),
        ("confirmation timeout exceeded", .confirmationTimeout),
        ("Transaction confirmation timeout after 300s: 0xabc", .confirmationTimeout),
        ("transaction not confirmed", .confirmationTimeout),
        ("429 Too Many Requests", .rateLimitExceeded),
        ("rate limit exceeded", .rateLimitExceeded),
        ("quota exceeded", .rateLimitExceeded),
        ("nonce too low", .nonceConflict),
        ("replacement transaction underpriced", .nonceConflict),
        ("gas price is too high", .gasPriceSpike),
        ("connection refused by RPC endpoint", .rpcConnectionFailed),
        ("failed to connect to Alchemy", .rpcConnectionFailed),
        ("wallet unlock failed", .walletUnlockFailed),
        ("web3 initialization failed", .web3InitializationFailed),
        ("", .unknown),
        ("Something completely unexpected happened", .unknown),
        ("Unhandled edge case", .unknown),
        ("This error doesn't match any pattern", .unknown),
    ]

    @Test("Each message gets its code", arguments: vectors)
    func messageGetsItsCode(message: String, code: PaymentCode) {
        #expect(ErrorClassifier.ethereum.classify(Failure(message: message)).code == code.rawValue)
    }

    @Test(
        "429 counts as a status only",
        arguments: [
            ("HTTP 429", true), ("HTTP/1.1 429", true), ("status code: 429", true), ("429", true), ("status=429", true),
            ("tx 0x42912 dropped", false), ("0x71429c0 failed", false), ("sent 429 wei", false),
            ("amount 429.00", false),
            ("1,429 units", false),
        ]
    )
    func numberIsNoStatus(message: String, isRateLimit: Bool) {
        let verdict = ErrorClassifier.ethereum.classify(Failure(message: message))
        #expect((verdict.category == .rateLimited) == isRateLimit)
    }

    @Test("What may have paid is ambiguous", arguments: PaymentCode.allCases)
    func ambiguity(code: PaymentCode) {
        let verdict = ErrorClassifier.ethereum.classify(Failure(code: code.rawValue))
        let mayHavePaid: Set<PaymentCode> = [.networkTimeout, .confirmationTimeout, .nonceConflict, .unknown]
        #expect(verdict.code == code.rawValue)
        #expect(verdict.isAmbiguous == mayHavePaid.contains(code))
        #expect(verdict.disposition.resends == code.isRetryable)
    }

    @Test("A timeout before anything was sent is not ambiguous")
    func timeoutBeforeSending() {
        let unsent = Failure(message: "connection timeout", transmission: .notSent)
        #expect(!ErrorClassifier.ethereum.classify(unsent).isAmbiguous)
        #expect(ErrorClassifier.ethereum.classify(Failure(message: "connection timeout")).isAmbiguous)
    }

    @Test("Codes as text are explained, unknown ones too")
    func explanations() {
        #expect(PaymentCode.explanation(of: "NOPE") == "Unknown error code: NOPE")
        #expect(PaymentCode.isRetryable("RATE_LIMIT_EXCEEDED"))
        #expect(!PaymentCode.isRetryable("NOPE"))
        #expect(PaymentCode.allCases.count == 13)
    }
}
