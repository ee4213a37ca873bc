// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// JSON-RPC of Ethereum nodes and libraries: geth's messages, EIP-1474 codes where no message says more, and what
    /// Alchemy, Infura, QuickNode, ethers and web3.py make of them. Codes such as -32005 differ by vendor.
    public static let ethereumNodes = RuleTable(
        "ethereumNodes",
        of: ["ethereum_geth", "ethereum_rpc", "ethers", "web3py", "alchemy", "infura", "quicknode", "ethereum", "geth", "erigon", "nethermind"],
        needsSource: true, cite: "https://github.com/ethereum/go-ethereum/blob/master/core/error.go", [
            Rule("query above the limit", .validation, says: [
                "query returned more than", "response too large", "response size*exceeded", "limited to a*range", "block range",
                "exceed maximum block range", "query exceeds max results", "log response size exceeded", "batch too large",
                "range too large", "limited to a 10,000", "too many topics", "exceeds*max results", "response size should not",
            ]),
            Rule("revert", .permanent, on: "3 CALL_EXCEPTION UNPREDICTABLE_GAS_LIMIT ContractLogicError ContractCustomError ContractPanicError"),
            Rule("revert, by text", .permanent, says: [
                "execution reverted", "transaction reverted", "vm execution error", "missing revert data", "out of gas",
                "invalid opcode", "stack underflow", "invalid jump destination", "transaction execution error", "revert opcode",
                "stack limit reached", "max code size exceeded", "contract creation code storage out of gas", "write protection",
                "simulation failed", "always failing transaction",
            ]),
            Rule("funds", .insufficientFunds, .fail, says: [
                "insufficient funds", "insufficient balance", "exceeds balance", "overshot", "doesn't have enough funds",
                "exceeds account balance", "insufficientfunds", "would cause overdraft",
            ]),
            Rule("nonce used", .conflict, ambiguous: true, says: [
                "nonce too low", "nonce has already been used", "nonce already used", "invalid nonce", "nonce is too low", "oldnonce",
                "ownnoncealreadyused",
            ]),
            Rule("same transaction", .duplicate, .treatAsDone, says: [
                "already known", "known transaction", "already imported", "already been mined", "already in the mempool",
                "transaction already in mempool", "alreadyknown",
            ]),
            Rule("nonce gap", .conflict, says: [
                "nonce too high", "nonce gap", "authority already reserved", "account*reserved", "address already reserved",
            ]),
            Rule("replacement", .conflict, .fail, says: [
                "replacement transaction underpriced", "replacement fee too low", "future transaction tries to replace pending",
                "replacement*underpriced", "gapped nonce", "gapped-nonce",
            ]),
            Rule("block full", .resourceExhausted, .retry, says: ["^gas limit reached"]),
            Rule("fees and gas", .validation, says: [
                "gas uint64 overflow", "blob transaction", "blob hashes", "set code transaction", "exceed max topics", "exceed max addresses",
                "missing or invalid parameters", "invalid input", "feetoolow", "gaslimitexceeded",
                "nonce has max value", "underpriced", "max fee per gas", "max priority fee per gas", "intrinsic gas", "intrinsic*gas too low",
                "exceeds block gas limit", "gas limit too high", "floor data gas", "fee cap", "tip above fee cap",
                "gas price must exceed", "exceeds the configured cap", "exceeds cap", "insufficient gas", "gas required exceeds allowance",
                "gas limit", "blob fee", "blob*gas", "max initcode size", "oversized data", "transaction type not supported",
                "invalid sender", "sender not an eoa", "invalid transaction", "negative value", "rlp", "invalid chain id",
                "chain id", "eip 155", "eip-155", "only replay protected", "gas price too low", "maxfeepergas", "tx fee", "invalid argument", "cannot unmarshal",
                "missing value for required argument", "too many arguments", "invalid address", "invalid checksum", "hex string",
                "extends beyond current head", "invalid block range", "empty authorization", "blobless", "blob*invalid",
            ]),
            Rule("pool full", .resourceExhausted, .retry, says: [
                "txpool is full", "transaction pool*full", "in flight transaction limit", "queue is full",
                "account limit exceeded", "too many pending",
            ]),
            Rule("not processed in time", .timeout, ambiguous: true, says: [
                "added to the transaction pool but", "wasn't processed in", "not in the chain after", "not mined within",
                "is not in the chain", "not confirmed within", "confirmation timeout",
            ]),
            Rule("call timed out", .timeout, ambiguous: false, says: ["execution timed out", "execution aborted*timeout", "execution timeout"]),
            Rule("timed out", .timeout, ambiguous: true, says: ["request timed out", "timed out", "timeout", "timeexhausted", "deadline exceeded"]),
            Rule("quota", .quotaExhausted, says: [
                "monthly capacity limit", "daily credit limit", "monthly credit", "daily request count exceeded", "capacity limit exceeded",
                "project id request rate*daily", "usage limit", "upgrade your plan", "purchase additional credits", "quota exceeded",
                "monthly request limit", "daily request limit", "daily limit",
            ]),
            Rule("rate", .rateLimited, says: [
                "rate limit", "rate limited", "too many requests", "request limit exceeded", "request limit reached",
                "compute units per second", "requests per second", "exceeded its throughput", "request rate exceeded",
                "exceeded its compute units", "limit exceeded", "concurrent requests",
            ]),
            Rule("not indexed yet", .unavailable, says: [
                "indexing is in progress", "syncing", "node is not synced", "resource unavailable", "not ready", "temporarily unavailable",
                "no available nodes", "no suitable peers", "backend is unhealthy", "service unavailable",
            ]),
            Rule("plan without it", .authorization, says: ["does not have access to"]),
            Rule("pruned", .configuration, .failover, says: ["missing trie node", "state*not available", "pruned", "archive"]),
            Rule("lagging", .notFound, .retry, says: ["header not found", "transaction not found", "block not found", "header for hash not found", "unknown block"]),
            Rule("filter or account", .notFound, says: [
                "filter not found", "unknown account", "does not exist*hash", "with hash*does not exist", "resource not found", "no contract code", "subscription not found",
                "not found",
            ]),
            Rule("wallet locked", .authentication, says: ["authentication needed", "password or unlock", "could not decrypt key"]),
            Rule("credential", .authentication, says: [
                "must be authenticated", "invalid project id", "project id required", "invalid api key", "unauthorized", "invalid id",
                "invalid access token", "api key", "invalid token",
            ]),
            Rule("not allowed", .authorization, says: [
                "not allowed", "permission", "forbidden", "rejected due to project id settings", "project id settings", "unauthorized origin",
                "not whitelisted", "restricted", "origin",
            ]),
            Rule("method", .configuration, says: [
                "method*does not exist", "method not found", "not supported", "unsupported method", "not available on", "notifications not supported",
                "not enabled", "unknown method",
            ]),
            Rule("closed", .network, ambiguous: false, says: ["client is closed"]),
            Rule("not reached", .network, ambiguous: false, says: ["connection refused", "no route to host", "network is unreachable"]),
            Rule("lost", .network, ambiguous: true, says: [
                "missing response", "connection reset", "could not detect network", "socket closed", "connection lost", "websocket*closed",
                "connection closed", "bad response", "abnormal closure", "unexpected eof", "eof$", "broken pipe",
            ]),
            Rule("limit exceeded", .rateLimited, on: "-32005", from: ["ethereum_rpc", "infura", "alchemy", "ethereum_geth", "ethereum"],
                cite: "https://eips.ethereum.org/EIPS/eip-1474#error-codes"),
            Rule("geth timeout", .timeout, ambiguous: true, on: "-32002", from: ["ethereum_geth"]),
            Rule("geth size", .validation, on: "-32003", from: ["ethereum_geth"]),
            Rule("unavailable by code", .unavailable, on: "-32002", cite: "https://eips.ethereum.org/EIPS/eip-1474#error-codes"),
            Rule("rejected", .permanent, on: "-32003 -32015", cite: "https://eips.ethereum.org/EIPS/eip-1474#error-codes"),
            Rule("absent by code", .notFound, on: "-32001", cite: "https://eips.ethereum.org/EIPS/eip-1474#error-codes"),
            Rule("method by code", .configuration, on: "-32601 -32004 -32006 4200", cite: "https://eips.ethereum.org/EIPS/eip-1474#error-codes"),
            Rule("request by code", .validation, on: "-32700 -32600 -32602 -38012 -38013 -38015 -38020 -38021 -38022 -38023 -38024 -38025 -38026 -32614 -32012 -32011", cite: "https://www.jsonrpc.org/specification#error_object"),
            Rule("wallet: user said no", .cancelled, ambiguous: false, on: "4001 ACTION_REJECTED", cite: "https://eips.ethereum.org/EIPS/eip-1193#provider-errors"),
            Rule("wallet: not authorised", .authorization, on: "4100", cite: "https://eips.ethereum.org/EIPS/eip-1193#provider-errors"),
            Rule("wallet: disconnected", .network, ambiguous: true, on: "4900 4901", cite: "https://eips.ethereum.org/EIPS/eip-1193#provider-errors"),
            Rule("nonce by code", .conflict, ambiguous: true, on: "-38010 NONCE_EXPIRED", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("nonce gap by code", .conflict, on: "-38011"),
            Rule("funds by code", .insufficientFunds, .fail, on: "-38014 INSUFFICIENT_FUNDS"),
            Rule("ethers replacement", .conflict, .fail, on: "REPLACEMENT_UNDERPRICED", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers replaced", .conflict, .fail, ambiguous: true, on: "TRANSACTION_REPLACED", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers timeout", .timeout, on: "TIMEOUT", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers network", .network, ambiguous: true, on: "NETWORK_ERROR SERVER_ERROR", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers setup", .configuration, on: "UNSUPPORTED_OPERATION NOT_IMPLEMENTED UNCONFIGURED_NAME", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers data", .dataCorruption, on: "BAD_DATA", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers cancelled", .cancelled, ambiguous: true, on: "CANCELLED", cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            Rule("ethers argument", .validation, on: """
                INVALID_ARGUMENT MISSING_ARGUMENT UNEXPECTED_ARGUMENT NUMERIC_FAULT BUFFER_OVERRUN VALUE_MISMATCH \
                Web3ValidationError InvalidAddress InvalidTransaction TransactionTypeMismatch ExtraDataLengthError \
                Web3TypeError ABIEventNotFound ABIFunctionNotFound MismatchedABI FallbackNotFound
                """, cite: "https://docs.ethers.org/v6/api/utils/errors/"),
            web3("setup", .configuration, on: "BadFunctionCallOutput MethodUnavailable MethodNotSupported CannotHandleRequest NoABIFound NoABIFunctionsFound InsufficientData"),
            web3("absent", .notFound, on: "TransactionNotFound BlockNotFound NameNotFound BlockNumberOutOfRange"),
            web3("not mined in time", .timeout, on: "TimeExhausted RequestTimedOut"),
            web3("rate", .rateLimited, on: "TooManyRequests"),
            web3("connection", .network, ambiguous: true, on: "ProviderConnectionError PersistentConnectionError PersistentConnectionClosedOK"),
            web3("behind", .unavailable, on: "StaleBlockchain TransactionIndexingInProgress"),
            web3("reply", .server, on: "BadResponseFormat"),
            Rule("internal", .server, on: "-32603", cite: "https://www.jsonrpc.org/specification#error_object"),
            Rule("unknown to the library", .unknown, on: "-32000 UNKNOWN_ERROR"),
        ])

    /// The words of ``ethereum`` for nodes, whose plain statuses and network errors say more than its last resort.
    static let ethereumWords = {
        let words = ethereum.rules.filter { !$0.isUnconditional }
        return RuleTable(preset: ethereum.name, systems: ethereumNodes.systems, needsSource: true, rules: words)
    }()

    /// A node answers failures with status 200: what no rule knows is no success.
    static let ethereumReplies = RuleTable(
        "ethereumReplies", of: ethereumNodes.systems, needsSource: true, cite: "https://www.jsonrpc.org/specification#error_object", [
            Rule("other failure", .unknown, .fail, ambiguous: true, status: [100...299]),
        ])

    private static func web3(_ name: String, _ category: Category, ambiguous: Bool? = nil, on codes: String) -> Rule {
        Rule(
            "web3.py \(name)", category, ambiguous: ambiguous, on: codes, from: ["web3py"],
            cite: "https://web3py.readthedocs.io/en/stable/web3.exceptions.html")
    }
}
