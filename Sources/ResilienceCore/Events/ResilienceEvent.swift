/// Something that a primitive did or met, for people and machines that watch: a value, made only if someone observes.
///
/// Nothing is swallowed in this package: what does not break the flow, such as an alert that could not be sent, is an
/// event. Events carry no secrets and no payloads.
public struct ResilienceEvent: Sendable, Hashable {
    /// What happened, as a dotted name: `worker.leaseLost`, `retry.scheduled`. Listed in Docs/Observability.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name.
        public let rawValue: String

        /// The kind of that name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The kind of that name.
        public init(_ rawValue: String) { self.rawValue = rawValue }

        public var description: String { rawValue }
    }

    /// What happened.
    public var kind: Kind
    /// When, on the clock of the primitive.
    public var at: Timestamp
    /// What it happened to: the name of an item, a key, a provider.
    public var subject: String
    /// Further facts, by names that Docs/Observability lists.
    public var attributes: [String: String]

    /// Creates an event.
    public init(_ kind: Kind, at: Timestamp, subject: String, _ attributes: [String: String] = [:]) {
        self.kind = kind
        self.at = at
        self.subject = subject
        self.attributes = attributes
    }
}

/// Someone who is told of events.
///
/// It is called on the caller's path and must return quickly; it cannot fail. An observer that does I/O hands the event
/// to a task of its own.
///
/// ```swift
/// struct Printer: Observer {
///     func observe(_ event: ResilienceEvent) { print(event.at, event.kind, event.subject) }
/// }
/// ```
public protocol Observer: Sendable {
    /// Takes note of an event.
    func observe(_ event: ResilienceEvent)
}
