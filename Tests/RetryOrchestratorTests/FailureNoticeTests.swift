import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("Who hears of what is given up", .timeLimit(.minutes(20)))
struct FailureNoticeTests {
    private typealias Queue = RetryQueue<String, Int>

    private struct NodeError: FailureReporting {
        let message: String
        var failure: Failure { Failure(source: "ethereum", message: message, transmission: .notSent) }
    }

    private final class Sink: AlertSink {
        let name = "chat"
        let fails: Bool
        private let state = Mutex<[ResilienceAlert]>([])
        init(fails: Bool = false) { self.fails = fails }
        var alerts: [ResilienceAlert] { state.withLock { $0 } }
        func send(_ alerts: [ResilienceAlert]) async throws {
            if fails { throw NodeError(message: "no route") }
            state.withLock { $0 += alerts }
        }
    }

    /// A store in which failures cannot be stored until an instant.
    private struct FullStore: RecordStore {
        let base: InMemoryStore
        let until: Timestamp
        var clock: any WallClock { base.clock }
        func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try await base.read(keys) }
        func scan(_ scan: Scan) async throws(StoreError) -> [Record] { try await base.scan(scan) }
        func claim(_ claim: Claim) async throws(StoreError) -> [Record] { try await base.claim(claim) }
        func wakeups(in space: String) -> AsyncStream<Void> { base.wakeups(in: space) }
        func commit(_ batch: Batch) async throws(StoreError) -> Revision {
            let stores = batch.writes.contains { write in
                if case .put = write.effect { write.key.space == "failed.payments" } else { false }
            }
            if stores, clock.now < until { throw .unavailable(NodeError(message: "disk full")) }
            return try await base.commit(batch)
        }
    }

    private struct Run: Sendable {
        var calls = 0
        var events: [ResilienceEvent] = []
        var records: [String] = []
        var alerts: [ResilienceAlert] = []
        var noticed: [String] = []
    }

    private final class Observed: Observer {
        private let state = Mutex<[ResilienceEvent]>([])
        var events: [ResilienceEvent] { state.withLock { $0 } }
        func observe(_ event: ResilienceEvent) { state.withLock { $0.append(event) } }
    }

    /// Runs a queue of failing payments until nothing is pending, with alerts and notices.
    private func run(
        payloads: [String] = ["batch first"],
        message: String = "insufficient funds",
        storingFailsFor outage: Duration = .zero,
        sink: Sink? = Sink(),
        alertsEnabled: Bool = true,
        refuses refusals: Int = 0
    ) throws -> Run {
        try Simulation.run(seed: 5) { sim in
            let base = InMemoryStore(clock: sim.clock)
            let store = FullStore(base: base, until: sim.clock.now.advanced(by: outage))
            let calls = Mutex(0)
            let noticed = Mutex<[String]>([])
            let refused = Mutex(0)
            let observed = Observed()
            var routing = AlertRouter.Options()
            routing.isEnabled = alertsEnabled
            let router = try AlertRouter(
                to: sink.map { [$0] } ?? [],
                options: routing,
                clock: sim.clock,
                observer: observed
            )
            let handler: FailureNotifier<String>.Handler = { notice in
                let isRefused = refused.withLock { count in
                    count += 1
                    return count <= refusals
                }
                if isRefused { throw NodeError(message: "upstream down") }
                noticed.withLock {
                    $0.append("\(notice.context) \(notice.operation) \(notice.code) \(notice.attempts)")
                }
            }
            let notices = try FailureNotifier<String>("payments", on: store, handlers: ["batch": handler])
            var options = RetryQueueOptions()
            (options.seed, options.firstAttempts.seed, options.retries.seed) = (1, 2, 3)
            let queue = try Queue(
                "payments",
                on: store,
                classifier: .ethereum,
                options: options,
                observer: observed,
                alerts: FailureAlerts(to: router),
                notices: notices,
                context: { String($0.prefix { $0 != " " }) },
                operation: { _, _ in
                    calls.withLock { $0 += 1 }
                    throw NodeError(message: message)
                }
            )
            for (number, payload) in payloads.enumerated() { try await queue.submit(payload, id: "p-\(number)") }
            sim.task("worker") { await queue.run() }
            sim.task("notifier") { await notices.run() }
            sim.task("router") { await router.run() }
            var left = 1
            while left > 0 {
                try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
                left = try await queue.counts().pending + base.count(Scan("notices.payments"))
            }
            try await sim.clock.sleep(until: sim.clock.now.advanced(by: .seconds(60)), tolerance: nil)
            var run = Run()
            run.calls = calls.withLock { $0 }
            run.events = observed.events
            run.records = try await base.scan(Scan("failed.payments")).map {
                "\($0.key.name) \(try $0.value.get(FailedOperation<String>.self)) \($0.tags)"
            }
            run.alerts = sink?.alerts ?? []
            run.noticed = noticed.withLock { $0 }
            return run
        }.value
    }

    @Test("P3: three attempts, then it is stored once, with one alert and one notice of its context")
    func oneOfEach() throws {
        let run = try run(message: "429 Too Many Requests")
        #expect(run.calls == 3)
        #expect(run.records.count == 1)
        #expect(run.alerts.map(\.name) == ["operation.failed"])
        #expect(run.alerts.first?.code == "RATE_LIMIT_EXCEEDED")
        #expect(run.alerts.first?.attributes["context"] == "batch")
        #expect(run.noticed == ["batch p-0 RATE_LIMIT_EXCEEDED 3"])
    }

    @Test("A context without a handler is told to nobody")
    func otherContext() throws {
        let run = try run(payloads: ["instant one", "batch two"])
        #expect(run.records.count == 2)
        #expect(run.noticed == ["batch p-1 INSUFFICIENT_FUNDS 1"])
    }

    @Test(
        "P6: storing the failure fails for ten minutes: nothing is lost, nothing is sent again, and the alert goes out"
    )
    func storingFails() throws {
        let run = try run(storingFailsFor: .seconds(600))
        #expect(run.calls == 1)
        #expect(run.records.count == 1)
        #expect(!run.alerts.isEmpty)
        let stored = run.events.first { $0.kind == .queueGaveUp }
        let alerted = run.events.first { $0.kind == .alertRaised }
        #expect(try #require(alerted).at < (try #require(stored)).at)
    }

    @Test("P7: every sink fails: the records are the same to the byte, and the failures are events")
    func sinksFail() throws {
        let payloads = (0..<10).map { "batch \($0)" }
        let (good, bad) = (try run(payloads: payloads), try run(payloads: payloads, sink: Sink(fails: true)))
        #expect(good.records == bad.records)
        #expect(good.records.count == 10)
        #expect(good.noticed == bad.noticed)
        #expect(bad.events.contains { $0.kind == .alertSinkFailed })
        let withoutSinks: (ResilienceEvent) -> Bool = { $0.kind != .alertSinkFailed }
        #expect(good.events.filter(withoutSinks) == bad.events.filter(withoutSinks))
    }

    @Test("P13: switched off nothing is sent and nothing is noted, and the failure is stored all the same")
    func disabled() throws {
        let run = try run(alertsEnabled: false)
        #expect(run.alerts.isEmpty)
        #expect(!run.events.contains { $0.kind.rawValue.hasPrefix("alert.") })
        #expect(run.records.count == 1)
    }

    @Test("A notice that is refused is repeated until it is taken, and the failure stays as it is stored")
    func refusedNotice() throws {
        let run = try run(refuses: 4)
        #expect(run.noticed == ["batch p-0 INSUFFICIENT_FUNDS 1"])
        #expect(run.events.count { $0.kind == .queueGaveUp } == 1)
    }

    @Test("What the error said is kept in the record, cut to its bound, and is in no event and no alert")
    func message() throws {
        let secret = "insufficient funds for the key s3cr3t " + String(repeating: "x", count: 2_000)
        let run = try run(message: secret)
        #expect(run.records.first?.contains("s3cr3t") == true)
        #expect(run.records.first?.utf8.count ?? 0 < 3_000)
        for text in run.events.map({ "\($0)" }) + run.alerts.map({ "\($0)" }) + run.noticed {
            #expect(!text.contains("s3cr3t"))
        }
    }

    @Test("The rules for payments: more than five in an hour, each for want of funds, more than ten for the rate")
    func rules() throws {
        let clock = ManualClock()
        let observed = Observed()
        let router = try AlertRouter(to: [], rules: AlertRule.failedPayments, clock: clock, observer: observed)
        func report(_ code: String, _ subject: Int) -> Int {
            let before = observed.events.count { $0.kind == .alertRaised }
            router.report(
                ResilienceAlert("payment.failed", .high, code: code, subject: "\(subject)", at: clock.now, message: "")
            )
            return observed.events.count { $0.kind == .alertRaised } - before
        }
        #expect(report("INSUFFICIENT_FUNDS", 1) == 1)
        #expect(report("INSUFFICIENT_FUNDS", 2) == 0)
        clock.advance(by: .seconds(60))
        #expect(report("INSUFFICIENT_FUNDS", 3) == 1)
        #expect(report("NONCE_CONFLICT", 4) + report("NONCE_CONFLICT", 5) == 0)
        #expect(report("NONCE_CONFLICT", 6) == 1)
        clock.advance(by: .seconds(3_600))
        #expect((0..<10).map { report("RATE_LIMIT_EXCEEDED", $0) }.reduce(0, +) == 1)
        #expect(report("RATE_LIMIT_EXCEEDED", 10) == 1)
    }
}
