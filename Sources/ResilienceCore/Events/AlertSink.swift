/// A place to which alerts are sent: a chat, a pager, a mailbox.
///
/// A sink may fail or hang; an ``AlertRouter`` notes that as an event and goes on. It should end when it is cancelled.
///
/// ```swift
/// struct Pager: AlertSink {
///     let name = "pager"
///     func send(_ alerts: [ResilienceAlert]) async throws { try await post(alerts) }
/// }
/// ```
public protocol AlertSink: Sendable {
    /// The name by which events speak of this sink.
    var name: String { get }

    /// Sends a batch: 1 to ``AlertRouter/Options/batchSize`` alerts, in the order in which they were reported.
    func send(_ alerts: [ResilienceAlert]) async throws
}
