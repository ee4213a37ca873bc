/// The options of a program by name, each with the values that it takes.
package protocol ProgramOption: RawRepresentable<String>, Sendable {
    /// Whether a value follows it.
    var takesValue: Bool { get }
    /// What may follow it.
    var form: String { get }
}

extension ProgramOption {
    /// Reads arguments one by one, and hands each option with its value to `set`.
    ///
    /// - Parameters:
    ///   - arguments: those behind the program's name and its command.
    ///   - named: the option of a name, or an error that says what is wrong with it.
    /// - Throws: ``ExitError`` that names the argument and what is allowed.
    package static func read(
        _ arguments: ArraySlice<String>,
        named: (String) throws(ExitError) -> Self,
        set: (Self, String?) throws(ExitError) -> Void
    ) throws(ExitError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            var (name, attached) = split(argument)
            if name == "-h" { name = "--help" }
            let option = try named(name)
            guard option.takesValue else {
                guard attached == nil else { throw .usage("\(name) takes no value") }
                try set(option, nil)
                continue
            }
            guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
                throw .usage("\(name) needs a value: \(option.form)")
            }
            try set(option, value)
        }
    }

    private static func split(_ argument: String) -> (String, String?) {
        guard argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    // MARK: Values

    /// The number that stands behind the option.
    package func number<Number: FixedWidthInteger>(
        _ value: String,
        within range: ClosedRange<Number> = Number.min...Number.max
    ) throws(ExitError) -> Number {
        guard let number = Number(value), range.contains(number) else { throw refusing(value) }
        return number
    }

    /// The one of several words that stands behind the option.
    package func choice<Choice: RawRepresentable<String>>(_ value: String) throws(ExitError) -> Choice {
        guard let choice = Choice(rawValue: value) else { throw refusing(value) }
        return choice
    }

    /// How fast time goes.
    package func speed(_ value: String) throws(ExitError) -> RunSpeed {
        if value == "real" { return .real }
        if value == "virtual" { return .virtual }
        guard value.first == "x", let factor = Int(value.dropFirst()), RunSpeed.factors.contains(factor) else {
            throw refusing(value)
        }
        return .times(factor)
    }

    /// Where the work is kept.
    ///
    /// - Parameter isRead: whether the command only reads a file, which may then be given by its bare name.
    package func store(_ value: String, isRead: Bool) throws(ExitError) -> StoreChoice {
        if value == "memory", !isRead { return .memory }
        if value.hasPrefix("sqlite:"), value.utf8.count > 7 { return .sqlite(String(value.dropFirst(7))) }
        guard isRead, value != "memory" else { throw refusing(value) }
        return .sqlite(value)
    }

    /// Whether that many processes, or one more, can work on such a store at such a speed.
    package static func checkWorkers(
        _ workers: Int,
        join: Bool,
        _ store: StoreChoice?,
        _ speed: RunSpeed?
    ) throws(ExitError) {
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

    private func refusing(_ value: String) -> ExitError { .usage("\(rawValue) \(value): allowed is \(form)") }
}
