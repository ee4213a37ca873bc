import ExampleSupport

/// Numbers for short messages, rented from vendors that fail: none is rented twice, none is paid for and lost.
@main
struct SMSRentalFlow {
    static func main() async {
        await Program.main("sms-rental-flow") { arguments in
            let options = try Options(arguments: arguments)
            switch options.command {
            case .help: return Program.help(Options.help)
            case .verify: return try VerifyCommand(options: options).execute()
            case .run: return try await RunCommand(options: options).execute()
            }
        }
    }
}
