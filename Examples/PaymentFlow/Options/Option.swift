import ExampleSupport

/// The options by name, each with the values that it takes.
enum Option: String, CaseIterable, ProgramOption {
    case input = "--input"
    case store = "--store"
    case ledger = "--ledger"
    case gateway = "--gateway"
    case nodeKeys = "--node-keys"
    case seed = "--seed"
    case concurrency = "--concurrency"
    case workers = "--workers"
    case join = "--join"
    case speed = "--speed"
    case broken = "--break"
    case json = "--json"
    case help = "--help"

    var takesValue: Bool { self != .join && self != .json && self != .help }

    /// What may follow it.
    var form: String {
        switch self {
        case .input: "FILE, or - for the standard input"
        case .store: "memory or sqlite:FILE"
        case .ledger: "FILE"
        case .gateway: "idempotent or query-only"
        case .seed: "a number from 0 to \(UInt64.max)"
        case .concurrency: "1 to 1000"
        case .workers: "1 to 64"
        case .nodeKeys: "1 to 16"
        case .speed: "real, virtual or xN with N from 1 to 1000000"
        case .broken: "fence, resolver or intent"
        case .join, .json, .help: ""
        }
    }
}
