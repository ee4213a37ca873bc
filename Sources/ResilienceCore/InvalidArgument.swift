/// A value that an API refuses: which field, what was given, and what is allowed.
///
/// Every configuration of the package is validated where it is constructed and throws this error; none traps.
public struct InvalidArgument: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the parameter or property, as the caller writes it.
    public let field: String
    /// The value that was given, as text. Never a secret.
    public let value: String
    /// The values that are allowed, as a phrase: "1...100", "at most 512 bytes".
    public let allowed: String

    /// Creates the error.
    public init(field: String, value: some Any, allowed: String) {
        self.field = field
        self.value = "\(value)"
        self.allowed = allowed
    }

    public var description: String { "\(field) is \(value); allowed is \(allowed)" }
}
