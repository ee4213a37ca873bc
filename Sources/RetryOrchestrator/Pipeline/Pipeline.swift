public import ResilienceCore
import Synchronization

/// Policies around one kind of call, in a declared order: the first is the outermost.
///
/// The order is checked when the pipeline is made; one that makes no sense is refused with the reason, such as a
/// retrier inside of a circuit breaker. Usual is, from the outside:
///
/// ```swift
/// let pipeline = try Pipeline<Quote>(
///     .fallback(.value(.standard, classifier: classifier)),
///     .timeout(Timeout(.seconds(10))),                // the whole call
///     .retry(retrier),
///     .breaker(breaker),
///     .bulkhead(bulkhead),
///     .timeout(Timeout(.seconds(2)))                  // each attempt
/// )
/// let quote = try await pipeline.run { attempt in try await api.quote(for: item, key: attempt.idempotencyKey) }
/// ```
///
/// One pipeline serves any number of tasks at once. The policies are shared, so that a breaker may stand in several.
public struct Pipeline<Value: Sendable>: Sendable {
    /// The names of its layers, from the outside.
    public let order: [String]
    private let fallback: Fallback<Value>?
    private let layers: [PipelineLayer<Value>]
    private let keys = KeySource()

    /// Creates a pipeline of layers, the first being the outermost.
    ///
    /// - Throws: `InvalidArgument` if their order makes no sense, with the reason.
    public init(_ layers: PipelineLayer<Value>...) throws(InvalidArgument) { try self.init(layers) }

    /// Creates a pipeline of layers, the first being the outermost.
    ///
    /// - Throws: `InvalidArgument` if their order makes no sense, with the reason.
    public init(_ layers: [PipelineLayer<Value>]) throws(InvalidArgument) {
        try PipelineOrder.check(layers.map { ($0.kind, $0.limit) })
        order = layers.map(\.kind.rawValue)
        fallback = layers.first?.fallback
        self.layers = fallback == nil ? layers : Array(layers.dropFirst())
    }

    /// Runs an operation inside of the policies.
    ///
    /// - Parameters:
    ///   - idempotencyKey: Handed to each attempt; made for the call if none is given.
    ///   - deadline: Handed to the retrier and to each attempt.
    /// - Throws: The operation's own error, ``PolicyError``, or `CancellationError`.
    public func run(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        _ operation: @escaping @Sendable (Attempt) async throws -> Value
    ) async throws -> Value {
        try await answer(idempotencyKey: idempotencyKey, deadline: deadline, operation).value
    }

    /// Runs an operation as ``run(idempotencyKey:deadline:_:)`` does, and tells whether the fallback answered.
    public func answer(
        idempotencyKey: String? = nil,
        deadline: Timestamp? = nil,
        _ operation: @escaping @Sendable (Attempt) async throws -> Value
    ) async throws -> Answer<Value> {
        let attempt = Attempt(
            number: 1,
            attemptsLeft: 0,
            deadline: deadline,
            previous: nil,
            key: keys.key(own: idempotencyKey)
        )
        guard let fallback else { return Answer(value: try await run(0, attempt, operation), origin: .operation) }
        return try await fallback.run { try await run(0, attempt, operation) }
    }

    /// Runs the layers from that one inwards.
    private func run(
        _ index: Int,
        _ attempt: Attempt,
        _ operation: @escaping @Sendable (Attempt) async throws -> Value
    ) async throws -> Value {
        guard index < layers.count else { return try await operation(attempt) }
        return try await layers[index].run(attempt) { try await run(index + 1, $0, operation) }
    }
}

/// Names calls that have no key of their own and no retrier that makes one.
private final class KeySource: Sendable {
    private let nonce: UInt64
    private let calls = Atomic<UInt64>(0)

    init() {
        var generator = SmallGenerator.seededBySystem()
        nonce = generator.next()
    }

    func key(own: String?) -> CallKey {
        CallKey(own: own, nonce: nonce, number: calls.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}
