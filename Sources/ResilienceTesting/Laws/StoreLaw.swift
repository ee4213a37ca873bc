import ResilienceCore

/// One law of a store and the checks that tell whether it is kept.
public struct StoreLaw: Sendable {
    /// Its number, 1 to 14.
    public let number: Int
    /// The law, in a sentence.
    public let text: String
    /// Its checks, in order.
    public let checks: [StoreCheck]

    init(_ number: Int, _ text: String, _ checks: [StoreCheck]) {
        self.number = number
        self.text = text
        self.checks = checks
    }
}

/// One check of a law: an experiment on a fresh store with one outcome that is right.
public struct StoreCheck: Sendable, Identifiable {
    /// The number of the law and of the check in it, such as "5.3".
    public let id: String
    /// What a store that keeps the law does, in plain words.
    public let title: String
    /// What the check cannot do without.
    public let needs: Set<StoreCapability>
    /// Where its clock stands when it begins.
    private let start: Timestamp
    private let body: @Sendable (Trial) async throws -> Void

    init(
        _ id: String,
        _ title: String,
        needs: Set<StoreCapability> = [],
        startingAt start: Timestamp = Timestamp(seconds: 1_767_225_600),
        _ body: @escaping @Sendable (Trial) async throws -> Void
    ) {
        self.id = id
        self.title = title
        self.needs = needs
        self.start = start
        self.body = body
    }

    /// The number of the law it belongs to.
    public var law: Int { id.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

    /// Runs the check on the store that `make` makes.
    public func run(_ make: @Sendable (ManualClock) async throws -> StoreUnderTest) async -> LawReport.Result {
        let clock = ManualClock(now: start)
        let subject: StoreUnderTest
        do {
            subject = try await make(clock)
        } catch {
            return .violated(violation(expected: "a fresh store", found: "\(error)"))
        }
        let result = await run(Trial(subject: subject, clock: clock))
        await subject.dispose?()
        return result
    }

    private func run(_ trial: Trial) async -> LawReport.Result {
        let missing = needs.subtracting(trial.subject.capabilities)
        guard missing.isEmpty else { return .notApplicable(missing.sorted { $0.rawValue < $1.rawValue }) }
        do {
            try await body(trial)
            return .kept
        } catch let finding as Finding {
            return .violated(violation(expected: finding.expected, found: finding.found))
        } catch {
            return .violated(violation(expected: "no error", found: "\(error)"))
        }
    }

    private func violation(expected: String, found: String) -> LawViolation {
        LawViolation(law: law, check: id, title: title, expected: expected, found: found)
    }
}

/// A law that a store broke: which check shows it, what it expected and what it found.
public struct LawViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number of the law.
    public let law: Int
    /// The id of the check.
    public let check: String
    /// What a store that keeps the law does.
    public let title: String
    /// What the check expected.
    public let expected: String
    /// What it found instead.
    public let found: String

    /// The law, the check, and both sides of the contradiction.
    public var description: String { "law \(law), check \(check) (\(title)): expected \(expected), found \(found)" }
}
