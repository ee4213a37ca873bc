import Synchronization

/// Sends alerts to sinks: by rules, without repetitions, in batches, and never in the way of the flow that reports them.
///
/// ```swift
/// let router = try AlertRouter(to: [pager, chat], rules: [.moreThan(5, name: "payment.failed", within: .seconds(3600))])
/// async let delivery: Void = router.run()
/// router.report(alert)
/// ```
///
/// ``report(_:)`` decides and queues, in about a microsecond; ``run()`` delivers. A sink that fails or hangs is an event.
/// What is queued is in memory: who needs an alert to survive a crash puts it into an ``Outbox`` with the change and
/// reports it when it is delivered.
public final class AlertRouter: Sendable {
    private let sinks: [any AlertSink]
    private let options: Options
    private let clock: any WallClock
    private let observer: (any Observer)?
    private let bell = Signal()
    private let state: Mutex<State>

    private struct State {
        var rules: AlertRules
        var queue: AlertQueue
        var isRunning = false
        /// The sinks, by their place, that have not ended the batch before.
        var busy: Set<Int> = []
    }

    /// How a router works.
    public struct Options: Sendable {
        /// Whether anything is sent at all; switched off, nothing is sent and nothing observed.
        public var isEnabled = true
        /// Alerts sent together at most, 1 to 1,000.
        public var batchSize = 20
        /// How long an alert waits for others to be sent with it, zero or more.
        public var delay: Duration = .seconds(5)
        /// Alerts of this severity or a higher one do not wait.
        public var urgency = ResilienceAlert.Severity.critical
        /// How long after an alert none of the same id is sent, zero or more; rules that count still count it.
        public var deduplication: Duration = .seconds(60)
        /// How long a sink may take for a batch, more than zero.
        public var timeLimit: Duration = .seconds(10)
        /// Alerts that wait at most, 1 to 100,000; what comes beyond is dropped, and an event.
        public var capacity = 1_000

        /// The defaults.
        public init() {}
    }

    /// Creates a router; nothing is sent until ``run()``.
    ///
    /// - Parameters:
    ///   - sinks: each is sent every batch, independent of the others.
    ///   - rules: what becomes of a report; by default each is sent.
    ///   - options: sizes and times.
    ///   - clock: the clock of windows, delays and limits.
    ///   - observer: told of alerts that are raised or dropped, and of sinks that fail or hang.
    /// - Throws: `InvalidArgument` for a rule or an option out of range.
    public init(
        to sinks: [any AlertSink],
        rules: [AlertRule] = [.each()],
        options: Options = Options(),
        clock: any WallClock = .system,
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        try options.validate()
        for rule in rules { try rule.validate() }
        self.sinks = sinks
        self.options = options
        self.clock = clock
        self.observer = observer
        let machine = AlertRules(rules, deduplication: options.deduplication)
        state = Mutex(State(rules: machine, queue: AlertQueue(options)))
    }

    /// Reports an alert: what the rules make of it is queued.
    ///
    /// Never waits, never fails.
    public func report(_ alert: ResilienceAlert) {
        guard options.isEnabled else { return }
        let now = clock.now
        let raised = state.withLock { state in
            state.rules.report(alert, at: now).map { ($0, isQueued: state.queue.add($0, at: now)) }
        }
        guard !raised.isEmpty else { return }
        bell.ring()
        for (alert, isQueued) in raised {
            note(.alertRaised, alert)
            if !isQueued { note(.alertDropped, alert, ["reason": "queue full"]) }
        }
    }

    /// Delivers until the task is cancelled, and then what is queued still.
    ///
    /// One at a time: a second call while one runs returns at once. It ends at the latest when each sink has had its time
    /// limit for the batches that were left.
    public func run() async {
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        while !Task.isCancelled {
            if let batch = state.withLock({ $0.queue.take(at: clock.now) }) {
                await send(batch)
            } else {
                await bell.wait(until: state.withLock { $0.queue.due }, on: clock)
            }
        }
        while let batch = state.withLock({ $0.queue.take(at: .distantFuture) }) { await send(batch) }
        state.withLock { $0.isRunning = false }
    }

    // MARK: Sinks

    /// A batch that is under way reaches its sinks although the router may be cancelled.
    private func send(_ batch: [ResilienceAlert]) async {
        _ = try? await shielded {
            await withTaskGroup { group in
                for place in self.sinks.indices { group.addTask { await self.send(batch, to: place) } }
            }
        }
    }

    private func send(_ batch: [ResilienceAlert], to place: Int) async {
        let sink = sinks[place]
        guard state.withLock({ $0.busy.insert(place).inserted }) else {
            return note(.alertSinkFailed, sink, batch, "still busy with the batch before")
        }
        let outcome = await withTimeLimit(options.timeLimit, on: clock) {
            defer { self.state.withLock { _ = $0.busy.remove(place) } }
            try await sink.send(batch)
        }
        switch outcome {
        case .finished: break
        case .failed(let error): note(.alertSinkFailed, sink, batch, "\(type(of: error))")
        case .timedOut: note(.alertSinkFailed, sink, batch, "time limit")
        case .cancelled: note(.alertSinkFailed, sink, batch, "cancelled")
        }
    }

    // MARK: Events

    private func note(
        _ kind: ResilienceEvent.Kind,
        _ alert: ResilienceAlert,
        _ more: [String: String] = [:]
    ) {
        guard let observer else { return }
        var attributes = ["name": alert.name, "severity": alert.severity.rawValue, "id": alert.id]
        attributes["code"] = alert.code
        attributes.merge(more) { $1 }
        observer.observe(ResilienceEvent(kind, at: clock.now, subject: alert.subject, attributes))
    }

    private func note(
        _ kind: ResilienceEvent.Kind,
        _ sink: any AlertSink,
        _ batch: [ResilienceAlert],
        _ reason: String
    ) {
        guard let observer else { return }
        let attributes = ["reason": reason, "alerts": "\(batch.count)"]
        observer.observe(ResilienceEvent(kind, at: clock.now, subject: sink.name, attributes))
    }
}

extension AlertRouter.Options {
    func validate() throws(InvalidArgument) {
        guard (1...1_000).contains(batchSize) else {
            throw InvalidArgument(field: "batchSize", value: batchSize, allowed: "1...1000")
        }
        guard (1...100_000).contains(capacity) else {
            throw InvalidArgument(field: "capacity", value: capacity, allowed: "1...100000")
        }
        guard delay >= .zero else {
            throw InvalidArgument(field: "delay", value: delay, allowed: "zero or more")
        }
        guard deduplication >= .zero else {
            throw InvalidArgument(field: "deduplication", value: deduplication, allowed: "zero or more")
        }
        _ = try timeLimit.positive("timeLimit")
    }
}

extension ResilienceEvent.Kind {
    /// The rules made an alert of a report; attributes: name, severity, code, id.
    public static let alertRaised = Self("alert.raised")
    /// An alert is not sent; attributes: those of `alert.raised`, and reason.
    public static let alertDropped = Self("alert.dropped")
    /// A sink did not take a batch; attributes: reason, alerts.
    public static let alertSinkFailed = Self("alert.sinkFailed")
}
