extension Options {
    /// Reads the arguments behind the program's name.
    ///
    /// - Throws: ``ExitError`` that names the argument and what is allowed.
    init(arguments: [String]) throws(ExitError) {
        var rest = arguments[...]
        if let first = rest.first, let command = Command(rawValue: first) {
            self.command = command
            rest.removeFirst()
        }
        var gatewayWasNamed = false
        while let argument = rest.popFirst() {
            var (name, attached) = Self.split(argument)
            if name == "-h" { name = "--help" }
            let option = try Option(named: name, of: command)
            if option == .gateway { gatewayWasNamed = true }
            guard option.takesValue else {
                guard attached == nil else { throw .usage("\(name) takes no value") }
                set(option)
                continue
            }
            guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
                throw .usage("\(name) needs a value: \(option.form)")
            }
            try set(option, to: value)
        }
        // A broken protection shows where the gateway does not make up for it.
        if broken != nil, !gatewayWasNamed { gateway = .queryOnly }
        try checkCombination()
    }

    private static func split(_ argument: String) -> (String, String?) {
        guard argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    private mutating func set(_ option: Option) {
        switch option {
        case .join: join = true
        case .json: json = true
        default: command = .help
        }
    }

    private mutating func set(_ option: Option, to value: String) throws(ExitError) {
        switch option {
        case .input: input = value
        case .store: store = try Self.store(value, command)
        case .ledger: ledger = value
        case .seed: seed = try Self.number(UInt64(value), option, value)
        case .concurrency: concurrency = try Self.number(Int(value), option, value, within: 1...1_000)
        case .workers: workers = try Self.number(Int(value), option, value, within: 1...64)
        case .gateway: gateway = try Self.choice(option, value)
        case .broken: broken = try Self.choice(option, value)
        case .speed: speed = try Self.speed(value)
        case .join, .json, .help: break
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ number: Number?,
        _ option: Option,
        _ value: String,
        within range: ClosedRange<Number> = Number.min...Number.max
    ) throws(ExitError) -> Number {
        guard let number, range.contains(number) else { throw wrong(option, value) }
        return number
    }

    private static func choice<Choice: RawRepresentable<String>>(
        _ option: Option,
        _ value: String
    ) throws(ExitError) -> Choice {
        guard let choice = Choice(rawValue: value) else { throw wrong(option, value) }
        return choice
    }

    private static func speed(_ value: String) throws(ExitError) -> Speed {
        if value == "real" { return .real }
        if value == "virtual" { return .virtual }
        guard value.first == "x", let factor = Int(value.dropFirst()), Speed.factors.contains(factor) else {
            throw wrong(.speed, value)
        }
        return .times(factor)
    }

    private static func store(_ value: String, _ command: Command) throws(ExitError) -> StoreChoice {
        if value == "memory", command == .run { return .memory }
        if value.hasPrefix("sqlite:"), value.utf8.count > 7 { return .sqlite(String(value.dropFirst(7))) }
        // What reads a file may be given its bare name.
        guard command != .run, value != "memory" else { throw wrong(.store, value) }
        return .sqlite(value)
    }

    private static func wrong(_ option: Option, _ value: String) -> ExitError {
        .usage("\(option.rawValue) \(value): allowed is \(option.form)")
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
            if workers > 1, speed == .virtual {
                throw .usage("--workers \(workers) needs --speed real or xN: virtual time is of one process")
            }
            if workers > 1, store == .memory {
                throw .usage("--workers \(workers) needs a store on disk, not --store memory")
            }
            if join, workers > 1 { throw .usage("--join is one worker more; it goes without --workers") }
            guard join else { return }
            guard case .sqlite = store else { throw .usage("--join needs --store sqlite:FILE") }
        }
    }
}
