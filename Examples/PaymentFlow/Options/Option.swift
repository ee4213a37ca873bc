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

    /// The option of that name, if the command has it.
    init(named name: String, of command: Options.Command) throws(ExitError) {
        guard name.hasPrefix("-") else {
            throw .usage("\"\(name)\" is neither a command (verify, inspect) nor an option; see --help")
        }
        guard let option = Option(rawValue: name) else { throw .usage("unknown option \(name); see --help") }
        guard option.belongs(to: command) else {
            throw .usage("\(name) is no option of \(command.rawValue); see --help")
        }
        self = option
    }

    private func belongs(to command: Options.Command) -> Bool {
        switch command {
        case .run, .help: true
        case .verify: [.input, .ledger, .store, .json, .help].contains(self)
        case .inspect: [.store, .json, .help].contains(self)
        }
    }

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
