import ErrorClassification
import ExampleSupport
import ResilienceCore
import RetryOrchestrator

/// What the desk reads of a customer's note: a summary, or the note itself with the reason why there is none.
struct Description: Codable, Sendable, Equatable {
    let text: String
    /// Why it is the raw note; `nil` of a summary.
    var reason: String?
}

/// Summarises notes, at its leisure. It is asked for 30 seconds, and nothing depends on it.
struct TextService: Sendable {
    let line: ServiceLine

    private static let patience: Duration = .seconds(30)

    func describe(_ note: String, of request: String) async throws -> Description {
        let timeout = try Timeout(Self.patience, name: "describe", clock: line.clock)
        let fallback = Fallback<Description>.making(classifier: .http, name: "describe", clock: line.clock) {
            _,
            reason in
            Description(text: note, reason: reason.category.rawValue)
        }
        return try await fallback.run {
            try await timeout.run { Description(text: try await summary(of: note, request)) }
        }.value
    }

    private func summary(of note: String, _ request: String) async throws -> String {
        switch "\(line.temper.seed)/text/\(request)".hashOfBytes() % 10 {
        case 0: throw ServiceError(source: "text", status: 500, message: "500 Internal Server Error")
        case 1, 2, 3: try await line.clock.pause(for: .seconds(75))
        default: try await line.clock.pause(for: .seconds(4))
        }
        return "summary: " + note.split(separator: " ").prefix(3).joined(separator: " ")
    }
}
