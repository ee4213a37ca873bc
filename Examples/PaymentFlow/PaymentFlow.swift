import ExampleSupport
import Foundation
import PaymentVerify
import VerifyFiles

/// A batch of payments through an unreliable gateway: never paid twice, none lost, whenever the process is killed.
@main
struct PaymentFlow {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status: Int32
        do {
            status = try await run(try Options(arguments: arguments))
        } catch {
            let error = (error as? ExitError) ?? .failed("\(error)")
            Console.error("payment-flow: \(error)")
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
        case .verify: return try FileCommands.verify(options)
        case .inspect: return try FileCommands.inspect(options)
        case .run: return try await RunCommand(options: options).execute()
        }
    }
}
