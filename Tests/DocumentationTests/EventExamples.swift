import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// A place to which alerts go, where a test can look.
private struct Chat: AlertSink {
    var name = "chat"
    let sent = Sent<[ResilienceAlert]>()
    func send(_ alerts: [ResilienceAlert]) async throws { try await sent.publish(alerts) }
}

private let posted = Sent<[ResilienceAlert]>()

private func post(_ alerts: [ResilienceAlert]) async throws { try await posted.publish(alerts) }

@Suite(.timeLimit(.minutes(20))) struct EventExamples {
    let clock = ManualClock()

    @Test func anObserverThatCounts() {
        // example
        final class Counter: Observer {
            let counts = Mutex<[ResilienceEvent.Kind: Int]>([:])

            func observe(_ event: ResilienceEvent) {
                counts.withLock { $0[event.kind, default: 0] += 1 }
            }
        }
        // end
        let counter = Counter()
        counter.observe(ResilienceEvent(.parked, at: clock.now, subject: "example"))
        #expect(counter.counts.withLock { $0 } == [.parked: 1])
    }

    @Test func aRouterOfAlerts() async throws {
        let (pager, chat) = (Chat(name: "pager"), Chat())
        let running = Task { [clock] in
            let alert = ResilienceAlert("payment.failed", .critical, subject: "17", at: clock.now, message: "failed")
            // example
            let router = try AlertRouter(to: [pager, chat],
                rules: [.moreThan(5, name: "payment.failed", within: .seconds(3600))])
            async let delivery: Void = router.run()
            router.report(alert)
            // end
            for number in 1...5 {
                var other = alert
                other.id = "\(number)"
                router.report(other)
            }
            await delivery
        }
        #expect(await chat.sent.first()?.count == 1)
        #expect(await pager.sent.first()?.count == 1)
        running.cancel()
        try await running.value
    }

    @Test func rulesOfAlerts() throws {
        // example
        let rules: [AlertRule] = [
            .each(code: "INSUFFICIENT_FUNDS", atMostOncePer: .seconds(60)),
            .moreThan(5, name: "payment.failed", within: .seconds(3600)),
            .moreThan(10, code: "RATE_LIMIT_EXCEEDED", within: .seconds(3600)),
        ]
        // end
        _ = try AlertRouter(to: [], rules: rules, clock: clock)
    }

    @Test func aSink() async throws {
        // example
        struct Pager: AlertSink {
            let name = "pager"
            func send(_ alerts: [ResilienceAlert]) async throws { try await post(alerts) }
        }
        // end
        let before = posted.all.count
        try await Pager().send([])
        #expect(posted.all.count == before + 1)
    }

    @Test func anAlert() throws {
        let payment = Payment(id: "17", amount: 1)
        let observer = RecordingObserver()
        let router = try AlertRouter(to: [], clock: clock, observer: observer)
        // example
        router.report(
            ResilienceAlert("payment.failed", .critical, code: "INSUFFICIENT_FUNDS", subject: payment.id, at: clock.now,
                message: "Payment failed after 3 attempts")
        )
        // end
        #expect(observer.count(.alertRaised) == 1)
    }

    @Test func aMonitorOfHealth() async throws {
        struct Host { func ping() async throws {} }
        let (store, gateway) = (InMemoryStore(), Host())
        // example
        let health = try HealthMonitor([
            .store(store),
            HealthCheck("gateway") { try await gateway.ping() },
        ])
        let report = await health.report()  // report.status, report.failures
        // end
        #expect(report.status == .healthy)
    }
}
