/// Alerts that wait to be sent together; pure.
struct AlertQueue: Sendable {
    private let options: AlertRouter.Options
    private var waiting: [(alert: ResilienceAlert, at: Timestamp)] = []
    private var urgent = 0

    init(_ options: AlertRouter.Options) { self.options = options }

    /// Takes an alert in, unless the queue is full.
    mutating func add(_ alert: ResilienceAlert, at now: Timestamp) -> Bool {
        guard waiting.count < options.capacity else { return false }
        waiting.append((alert, now))
        if alert.severity >= options.urgency { urgent += 1 }
        return true
    }

    /// When the next batch goes: `nil` if none waits, the distant past if it is to go at once.
    var due: Timestamp? {
        guard let first = waiting.first else { return nil }
        if urgent > 0 || waiting.count >= options.batchSize { return .distantPast }
        return first.at.advanced(by: options.delay)
    }

    /// The next batch, if it is due at `now`.
    mutating func take(at now: Timestamp) -> [ResilienceAlert]? {
        guard let due, due <= now else { return nil }
        let batch = waiting.prefix(options.batchSize).map(\.alert)
        waiting.removeFirst(batch.count)
        urgent -= batch.count { $0.severity >= options.urgency }
        return batch
    }
}
