public import ResilienceCore

/// A saga: named steps, one after the other or at once, that are undone in reverse order when one of them fails.
///
/// ```swift
/// let trip = try SagaDefinition<Trip>("book-trip") {
///     flight
///     SagaGroup { hotel; car }
///     pay
/// }
/// ```
///
/// It holds no state; any number of sagas run by it at once. It is checked when it is made.
public struct SagaDefinition<Input: Codable & Sendable & Equatable>: Sendable {
    /// The name: what its records are kept under.
    public let name: String
    /// Raised with each change of the steps: a worker leaves alone what a newer definition has begun.
    public let version: Int
    /// How sagas that older definitions began go on under this one.
    public let migration: SagaMigration
    let steps: [AnySagaStep<Input>]
    let rules: [StepRules]

    /// Creates a definition.
    ///
    /// - Parameters:
    ///   - name: 1 to 100 bytes without NUL, not ending in `.log` or `.requests`.
    ///   - version: raised with each change of the steps.
    ///   - migration: what the change means to sagas that are under way.
    ///   - steps: the steps, in their order.
    /// - Throws: `InvalidArgument` if there is no step, a group is empty, a name is used twice or not allowed, a timeout
    ///   is not more than zero, there is more than one pivot, it is conditional or stands in a group, or it or a step
    ///   behind it has a compensation, or if the migration contradicts the steps: it renames to or adds one that is not
    ///   there, or renames or removes one that is.
    public init(
        _ name: String,
        version: Int = 1,
        migration: SagaMigration = SagaMigration(),
        @SagaBuilder<Input> steps: () -> [SagaGroup<Input>]
    ) throws(InvalidArgument) {
        let groups = steps()
        self.name = try Self.checked(name, "name")
        try SagaRecords.check(definition: name)
        self.version = version
        self.migration = migration
        self.steps = groups.flatMap(\.steps)
        rules = groups.enumerated().flatMap { number, group in group.steps.map { StepRules($0, group: number) } }
        try Self.check(groups)
        for (old, new) in migration.renamed where !rules.contains(where: { $0.name == new }) {
            throw InvalidArgument(field: "renamed[\(old)]", value: new, allowed: "the name of a step")
        }
        for step in rules where migration.renamed[step.name] != nil {
            throw InvalidArgument(field: "renamed[\(step.name)]", value: step.name, allowed: "the name of no step")
        }
        for removed in migration.removed.sorted() {
            guard !rules.contains(where: { $0.name == removed }), migration.renamed[removed] == nil else {
                throw InvalidArgument(field: "removed", value: removed, allowed: "the name of no step, old or new")
            }
        }
        for added in migration.added where !rules.contains(where: { $0.name == added }) {
            throw InvalidArgument(field: "added", value: added, allowed: "the name of a step")
        }
    }

    private static func check(_ groups: [SagaGroup<Input>]) throws(InvalidArgument) {
        guard !groups.isEmpty, groups.allSatisfy({ !$0.steps.isEmpty }) else {
            throw InvalidArgument(field: "steps", value: "none", allowed: "at least one, in each group too")
        }
        var names: Set<String> = []
        var pivot: String?
        for group in groups {
            for step in group.steps {
                _ = try checked(step.name, "step")
                guard names.insert(step.name).inserted else {
                    throw InvalidArgument(field: "step", value: step.name, allowed: "each name once")
                }
                if let timeout = step.timeout, timeout <= .zero {
                    throw InvalidArgument(field: "timeout of \(step.name)", value: timeout, allowed: "more than zero")
                }
                if step.isPivot {
                    guard pivot == nil, group.steps.count == 1, !step.isConditional else {
                        throw InvalidArgument(field: "pivot", value: step.name, allowed: "one, alone and unconditional")
                    }
                    pivot = step.name
                }
                if let pivot, step.compensate != nil {
                    throw InvalidArgument(
                        field: "compensate of \(step.name)",
                        value: "given",
                        allowed: "none: nothing is undone from the pivot \(pivot) on"
                    )
                }
            }
        }
    }

    private static func checked(_ name: String, _ field: String) throws(InvalidArgument) -> String {
        guard (1...100).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw InvalidArgument(field: field, value: name, allowed: "1...100 bytes without NUL")
        }
        return name
    }
}

/// How sagas go on that an older definition began: what was renamed, added and removed since.
///
/// Whatever else differs is an error that names the step.
///
/// ```swift
/// let migration = SagaMigration(renamed: ["charge-card": "charge"], added: ["loyalty-points"])
/// ```
public struct SagaMigration: Sendable, Hashable {
    /// New names of steps by their old ones, each that it ever had. A step that has been begun keeps the keys that it was
    /// begun with. A saga that has two of the old names of one step is left alone, with an error that names one of them.
    public var renamed: [String: String]
    /// Steps that older definitions did not have. A saga that has come past their place goes on without them.
    public var added: Set<String>
    /// Steps that are gone; what they did stays, and is not undone. A saga that turned back because of one stays so.
    public var removed: Set<String>

    /// Creates a migration.
    public init(renamed: [String: String] = [:], added: Set<String> = [], removed: Set<String> = []) {
        self.renamed = renamed
        self.added = added
        self.removed = removed
    }

    /// What a step is called now.
    func name(_ recorded: String) -> String { renamed[recorded] ?? recorded }
}
