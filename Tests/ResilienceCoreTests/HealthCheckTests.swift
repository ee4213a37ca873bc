import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct HealthCheckTests {
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

    @Test func checksRunAtOnceAndOneThatHangsEndsWithItsLimit() async throws {
        let (release, releasing) = AsyncStream.makeStream(of: Void.self)
        let soon = clock.now.advanced(by: .seconds(1))
        let monitor = try HealthMonitor(
            [
                HealthCheck("hangs", timeLimit: .seconds(2)) { await hang(release) },
                HealthCheck("slow", timeLimit: .seconds(5)) { try await clock.sleep(until: soon, tolerance: nil) },
                HealthCheck("sleeps", timeLimit: .seconds(3)) {
                    try await clock.sleep(until: .distantFuture, tolerance: nil)
                },
            ],
            clock: clock
        )
        let reporting = Task { await monitor.report() }
        // Three limits and two sleeping checks.
        await clock.waitForSleepers(5)
        clock.advance(by: .seconds(1))
        clock.advance(by: .seconds(1))
        clock.advance(by: .seconds(1))
        let report = await reporting.value
        releasing.finish()
        #expect(
            report.findings.map(\.failure) == ["no answer within 2.0 seconds", nil, "no answer within 3.0 seconds"]
        )
    }

    @Test func aCancelledReportEndsAtOnce() async throws {
        let (release, releasing) = AsyncStream.makeStream(of: Void.self)
        let monitor = try HealthMonitor([HealthCheck("hangs") { await hang(release) }], clock: clock)
        let reporting = Task { await monitor.report() }
        await clock.waitForSleepers()
        reporting.cancel()
        let report = await reporting.value
        releasing.finish()
        #expect(report.failures.map(\.failure) == ["cancelled"])
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

/// Waits whatever becomes of its task.
private func hang(_ release: AsyncStream<Void>) async {
    await Task { for await _ in release {} }.value
}
