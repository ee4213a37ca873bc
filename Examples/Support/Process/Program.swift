import Foundation
package import VerifyFiles

/// A program as the shell sees it: arguments go in, lines and an exit status come out.
package enum Program {
    /// Does what the arguments ask for, and exits with the status that `body` gives.
    ///
    /// An error is one line, with `--json` also an object, and a status of its own.
    ///
    /// - Parameter name: the program's.
    package static func main(_ name: String, _ body: ([String]) async throws -> Int32) async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status: Int32
        do {
            status = try await body(arguments)
        } catch {
            let error = (error as? ExitError) ?? .failed("\(error)")
            Console.error("\(name): \(error)")
            if arguments.contains("--json") { Console.print(JSONLine.text(["ok": false, "error": "\(error)"])) }
            status = error.status
        }
        exit(status)
    }

    /// Prints the help.
    package static func help(_ text: String) -> Int32 {
        Console.print(text)
        return ExitStatus.success
    }

    /// Makes a check from files alone, and prints what it finds.
    package static func verify<Findings: CheckFindings>(json: Bool, _ check: () throws -> Findings) throws -> Int32 {
        do {
            let findings = try check()
            for line in findings.lines { Console.print(line) }
            if json { Console.print(JSONLine.text(findings.fields)) }
            return ExitStatus.of(findings, badLines: findings.badLines)
        } catch {
            throw ExitError.noInput("\(error)")
        }
    }
}
