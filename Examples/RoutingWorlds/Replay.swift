import Foundation
import ProviderScoring
import ResilienceCore

/// A user's own log, placed before other policies.
///
/// Only where a policy would have chosen what was chosen is it known how it would have fared. Such an entry counts for as
/// many as its pick's probability says, and only from such entries the policy learns.
package struct Replay: Sendable {
    /// One attempt of a log: the fields that the package's own log writes, of which the rest is passed over.
    package struct Entry: Decodable, Sendable {
        var provider: String
        var outcome: String
        var attempt: Int
        var probability: Double
        /// Microseconds since 1970.
        var began: Int64
        var responseTimeMicroseconds: Int64
        /// What was asked for; `nil` where the log does not say.
        var operation: String?

        private enum CodingKeys: String, CodingKey {
            case provider, outcome, success, attempt, probability, began, responseTimeMicroseconds, operation
        }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            provider = try fields.decode(String.self, forKey: .provider)
            let success = try fields.decodeIfPresent(Bool.self, forKey: .success)
            outcome =
                try fields.decodeIfPresent(String.self, forKey: .outcome) ?? (success == true ? "success" : "failure")
            attempt = try fields.decodeIfPresent(Int.self, forKey: .attempt) ?? 1
            probability = try fields.decodeIfPresent(Double.self, forKey: .probability) ?? 1
            began = try fields.decode(Int64.self, forKey: .began)
            responseTimeMicroseconds = try fields.decodeIfPresent(Int64.self, forKey: .responseTimeMicroseconds) ?? 0
            operation = try fields.decodeIfPresent(String.self, forKey: .operation)
            guard !provider.isEmpty else { throw WorldFault("provider is empty") }
            guard Self.kinds[outcome] != nil else {
                throw WorldFault(
                    "outcome is \(outcome); allowed is \(Self.kinds.keys.sorted().joined(separator: ", "))"
                )
            }
            // Until the year 9999; a day; and what can be summed up.
            guard (0...253_402_300_799_999_999).contains(began) else {
                throw WorldFault("began is \(began); allowed is 0...253,402,300,799,999,999")
            }
            guard (0...86_400_000_000).contains(responseTimeMicroseconds) else {
                throw WorldFault(
                    "responseTimeMicroseconds is \(responseTimeMicroseconds); allowed is 0...86,400,000,000"
                )
            }
            guard (1e-9...1).contains(probability) else {
                throw WorldFault("probability is \(probability); allowed is 0.000000001...1")
            }
        }

        /// Whether a policy chose here: a question about the stock is put to each provider.
        var isFirstPick: Bool { attempt == 1 && operation != "check_status" }

        var kind: ProviderOutcome.Kind { Self.kinds[outcome] ?? .failure }

        private static let kinds: [String: ProviderOutcome.Kind] = [
            "success": .success, "failure": .failure, "overloaded": .overloaded(until: nil), "stockOut": .stockOut,
            "limited": .limited(until: nil), "quota": .quota(until: nil), "refused": .refused,
            "callerMistake": .callerMistake, "cancelled": .cancelled, "localNetwork": .localNetwork,
        ]
    }

    /// What a policy would have reached, as far as the log can tell.
    package struct Verdict: Codable, Sendable {
        package let policy: String
        /// First attempts that the policy would have placed as the log has them.
        package let matched: Int
        /// As many evenly weighted entries would tell as much: under some hundred, believe nothing.
        package let effectiveSize: Double
        /// Estimates over all requests: the share of successes, and mean seconds of an attempt.
        package let success: Double
        package let seconds: Double
    }

    package let entries: [Entry]
    /// Lines that could not be read.
    package let faults: [String]
    package var providers: [String] { Set(entries.map(\.provider)).sorted() }
    /// What the log itself reached with first attempts.
    package var logged: Double {
        Double(entries.count { $0.kind == .success }) / Double(max(entries.count, 1))
    }

    /// Reads first attempts from JSON, one object a line.
    package init(_ text: String, name: String) {
        var (entries, faults): ([Entry], [String]) = ([], [])
        let decoder = JSONDecoder()
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            do {
                let entry = try decoder.decode(Entry.self, from: Data(line.utf8))
                if entry.isFirstPick { entries.append(entry) }
            } catch {
                faults.append("\(name):\(index + 1): \(WorldFault(of: error))")
            }
        }
        self.entries = entries.sorted { $0.began < $1.began }
        self.faults = faults
    }

    /// Places the log before a policy.
    package func run(_ contender: Contender) throws -> Verdict {
        let names = providers
        var table = try ProviderTable(names)
        var policy = contender.make(1)
        policy.providersChanged(table.states)
        var generator = SmallGenerator(seed: 1)
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var (matched, weights, squares, successes, seconds) = (0, 0.0, 0.0, 0.0, 0.0)
        for entry in entries {
            guard let number = numbers[entry.provider] else { continue }
            let now = Timestamp(microseconds: entry.began)
            table.turn(to: now)
            guard let pick = policy.pick(PickRequest(now: now), from: table.states, using: &generator),
                pick.provider == number
            else { continue }
            let elapsed = Duration.microseconds(entry.responseTimeMicroseconds)
            table.began(number)
            policy.began(number, at: now, from: table.states)
            let outcome = ProviderOutcome(entry.kind, ended: now.advanced(by: elapsed), elapsed: elapsed)
            table.record(outcome, of: number)
            policy.record(outcome, of: number, from: table.states)
            let weight = 1 / entry.probability
            matched += 1
            weights += weight
            squares += weight * weight
            if entry.kind == .success { successes += weight }
            seconds += weight * Double(entry.responseTimeMicroseconds) * 1e-6
        }
        let total = max(weights, .leastNonzeroMagnitude)
        return Verdict(
            policy: contender.name,
            matched: matched,
            effectiveSize: squares > 0 ? weights * weights / squares : 0,
            success: successes / total,
            seconds: seconds / total
        )
    }
}
