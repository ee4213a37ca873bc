import ExampleSupport
import Foundation
import VerifyFiles

/// A day of a sports facility: nothing is booked twice and no confirmation is lost, whenever the process is killed.
@main
struct BookingFlow {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status: Int32
        do {
            status = try await run(try Options(arguments: arguments))
        } catch {
            let error = (error as? ExitError) ?? .failed("\(error)")
            Console.error("booking-flow: \(error)")
            if arguments.contains("--json") { Console.print(JSONLine.text(["ok": false, "error": "\(error)"])) }
            status = error.status
        }
        exit(status)
    }

    private static func run(_ options: Options) async throws -> Int32 {
        switch options.command {
        case .help:
            Console.print(Options.help)
            return ExitStatus.success
        case .verify: return try VerifyCommand(options: options).execute()
        case .run: return try await RunCommand(options: options).execute()
        }
    }
}
