import ExampleSupport

/// A day of a sports facility: nothing is booked twice and no confirmation is lost, whenever the process is killed.
@main
struct BookingFlow {
    static func main() async {
        await Program.main("booking-flow") { arguments in
            let options = try Options(arguments: arguments)
            switch options.command {
            case .help: return Program.help(Options.help)
            case .verify: return try VerifyCommand(options: options).execute()
            case .run: return try await RunCommand(options: options).execute()
            }
        }
    }
}
