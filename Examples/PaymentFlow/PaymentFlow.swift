import ExampleSupport

/// A batch of payments through an unreliable gateway: never paid twice, none lost, whenever the process is killed.
@main
struct PaymentFlow {
    static func main() async {
        await Program.main("payment-flow") { arguments in
            let options = try Options(arguments: arguments)
            switch options.command {
            case .help: return Program.help(Options.help)
            case .verify: return try FileCommands.verify(options)
            case .inspect: return try FileCommands.inspect(options)
            case .run: return try await RunCommand(options: options).execute()
            }
        }
    }
}
