import Foundation

/// Runs the rows whose path contains the filter: `benchmarks [--json] [--check] [--list] [filter]`;
/// `benchmarks --load [calls a second]` prints what retries do to a failing service.
@main
struct Benchmarks {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            if options.load {
                let rate = options.filter.flatMap(Int.init) ?? 200
                return try LoadTable(requestsPerSecond: min(max(rate, 1), 100_000)).write()
            }
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
    var load = false
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
            case "--load": load = true
            case let other where other.hasPrefix("-"):
                throw Failure("unknown option \(other); known are --json, --check, --list, --load")
            default:
                guard filter == nil else { throw Failure("one filter only, not also '\(argument)'") }
                filter = argument
            }
        }
    }
}
