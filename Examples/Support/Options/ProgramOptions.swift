/// What a command line asks for: a command, and options with their values.
package protocol ProgramOptions {
    associatedtype Option: ProgramOption
    associatedtype Command: RawRepresentable<String>

    var command: Command { get set }
    /// The commands that a user may name, as an error lists them.
    static var commands: String { get }

    /// Whether the command takes that option.
    func takes(_ option: Option) -> Bool

    /// Takes an option with its value, which is empty for one that has none.
    mutating func set(_ option: Option, to value: String) throws(ExitError)
}

extension ProgramOptions {
    /// Reads the arguments behind the program's name: a command, if the first of them is one, and options.
    ///
    /// - Throws: ``ExitError`` that names the argument and what is allowed.
    package mutating func read(_ arguments: [String]) throws(ExitError) {
        var rest = arguments[...]
        if let named = rest.first.flatMap({ Command(rawValue: $0) }) {
            command = named
            rest.removeFirst()
        }
        let bare = self
        var read = self
        try Option.read(rest) { name throws(ExitError) in
            try bare.option(named: name)
        } set: { option, value throws(ExitError) in
            try read.set(option, to: value ?? "")
        }
        self = read
    }

    private func option(named name: String) throws(ExitError) -> Option {
        guard name.hasPrefix("-") else {
            throw .usage("\"\(name)\" is neither a command (\(Self.commands)) nor an option; see --help")
        }
        guard let option = Option(rawValue: name) else { throw .usage("unknown option \(name); see --help") }
        guard takes(option) else { throw .usage("\(name) is no option of \(command.rawValue); see --help") }
        return option
    }
}
