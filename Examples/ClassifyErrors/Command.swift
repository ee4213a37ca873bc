import ErrorClassification
import Foundation

/// The tool's options and its run.
struct Command {
    var preset = "standard"
    var comparesLabels = false
    var input = "-"

    init(arguments: [String]) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--preset": preset = rest.popFirst() ?? ""
            case "--labels": comparesLabels = true
            case "--help", "-h":
                print(usage)
                exit(0)
            case _ where argument.hasPrefix("--"):
                throw LabelError(field: "option", value: argument, allowed: "--preset, --labels, --help")
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
        let data =
            input == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(filePath: input))
        return String(decoding: data, as: UTF8.self)
    }

    private func classifier() throws -> ErrorClassifier {
        let presets: [String: ErrorClassifier] = [
            "standard": .standard, "http": .http, "network": .network, "ethereum": .ethereum, "stripe": .stripe,
            "openAI": .openAI, "anthropic": .anthropic, "gemini": .gemini, "oauth": .oauth, "smsRental": .smsRental,
            "postgres": .postgres, "sqlite": .sqlite, "redis": .redis, "grpc": .grpc, "aws": .aws, "google": .google,
            "push": .push, "email": .email,
        ]
        guard let classifier = presets[preset] else {
            let allowed = presets.keys.sorted().joined(separator: ", ")
            throw LabelError(field: "--preset", value: preset, allowed: allowed)
        }
        return classifier
    }
}
