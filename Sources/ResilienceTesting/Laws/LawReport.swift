/// How a store did: each check with its outcome.
///
/// ``StoreLaws/check(_:)`` throws it where a law was broken; its ``description`` is made to be read.
public struct LawReport: Error, Sendable, CustomStringConvertible {
    /// How one check went.
    public enum Result: Sendable, Hashable {
        /// The store did what the law says.
        case kept
        /// It did not.
        case violated(LawViolation)
        /// The check needs what this store does not have.
        case notApplicable([StoreCapability])
    }

    /// A check and how it went.
    public struct Outcome: Sendable {
        /// The check.
        public let check: StoreCheck
        /// How it went.
        public let result: Result
    }

    /// Every check that was to be made, in order.
    public let outcomes: [Outcome]

    /// The violations, in the order of the checks.
    public var violations: [LawViolation] {
        outcomes.compactMap { outcome in
            guard case .violated(let violation) = outcome.result else { return nil }
            return violation
        }
    }

    /// The ids of the checks that did not apply.
    public var notApplicable: [String] {
        outcomes.compactMap { outcome in
            guard case .notApplicable = outcome.result else { return nil }
            return outcome.check.id
        }
    }

    /// The counts, each violation, and each check that did not apply with what it needs; a line each.
    public var description: String {
        let kept = outcomes.count - violations.count - notApplicable.count
        var lines = ["\(kept) checks kept, \(violations.count) violated, \(notApplicable.count) not applicable"]
        lines += violations.map(\.description)
        for outcome in outcomes {
            guard case .notApplicable(let needs) = outcome.result else { continue }
            let missing = needs.map(\.rawValue).joined(separator: ", ")
            lines.append("not applicable: \(outcome.check.id) (\(outcome.check.title)) needs \(missing)")
        }
        return lines.joined(separator: "\n")
    }
}
