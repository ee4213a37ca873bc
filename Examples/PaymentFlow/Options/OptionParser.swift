import ExampleSupport

extension Options: ProgramOptions {
    static var commands: String { "verify, inspect" }

    /// Reads the arguments behind the program's name.
    ///
    /// - Throws: ``ExitError`` that names the argument and what is allowed.
    init(arguments: [String]) throws(ExitError) {
        try read(arguments)
        try checkCombination()
    }

    func takes(_ option: Option) -> Bool {
        switch command {
        case .run, .help: true
        case .verify: [.input, .ledger, .store, .json, .help].contains(option)
        case .inspect: [.store, .json, .help].contains(option)
        }
    }

    mutating func set(_ option: Option, to value: String) throws(ExitError) {
        switch option {
        case .input: input = value
        case .store: store = try option.store(value, isRead: command != .run)
        case .ledger: ledger = value
        case .nodeKeys: nodeKeys = try option.number(value, within: 1...16)
        case .seed: seed = try option.number(value)
        case .concurrency: concurrency = try option.number(value, within: 1...1_000)
        case .workers: workers = try option.number(value, within: 1...64)
        case .gateway: namedGateway = try option.choice(value)
        case .broken: broken = try option.choice(value)
        case .speed: speed = try option.speed(value)
        case .join: join = true
        case .json: json = true
        case .help: command = .help
        }
    }

    private func checkCombination() throws(ExitError) {
        switch command {
        case .help: return
        case .verify:
            guard input != nil, input != "-", ledger != nil else {
                throw .usage("verify needs --input FILE and --ledger FILE")
            }
        case .inspect:
            guard store != nil else { throw .usage("inspect needs --store FILE") }
        case .run:
            try Option.checkWorkers(workers, join: join, store, speed)
        }
    }
}
