import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct AlertRouterTests {
    let clock = ManualClock()
    let events = Events()

    private func alert(_ number: Int, _ severity: ResilienceAlert.Severity = .medium) -> ResilienceAlert {
        ResilienceAlert("failed", severity, subject: "\(number)", at: clock.now, message: "")
    }

    private func router(
        _ sinks: [any AlertSink],
        _ change: (inout AlertRouter.Options) -> Void = { _ in }
    ) throws -> AlertRouter {
        var options = AlertRouter.Options()
        change(&options)
        return try AlertRouter(to: sinks, options: options, clock: clock, observer: events)
    }

    @Test func alertsWaitForOthersAndGoTogether() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink])
            let running = sim.task("router") { await router.run() }
            router.report(alert(1))
            try await sim.settle()
            router.report(alert(2))
            clock.advance(by: .seconds(5))
            await sink.waitForBatches(1)
            #expect(sink.subjects == [["1", "2"]])
            running.cancel()
            try await running.value
        }
    }

    @Test func aFullBatchAndACriticalAlertDoNotWait() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink]) { $0.batchSize = 3 }
            let running = sim.task("router") { await router.run() }
            for number in 1...3 { router.report(alert(number)) }
            await sink.waitForBatches(1)
            router.report(alert(4, .critical))
            await sink.waitForBatches(2)
            #expect(sink.subjects == [["1", "2", "3"], ["4"]])
            running.cancel()
            try await running.value
        }
    }

    @Test func whatIsUrgentEnoughDoesNotWaitAndTakesTheOthersAlong() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink]) { $0.urgency = .high }
            let running = sim.task("router") { await router.run() }
            router.report(alert(1, .medium))
            try await sim.settle()
            #expect(sink.subjects.isEmpty)
            router.report(alert(2, .high))
            await sink.waitForBatches(1)
            #expect(sink.subjects == [["1", "2"]])
            // What was sent is urgent no more.
            router.report(alert(3, .low))
            try await sim.settle()
            #expect(sink.subjects.count == 1)
            running.cancel()
            try await running.value
        }
    }

    @Test func whatIsQueuedGoesOutWhenTheRouterIsCancelled() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink]) { $0.batchSize = 2 }
            for number in 1...5 { router.report(alert(number)) }
            let running = sim.task("running") {
                withUnsafeCurrentTask { $0?.cancel() }
                await router.run()
            }
            try await running.value
            #expect(sink.subjects == [["1", "2"], ["3", "4"], ["5"]])
        }
    }

    @Test func aFailingSinkIsAnEventAndTheOthersAreServed() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([FailingSink(), sink])
            let running = sim.task("router") { await router.run() }
            router.report(alert(1, .critical))
            await sink.waitForBatches(1)
            running.cancel()
            try await running.value
            let failures = events.all.filter { $0.kind == .alertSinkFailed }
            #expect(failures.map(\.subject) == ["failing"])
            #expect(failures.first?.attributes["reason"] == "Unexpected")
            #expect(sink.subjects == [["1"]])
        }
    }

    @Test func aHangingSinkIsAnEventAfterItsTimeLimitAndHoldsUpNobody() throws {
        try simulated { sim in
            let (sink, hanging) = (NotingSink(), HangingSink())
            let router = try router([hanging, sink])
            let running = sim.task("router") { await router.run() }
            router.report(alert(1, .critical))
            await sink.waitForBatches(1)
            try await sim.settle()
            #expect(!events.kinds.contains(.alertSinkFailed))
            clock.advance(by: .seconds(10))
            try await sim.settle()
            #expect(events.kinds.contains(.alertSinkFailed))
            router.report(alert(2, .critical))
            await sink.waitForBatches(2)
            running.cancel()
            try await running.value
            let failures = events.all.filter { $0.kind == .alertSinkFailed }
            #expect(failures.map(\.attributes["reason"]) == ["time limit", "still busy with the batch before"])
            #expect(hanging.calls == 1)
            hanging.end()
        }
    }

    @Test func aReportNeverWaitsAndWhatIsTooMuchIsAnEvent() async throws {
        let router = try router([NotingSink()]) { $0.capacity = 3 }
        for number in 1...5 { router.report(alert(number)) }
        let dropped = events.all.filter { $0.kind == .alertDropped }
        #expect(dropped.map(\.subject) == ["4", "5"])
        #expect(dropped.first?.attributes["reason"] == "queue full")
    }

    @Test func P13_switchedOffNothingIsSentAndNothingObserved() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink]) { $0.isEnabled = false }
            router.report(alert(1, .critical))
            let running = sim.task("running") {
                withUnsafeCurrentTask { $0?.cancel() }
                await router.run()
            }
            try await running.value
            #expect(sink.subjects.isEmpty)
            #expect(events.all.isEmpty)
        }
    }

    @Test func aSecondRunEndsAtOnceAndALaterOneWorks() throws {
        try simulated { sim in
            let sink = NotingSink()
            let router = try router([sink])
            let first = sim.task("router") { await router.run() }
            router.report(alert(1, .critical))
            await sink.waitForBatches(1)
            await router.run()
            first.cancel()
            try await first.value
            let later = sim.task("router") { await router.run() }
            router.report(alert(2, .critical))
            await sink.waitForBatches(2)
            later.cancel()
            try await later.value
        }
    }

    @Test func optionsOutOfRangeAreRefused() {
        let wrong: [(inout AlertRouter.Options) -> Void] = [
            { $0.batchSize = 0 }, { $0.capacity = 0 }, { $0.delay = .seconds(-1) }, { $0.timeLimit = .zero },
            { $0.deduplication = .seconds(-1) },
        ]
        for change in wrong { #expect(throws: InvalidArgument.self) { try router([], change) } }
    }
}

/// Keeps what it is sent, and lets a test wait for it.
private final class NotingSink: AlertSink {
    let name = "noting"
    private let batches = Mutex<[[ResilienceAlert]]>([])
    private let arrivals: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation
    var subjects: [[String]] { batches.withLock { $0.map { $0.map(\.subject) } } }

    init() { (arrivals, continuation) = AsyncStream.makeStream() }

    func send(_ alerts: [ResilienceAlert]) async throws {
        let count = batches.withLock { batches in
            batches.append(alerts)
            return batches.count
        }
        continuation.yield(count)
    }

    func waitForBatches(_ count: Int) async {
        for await arrived in arrivals where arrived >= count { return }
    }
}

private struct FailingSink: AlertSink {
    let name = "failing"
    func send(_ alerts: [ResilienceAlert]) async throws { throw Unexpected() }
}

/// Ignores its cancellation.
private final class HangingSink: AlertSink {
    let name = "hanging"
    private let state = Mutex<(calls: Int, waiting: CheckedContinuation<Void, Never>?)>((0, nil))
    var calls: Int { state.withLock { $0.calls } }

    func send(_ alerts: [ResilienceAlert]) async throws {
        await withCheckedContinuation { continuation in
            state.withLock { $0 = ($0.calls + 1, continuation) }
        }
    }

    func end() {
        state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }?.resume()
    }
}
