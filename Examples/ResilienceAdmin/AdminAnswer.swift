import ExampleSupport
import Foundation

/// What a command found: lines for people, fields for programs.
struct AdminAnswer {
    var lines: [String] = []
    var fields: [String: AnyJSON] = [:]

    func show(json: Bool) throws {
        guard json else { return lines.forEach(Console.print) }
        var fields = fields
        fields["ok"] = .bool(true)
        Console.print(try AnyJSON.text(.object(fields)))
    }
}

extension AnyJSON {
    /// The JSON of a value.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(AnyJSON.self, from: try JSONEncoder().encode(value))
    }

    static func text(_ value: AnyJSON) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension AdminArguments {
    /// Asks before what cannot be undone; where nobody can be asked, it must be said with --yes.
    func confirm(_ what: String) throws(ExitError) {
        if yes { return }
        guard isatty(FileHandle.standardInput.fileDescriptor) == 1 else {
            throw .usage("\(what); this cannot be undone: say --yes")
        }
        Console.error("\(what); this cannot be undone. Go on? [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { throw .refused("nothing was done") }
    }
}
