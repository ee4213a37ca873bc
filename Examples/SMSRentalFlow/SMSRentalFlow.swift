import ExampleSupport
import Foundation
import VerifyFiles

/// Numbers for short messages, rented from vendors that fail: none is rented twice, none is paid for and lost.
@main
struct SMSRentalFlow {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status: Int32
        do {
            status = try await run(try Options(arguments: arguments))
        } catch {
            let error = (error as? ExitError) ?? .failed("\(error)")
            Console.error("sms-rental-flow: \(error)")
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
