import ExampleSupport
import Foundation
import ProviderScoring
import ResilienceCore

/// What can be seen and wished of the providers of a router.
struct ProviderCommands {
    let arguments: AdminArguments
    private let store: any RecordStore
    private let journal: ProviderJournal

    init(_ arguments: AdminArguments, _ store: any RecordStore) throws {
        self.arguments = arguments
        self.store = store
        journal = try ProviderJournal(try arguments.needed(arguments.router, .router), on: store)
    }

    func run() async throws -> AdminAnswer {
        let verb = try arguments.word(1, "list, explain or set")
        switch verb {
        case "list": return try await list()
        case "explain": return try await explain()
        case "set": return try await set()
        default: throw ExitError.usage("providers \(verb) is no command; see --help")
        }
    }

    private func list() async throws -> AdminAnswer {
        let comparison = try await journal.reports.comparison()
        var lines = comparison.map { one in
            let age = String(format: "%.0f", one.minutesSinceCheck)
            return "\(one.provider)  \(one.status.rawValue)  \(one.successRate)  \(one.meanResponse)"
                + "  \(one.successTotal) succeeded  \(age) min ago"
        }
        let failures = try await journal.reports.failures()
        lines += failures.prefix(arguments.limit).map { "  \($0.provider): \($0.occurrences) x \($0.message ?? "-")" }
        let saved = try await journal.savedPreferences()
        lines.append(saved == nil ? "no preferences are saved" : "preferences: \(try Self.text(saved))")
        return AdminAnswer(
            lines: lines,
            fields: [
                "providers": .array(try await journal.reports.health().map(AnyJSON.init(encoding:))),
                "preferences": try saved.map(AnyJSON.init(encoding:)) ?? .null,
                "failures": .array(
                    failures.map {
                        .object([
                            "provider": .string($0.provider), "message": $0.message.map(AnyJSON.string) ?? .null,
                            "occurrences": .integer(Int64($0.occurrences)),
                        ])
                    }
                ),
            ]
        )
    }

    /// By what the log tells: of stock, prices and calls under way only the processes know that make the calls.
    private func explain() async throws -> AdminAnswer {
        let names = try await known()
        let router = try ProviderRouter(
            journal.name,
            names.map { try Provider($0) },
            clock: store.clock,
            journal: journal
        )
        try await router.catchUp()
        let decision = router.explain()
        let chance = Int((decision.probability * 100).rounded())
        var lines = [
            decision.provider.map { "\($0), \(decision.reason?.rawValue ?? ""), \(chance) % likely" }
                ?? "nobody is eligible" + (decision.retryAfter.map { " before \($0)" } ?? "")
        ]
        for name in names {
            let score = decision.scores[name]
            let terms = score?.terms.map(\.description).joined(separator: ", ") ?? ""
            let why = decision.exclusions[name].map { "  not now: \($0)" } ?? ""
            lines.append("  \(name) \(score?.value ?? 0): \(terms)\(why)")
        }
        lines.append("by the log alone: stock, prices and calls under way are known to who makes the calls")
        let providers = names.map { name -> AnyJSON in
            .object([
                "provider": .string(name), "score": .double(decision.scores[name]?.value ?? 0),
                "excluded": decision.exclusions[name].map { .string("\($0)") } ?? .null,
            ])
        }
        return AdminAnswer(
            lines: lines,
            fields: [
                "provider": decision.provider.map(AnyJSON.string) ?? .null,
                "reason": decision.reason.map { .string($0.rawValue) } ?? .null,
                "probability": .double(decision.probability), "providers": .array(providers),
            ]
        )
    }

    private func set() async throws -> AdminAnswer {
        let names = try await known()
        if let wanted = arguments.preferred, wanted != "auto", !names.contains(wanted) {
            throw ExitError.usage("--preferred \(wanted): allowed is auto, \(names.joined(separator: ", "))")
        }
        guard arguments.wishes else {
            throw ExitError.usage("providers set needs --preferred, --fallback, --min-success-rate or another wish")
        }
        let saved = try await journal.change(by: arguments.who, note: arguments.note) { old in
            try ProviderPreferences(
                preferredProvider: arguments.preferred ?? old.preferredProvider,
                isFallbackEnabled: arguments.fallback ?? old.isFallbackEnabled,
                minimumSuccessRate: arguments.minimumSuccessRate ?? old.minimumSuccessRate,
                maximumResponseTime: arguments.longestMs.map { .milliseconds($0) } ?? old.maximumResponseTime,
                retryAttempts: arguments.tries ?? old.retryAttempts,
                retryDelay: arguments.delayMs.map { .milliseconds($0) } ?? old.retryDelay
            )
        }
        return AdminAnswer(
            lines: ["saved: \(try Self.text(saved))"],
            fields: ["preferences": try AnyJSON(encoding: saved)]
        )
    }

    /// The providers that the journal has health of, which are those that were called, and the preferred one.
    private func known() async throws -> [String] {
        var names = Set(try await journal.reports.health().map(\.provider))
        guard !names.isEmpty else { throw ExitError.noInput("the journal \(journal.name) knows no provider") }
        if let preferred = try await journal.savedPreferences()?.preferredProvider { names.insert(preferred) }
        return names.sorted()
    }

    private static func text(_ preferences: ProviderPreferences?) throws -> String {
        guard let preferences else { return "" }
        return try AnyJSON.text(try AnyJSON(encoding: preferences))
    }
}
