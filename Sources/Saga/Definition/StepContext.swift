import ErrorClassification
public import ResilienceCore

/// What a closure of a step is told besides the input of the saga.
public struct StepContext: Sendable {
    /// The id of the saga.
    public let sagaID: String
    /// The name of the step.
    public let step: String
    /// Which attempt of this closure it is, from 1; of a question, the attempt that it asks about.
    public let attempt: Int
    /// The same on each attempt of this closure, another one for `run`, `compensate` and `onFailure`: hand it to the callee,
    /// so that it applies the call once.
    public let idempotencyKey: String
    /// The key of the step's `run`, in each of its closures.
    public let runKey: String
    /// Greater each time that another worker takes the saga over: hand it to a callee that can refuse what is older.
    public let fence: Revision
    let outputs: [String: StoredValue]

    /// What an earlier step gave.
    ///
    /// - Throws: ``SagaError/noOutput(step:)`` if it was skipped, is not behind this one, or gives nothing.
    public func output<Input, Output>(of step: SagaStep<Input, Output>) throws -> Output {
        guard let stored = outputs[step.name] else { throw SagaError.noOutput(step: step.name) }
        return try stored.get()
    }
}

/// Thrown by a step to say that it was not done, and why; or not yet.
///
/// ```swift
/// throw StepRefusal("The flight is sold out", code: "SOLD_OUT")
/// ```
public struct StepRefusal: Error, Sendable, Hashable {
    /// A sentence for people; it is stored, and holds no secrets.
    public var message: String
    /// A code for machines.
    public var code: String?
    /// If set, another attempt makes sense after that wait: the step is refused for the time being.
    public var retryAfter: Duration?

    /// Creates a refusal.
    public init(_ message: String, code: String? = nil, retryAfter: Duration? = nil) {
        self.message = message
        self.code = code
        self.retryAfter = retryAfter
    }

    var classification: Classification {
        guard let retryAfter else {
            return Classification(.permanent, .fail, isAmbiguous: false, code: code, rule: "saga.refusal")
        }
        return Classification(
            .unavailable,
            .retryAfter,
            isAmbiguous: false,
            code: code,
            retryAfter: retryAfter,
            rule: "saga.refusal"
        )
    }
}

extension String {
    /// The text without a slash, so that keys that are joined by slashes differ wherever their parts do.
    var keyPart: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }) else { return self }
        // By scalars: a slash before a combining accent is another character, and the same byte.
        var part = UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case "%": part.append(contentsOf: "%25".unicodeScalars)
            case "/": part.append(contentsOf: "%2F".unicodeScalars)
            default: part.append(scalar)
            }
        }
        return String(part)
    }
}
