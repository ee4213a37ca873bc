import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

@Suite struct ProviderAlertsTests {
    private final class Sink: AlertSink {
        let name = "sink"
        let sent = Mutex<[ResilienceAlert]>([])
        func send(_ alerts: [ResilienceAlert]) async throws { sent.withLock { $0 += alerts } }
    }

    /// The alerts that are sent while the body makes its calls.
    private func sent(
        seed: UInt64 = 1,
        _ body: @escaping @Sendable (Simulation, ProviderRouter) async throws -> Void
    ) throws -> [ResilienceAlert] {
        try Simulation.run(seed: seed) { sim in
            let sink = Sink()
            let sending = try AlertRouter(
                to: [sink], rules: [.each(atMostOncePer: .seconds(900))], clock: sim.clock
            )
            let delivery = sim.task("alerts") { await sending.run() }
            let router = try router(sim, alerts: ProviderAlerts("numbers", to: sending))
            try await body(sim, router)
            delivery.cancel()
            _ = await delivery.result
            return sink.sent.withLock { $0 }
        }.value
    }

    @Test func aProviderUnderNinetyPercentIsReportedOnceThereIsEnoughToGoBy() throws {
        let alerts = try sent { sim, router in
            for number in 0..<60 {
                _ = try? await router.run(RouteRequest(excluding: ["5sim"])) { _ in
                    if number % 5 == 0 { throw VendorError("SQL_ERROR") }
                }
                try await sim.clock.pause(for: .seconds(1))
            }
        }
        #expect(alerts.map(\.name) == ["provider.successRate"])
        #expect(alerts.first?.subject == "sms-activate")
        #expect(alerts.first?.attributes["attempts"] == "20")
    }

    @Test func fewFailuresAndFailuresThatAreNotItsOwnAreNotReported() throws {
        let alerts = try sent { sim, router in
            for number in 0..<60 {
                // The first three of nineteen fail, and after that it is our own mistakes.
                _ = try? await router.run(RouteRequest(excluding: ["5sim"])) { _ in
                    if number < 3 { throw VendorError("SQL_ERROR") }
                    if number >= 19 { throw VendorError("WRONG_SERVICE") }
                }
                try await sim.clock.pause(for: .seconds(1))
            }
        }
        #expect(alerts.isEmpty)
    }

    @Test func fallbacksAreReportedWhenTheyLast() throws {
        func alerts(minutes: Int) throws -> [String] {
            try sent { sim, router in
                for _ in 0..<(minutes * 6) {
                    _ = try await router.run { attempt in
                        // It says that it is sold out, and is asked again five minutes later.
                        if attempt.provider == "sms-activate" { throw VendorError("REQUEST_LIMIT") }
                    }
                    try await sim.clock.pause(for: .seconds(10))
                }
            }.map(\.name)
        }
        #expect(try alerts(minutes: 9) == [])
        #expect(try alerts(minutes: 11) == ["provider.fallbacks"])
    }

    /// A call in two minutes, of which each or each second one is answered by another provider.
    private func alertsOfFewCalls(_ count: Int, isEach: Bool = true) throws -> [String] {
        try sent { sim, router in
            for number in 0..<count {
                _ = try await router.run { attempt in
                    let fails = isEach || number % 2 == 0
                    if fails, attempt.provider == "sms-activate" { throw VendorError("REQUEST_LIMIT") }
                }
                try await sim.clock.pause(for: .seconds(120))
            }
        }.map(\.name)
    }

    @Test func fallbacksOfFewCallsAreReportedOnceThereAreEnough() throws {
        #expect(try alertsOfFewCalls(19) == [])
        #expect(try alertsOfFewCalls(21) == ["provider.fallbacks"])
        #expect(try alertsOfFewCalls(40, isEach: false) == [])
    }

    @Test func aPreferredProviderThatIsNotEvenTriedIsStoodInFor() throws {
        func alerts(preferred: String?, offPreferred: Bool = true, excluding: [String] = []) throws -> [String] {
            try sent { sim, router in
                try router.setPreferences(ProviderPreferences(preferredProvider: preferred))
                if offPreferred { router.setOn(false, of: "sms-activate") }
                for _ in 0..<66 {
                    _ = try await router.run(RouteRequest(excluding: excluding)) { _ in }
                    try await sim.clock.pause(for: .seconds(10))
                }
            }.map(\.name)
        }
        #expect(try alerts(preferred: "sms-activate") == ["provider.fallbacks"])
        #expect(try alerts(preferred: "sms-activate", offPreferred: false) == [])
        #expect(try alerts(preferred: "sms-activate", excluding: ["sms-activate"]) == [])
        #expect(try alerts(preferred: nil) == [])
    }

    @Test func optionsAreChecked() throws {
        let sending = try AlertRouter(to: [])
        for change: (inout ProviderAlerts.Options) -> Void in [
            { $0.minimumSuccessRate = 101 }, { $0.minimumVolume = 0 }, { $0.greatestFallbackShare = -1 },
            { $0.lastingMinutes = 61 }, { $0.minutes = 0 },
        ] {
            var options = ProviderAlerts.Options()
            change(&options)
            #expect(throws: InvalidArgument.self) { try ProviderAlerts("n", to: sending, options: options) }
        }
    }
}
