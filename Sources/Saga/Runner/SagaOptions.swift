public import ResilienceCore

/// How a ``SagaRunner`` works, beside the policies of the steps.
public struct SagaOptions: Sendable {
    /// Limits of the worker: sagas at once, lease, grace. Its `lease` is that of ``SagaRunner/perform(_:id:)`` too.
    public var worker = WorkerOptions()
    /// Claims of a saga without progress after which the step at fault needs a person: it may kill its process. 1 to
    /// 1,000.
    public var deliveryLimit = 10
    /// The wait before `resolve` is asked, so that a call still under way can end: after an ambiguous failure, and after the
    /// begin of a call that was cut off by a crash or a shutdown. Longer than the callee works on a call at most.
    public var settleTime: Duration = .zero
    /// How often `resolve` is asked about one attempt before it is given up. 1 to 1,000.
    public var questionLimit = 10
    /// The wait before `resolve` is asked again, doubled each time up to 64-fold.
    public var questionWait: Duration = .seconds(10)
    /// How long a question may take; one that took longer counts as unknown.
    public var questionTimeout: Duration? = .seconds(60)
    /// How long a saga that was completed or compensated is kept, and with it the memory that its id was used.
    public var retention: Duration = .seconds(30 * 86_400)
    /// Seeds the jitter; `nil` for a seed of the system's.
    public var seed: UInt64?

    /// The defaults.
    public init() {}

    func validate() throws(InvalidArgument) {
        for (field, limit) in [("deliveryLimit", deliveryLimit), ("questionLimit", questionLimit)] {
            guard (1...1_000).contains(limit) else {
                throw InvalidArgument(field: field, value: limit, allowed: "1...1000")
            }
        }
        for (field, wait) in [("settleTime", settleTime), ("questionWait", questionWait)] {
            guard wait >= .zero, wait <= .seconds(86_400) else {
                throw InvalidArgument(field: field, value: wait, allowed: "0 to 1 day")
            }
        }
        if let questionTimeout, questionTimeout <= .zero || questionTimeout > .seconds(86_400) {
            throw InvalidArgument(field: "questionTimeout", value: questionTimeout, allowed: "more than zero to 1 day")
        }
        guard retention >= .seconds(1) else {
            throw InvalidArgument(field: "retention", value: retention, allowed: "at least 1 s")
        }
    }
}

/// Why a saga could not be started, looked at or changed.
public enum SagaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The id stands for a saga with another input.
    case idInUse(String)
    /// There is no saga of that id.
    case notFound(String)
    /// The trail and the definition do not agree on this step, and no migration says why.
    case unknownStep(saga: String, step: String)
    /// A newer definition has begun the saga; this one leaves it alone.
    case newerDefinition(saga: String, version: Int)
    /// Nothing about this step awaits a person.
    case needsNoAttention(saga: String, step: String)
    /// The step has not given anything.
    case noOutput(step: String)

    public var description: String {
        switch self {
        case .idInUse(let id): "the id \(id) stands for a saga with another input"
        case .notFound(let id): "there is no saga \(id)"
        case .unknownStep(let saga, let step):
            "saga \(saga): its trail and the definition do not agree on the step \(step), and no migration says why"
        case .newerDefinition(let saga, let version): "saga \(saga) was begun by version \(version) of its definition"
        case .needsNoAttention(let saga, let step): "saga \(saga): nothing about the step \(step) awaits a person"
        case .noOutput(let step): "the step \(step) has not given anything"
        }
    }
}

extension ResilienceEvent.Kind {
    /// A line was added to the trail of a saga. Attributes: event, step, attempt, error, code, until, state.
    public static let sagaRecorded = Self("saga.recorded")
    /// A saga has come to a halt: a person has to look. Attributes: the steps at fault, each with its error.
    public static let sagaNeedsAttention = Self("saga.needsAttention")
    /// The caller of `perform` was cancelled, and the request to cancel the saga could not be stored; that is tried again
    /// while the caller waits. Attributes: error.
    public static let sagaCancelFailed = Self("saga.cancelFailed")
}
