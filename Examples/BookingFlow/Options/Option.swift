import ExampleSupport

/// The options by name, each with the values that it takes.
enum Option: String, CaseIterable, ProgramOption {
    case input = "--input"
    case store = "--store"
    case ledger = "--ledger"
    case seed = "--seed"
    case concurrency = "--concurrency"
    case speed = "--speed"
    case workers = "--workers"
    case join = "--join"
    case broken = "--break"
    case killAt = "--kill-at"
    case json = "--json"
    case help = "--help"

    var takesValue: Bool { self != .join && self != .json && self != .help }

    /// What may follow it.
    var form: String {
        switch self {
        case .input: "FILE, or - for the standard input"
        case .store: "memory or sqlite:FILE"
        case .ledger: "FILE"
        case .seed: "a number from 0 to \(UInt64.max)"
        case .concurrency: "1 to 1000"
        case .speed: "real, virtual or xN with N from 1 to 1000000"
        case .broken: "one of \(Options.Protection.names)"
        case .killAt: "one of \(SagaPoint.names)"
        case .workers: "1 to 64"
        case .join, .json, .help: ""
        }
    }
}

extension Options: ProgramOptions {
    static var commands: String { "verify" }

    /// Reads the arguments behind the program's name.
    ///
    /// - Throws: ``ExitError`` that names the argument and what is allowed.
    init(arguments: [String]) throws(ExitError) {
        try read(arguments)
        if command == .run { try checkRun() }
        guard command == .verify else { return }
        guard input != nil, input != "-", ledger != nil, store != nil else {
            throw .usage("verify needs --input FILE, --ledger FILE and --store FILE")
        }
    }

    private func checkRun() throws(ExitError) {
        try Option.checkWorkers(workers, join: join, store, speed)
        guard killAt != nil else { return }
        if store == .memory { throw .usage("--kill-at needs a store on disk: nothing goes on from memory") }
        if workers > 1 { throw .usage("--kill-at kills one process: start it with --join beside --workers \(workers)") }
    }

    func takes(_ option: Option) -> Bool {
        command != .verify || [.input, .ledger, .store, .json, .help].contains(option)
    }

    mutating func set(_ option: Option, to value: String) throws(ExitError) {
        switch option {
        case .input: input = value
        case .store: store = try option.store(value, isRead: command == .verify)
        case .ledger: ledger = value
        case .seed: seed = try option.number(value)
        case .concurrency: concurrency = try option.number(value, within: 1...1_000)
        case .speed: speed = try option.speed(value)
        case .broken: broken = try option.choice(value)
        case .killAt: killAt = try option.choice(value)
        case .workers: workers = try option.number(value, within: 1...64)
        case .join: join = true
        case .json: json = true
        case .help: command = .help
        }
    }
}
