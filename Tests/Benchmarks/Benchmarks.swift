import Foundation

/// Runs the rows whose path contains the filter: `benchmarks [--json] [--check] [--list] [filter]`.
@main
struct Benchmarks {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            guard try await run(options) else { exit(1) }
        } catch {
            FileHandle.standardError.write(Data("benchmarks: \(error)\n".utf8))
            exit(2)
        }
    }

    /// Off the main actor, where libraries are used; `false` if a goal is to be kept and was not.
    @concurrent private static func run(_ options: Options) async throws -> Bool {
        let rows = allRows.filter { options.filter.map($0.path.contains) ?? true }
        guard !rows.isEmpty else { throw Options.Failure("no row's path contains '\(options.filter ?? "")'") }
        if options.list {
            for row in rows { print(row.path) }
            return true
        }
        var report = Report(json: options.json)
        for row in rows { report.add(try await Runner().result(of: row)) }
        try report.end()
        TemporaryFolder.remove()
        return !options.check || report.missed.isEmpty
    }
}

/// What the command line asks for.
struct Options {
    var json = false
    var check = false
    var list = false
    var filter: String?

    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    init(_ arguments: some Sequence<String>) throws(Failure) {
        for argument in arguments {
            switch argument {
            case "--json": json = true
            case "--check": check = true
            case "--list": list = true
            case let other where other.hasPrefix("-"):
                throw Failure("unknown option \(other); known are --json, --check, --list")
            default:
                guard filter == nil else { throw Failure("one filter only, not also '\(argument)'") }
                filter = argument
            }
        }
    }
}
