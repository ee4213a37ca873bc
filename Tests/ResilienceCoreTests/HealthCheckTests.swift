import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct HealthCheckTests {
    let clock = ManualClock()

    @Test func allIsWell() async throws {
        let store = InMemoryStore(clock: clock)
        let monitor = try HealthMonitor([.store(store), HealthCheck("gateway") {}], clock: clock)
        let report = await monitor.report()
        #expect(report.status == .healthy)
        #expect(report.findings.map(\.name) == ["store", "gateway"])
        #expect(report.at == clock.now)
    }

    @Test func whatFailsIsNamedWithItsReasonButWithoutAnErrorsText() async throws {
        let monitor = try HealthMonitor(
            [
                HealthCheck("fine") {},
                HealthCheck("queue") { throw Unhealthy("1,000 items are overdue") },
                HealthCheck("gateway") { throw LeakyError(url: "https://user:secret@gateway") },
            ],
            clock: clock
        )
        let report = await monitor.report()
        #expect(report.status == .degraded)
        #expect(report.failures.map(\.name) == ["queue", "gateway"])
        #expect(report.failures.map(\.failure) == ["1,000 items are overdue", "failed with LeakyError"])
    }

    @Test func checksRunAtOnceAndOneThatHangsEndsWithItsLimit() throws {
        try simulated { sim in
            let gate = Gate()
            let soon = clock.now.advanced(by: .seconds(1))
            let monitor = try HealthMonitor(
                [
                    HealthCheck("hangs", timeLimit: .seconds(2)) { await gate.pass() },
                    HealthCheck("slow", timeLimit: .seconds(5)) { try await clock.sleep(until: soon, tolerance: nil) },
                    HealthCheck("sleeps", timeLimit: .seconds(3)) {
                        try await clock.sleep(until: .distantFuture, tolerance: nil)
                    },
                ],
                clock: clock
            )
            let reporting = sim.task("report") { await monitor.report() }
            try await sim.settle()
            for _ in 1...3 {
                clock.advance(by: .seconds(1))
                try await sim.settle()
            }
            let report = try await reporting.value
            gate.open()
            #expect(
                report.findings.map(\.failure) == ["no answer within 2.0 seconds", nil, "no answer within 3.0 seconds"]
            )
        }
    }

    @Test func aCancelledReportEndsAtOnce() throws {
        try simulated { sim in
            let gate = Gate()
            let monitor = try HealthMonitor([HealthCheck("hangs") { await gate.pass() }], clock: clock)
            let reporting = sim.task("report") { await monitor.report() }
            try await sim.settle()
            reporting.cancel()
            let report = try await reporting.value
            gate.open()
            #expect(report.failures.map(\.failure) == ["cancelled"])
        }
    }

    @Test func wrongChecksAreRefused() {
        #expect(throws: InvalidArgument.self) { try HealthMonitor([HealthCheck("") {}]) }
        #expect(throws: InvalidArgument.self) { try HealthMonitor([HealthCheck("a") {}, HealthCheck("a") {}]) }
        #expect(throws: InvalidArgument.self) { try HealthMonitor([HealthCheck("a", timeLimit: .zero) {}]) }
    }
}

private struct LeakyError: Error {
    let url: String
}
