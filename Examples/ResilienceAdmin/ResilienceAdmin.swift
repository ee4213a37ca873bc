import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator
import Saga
#if SQLite
import SQLiteStore
#endif

/// Looks into a store and brings back what failed.
@main
struct ResilienceAdmin {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            let parsed = try AdminArguments(arguments)
            if parsed.help || parsed.words.isEmpty {
                Console.print(AdminHelp.text)
                exit(parsed.help ? 0 : 64)
            }
            try await run(parsed).show(json: parsed.json)
            exit(0)
        } catch {
            let error = exitError(error)
            Console.error("resilience-admin: \(error)")
            if arguments.contains("--json"),
                let text = try? AnyJSON.text(.object(["ok": .bool(false), "error": .string("\(error)")]))
            {
                Console.print(text)
            }
            exit(error.status)
        }
    }

    private static func exitError(_ error: any Error) -> ExitError {
        switch error {
        case let error as ExitError: error
        case FailedOperationError.notFound(let id): .noInput("there is no failed operation \(id)")
        case let error as FailedOperationError: .refused("\(error)")
        case SagaError.notFound(let id): .noInput("there is no saga \(id)")
        case let error as SagaError: .refused("\(error)")
        case let error as InvalidArgument: .usage("\(error)")
        default: .failed("\(error)")
        }
    }

    private static func run(_ arguments: AdminArguments) async throws -> AdminAnswer {
        let command = arguments.words.first ?? ""
        guard ["failed", "queue", "sagas", "holds", "providers", "audit", "health"].contains(command) else {
            throw ExitError.usage("\(command) is no command; see --help")
        }
        guard let file = arguments.file else { throw ExitError.usage("--store FILE is missing") }
        #if SQLite
        // Opening would make a file: what is looked into has to be there.
        guard FileManager.default.fileExists(atPath: file) else { throw ExitError.noInput("\(file) does not exist") }
        let store: SQLiteStore
        do { store = try SQLiteStore(path: file) } catch { throw ExitError.noInput("\(error)") }
        let answer: Result<AdminAnswer, any Error>
        do { answer = .success(try await perform(command, arguments, store)) } catch { answer = .failure(error) }
        await store.close()
        return try answer.get()
        #else
        throw ExitError.usage("\(file): this build is without the trait SQLite")
        #endif
    }

    private static func perform(
        _ command: String,
        _ arguments: AdminArguments,
        _ store: any RecordStore
    ) async throws -> AdminAnswer {
        let look = LookCommands(arguments: arguments, store: store)
        switch command {
        case "failed": return try await FailedCommands(arguments, store).run()
        case "sagas": return try await SagaCommands(arguments, store).run()
        case "providers": return try await ProviderCommands(arguments, store).run()
        case "queue": return try await look.queue()
        case "holds": return try await look.holds()
        case "audit": return try await look.audit()
        default: return try await look.health()
        }
    }
}
