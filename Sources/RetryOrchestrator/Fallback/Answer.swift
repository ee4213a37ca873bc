public import ErrorClassification

/// A value, and whether it is the real one.
public struct Answer<Value> {
    /// The value.
    public let value: Value
    /// Where it comes from.
    public let origin: AnswerOrigin

    /// Whether it is a substitute, and why; `nil` if it is what the operation gave.
    public var reason: Classification? {
        switch origin {
        case .operation: nil
        case .substitute(let reason), .cache(_, let reason): reason
        }
    }

    /// How old it is, if it comes from a cache.
    public var age: Duration? {
        if case .cache(let age, _) = origin { return age }
        return nil
    }
}

extension Answer: Sendable where Value: Sendable {}

/// Where the value of an ``Answer`` comes from.
public enum AnswerOrigin: Sendable, Hashable {
    /// The operation itself.
    case operation
    /// A substitute, because of that failure.
    case substitute(Classification)
    /// An earlier answer of that age, because of that failure.
    case cache(age: Duration, Classification)
}
