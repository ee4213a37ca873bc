import ErrorClassification
import Foundation
import ResilienceFoundation

/// The tool's options and its run.
struct Command {
    var preset = "standard"
    var comparesLabels = false
    /// A table of the user's own, asked before the preset's.
    var table: String?
    var input = "-"

    init(arguments: [String]) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--preset": preset = rest.popFirst() ?? ""
            case "--table": table = rest.popFirst() ?? ""
            case "--labels": comparesLabels = true
            case "--help", "-h":
                print(usage)
                exit(0)
            case _ where argument.hasPrefix("--"):
                throw LabelError(field: "option", value: argument, allowed: "--preset, --table, --labels, --help")
            default: input = argument
            }
        }
    }

    /// Prints the report; 0 if every line could be read, 2 if not, 1 if labels were not met.
    func run() throws -> Int32 {
        let file = FailureFile(text: try read(), name: input == "-" ? "standard input" : input)
        let report = Report(classifier: try classifier(), rows: file.rows)
        for fault in file.faults { FileHandle.standardError.write(Data("\(fault)\n".utf8)) }
        if comparesLabels {
            let table = report.comparison()
            print(table.lines().joined(separator: "\n"))
            return file.faults.isEmpty ? (table.mistakes.isEmpty ? 0 : 1) : 2
        }
        print(report.verdicts().joined(separator: "\n"))
        return file.faults.isEmpty ? 0 : 2
    }

    private func read() throws -> String {
        if input == "-" { return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) }
        return String(decoding: try Self.contents(of: input), as: UTF8.self)
    }

    private static func contents(of path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw LabelError(field: "file", value: path, allowed: "a file that can be read")
        }
        return data
    }

    private func classifier() throws -> ErrorClassifier {
        // Each is compiled where it is first asked for, so only the one that is meant is.
        let presets: [String: () -> ErrorClassifier] = [
            "standard": { .standard }, "http": { .http }, "network": { .network }, "ethereum": { .ethereum },
            "stripe": { .stripe }, "openAI": { .openAI }, "anthropic": { .anthropic }, "gemini": { .gemini },
            "oauth": { .oauth }, "smsRental": { .smsRental }, "postgres": { .postgres }, "sqlite": { .sqlite },
            "redis": { .redis }, "grpc": { .grpc }, "aws": { .aws }, "google": { .google }, "push": { .push },
            "email": { .email },
        ]
        guard let classifier = presets[preset]?() else {
            let allowed = presets.keys.sorted().joined(separator: ", ")
            throw LabelError(field: "--preset", value: preset, allowed: allowed)
        }
        guard let table else { return classifier }
        return try ErrorClassifier([RuleTable(json: Self.contents(of: table), file: table)] + classifier.tables)
    }
}
