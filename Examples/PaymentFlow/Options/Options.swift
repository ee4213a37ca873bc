import ExampleSupport

/// What the command line asks for.
struct Options: Sendable, Equatable {
    var command = Command.run
    var input: String?
    var store: StoreChoice?
    var ledger: String?
    var namedGateway: GatewayKind?
    /// How many API keys the node in front of the gateway has; 0 for no such node.
    var nodeKeys = 0
    var seed: UInt64 = 1
    var concurrency = 16
    var workers = 1
    var join = false
    var speed: RunSpeed?
    var broken: Protection?
    var json = false

    /// A broken protection shows where the gateway does not make up for it.
    var gateway: GatewayKind { namedGateway ?? (broken == nil ? .idempotent : .queryOnly) }

    /// What is done.
    enum Command: String, Sendable {
        case run
        case verify
        case inspect
        case help
    }

    /// How the gateway guards against a payment being made twice.
    enum GatewayKind: String, Sendable, CaseIterable {
        /// It applies a key once.
        case idempotent
        /// It knows no keys, but says whether a payment was made.
        case queryOnly = "query-only"
    }

    /// A protection that is switched off, to see what it is good for.
    enum Protection: String, Sendable, CaseIterable {
        /// Nobody compares fences: neither the store nor the gateway.
        case fence
        /// The question whether a payment was made is always answered with no.
        case resolver
        /// The intent is not written before the call.
        case intent
    }
}
