import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("The fallback")
struct FallbackTests {
    private let clock = ManualClock()

    private struct Session: Sendable, Equatable {
        var user: String
        var expires: Timestamp
    }

    private struct Reply: FailureReporting {
        var status: Int?
        var code: String?
        var failure: Failure { Failure(source: "identity", status: status, code: code) }
    }

    private func identityClassifier() throws -> ErrorClassifier {
        try ErrorClassifier([
            RuleTable(
                "identity",
                systems: ["identity"],
                rules: [
                    // A gateway that answers 503 for a revoked credential.
                    Rule("revoked", .authentication, codes: ["REVOKED"]),
                    Rule("unauthorized", .authentication, statuses: [401...401]),
                    Rule("throttled", .rateLimited, statuses: [429...429]),
                    Rule("down", .server, statuses: [500...599]),
                ]
            )
        ])
    }

    @Test("A value, with the reason; what succeeds is given as it is")
    func value() async throws {
        let fallback = Fallback.value("default", classifier: try .forTests())
        let good = try await fallback.run { "real" }
        #expect(good.value == "real" && good.origin == .operation && good.reason == nil)
        let other = try await fallback.run { throw Trouble.busy }
        #expect(other.value == "default")
        #expect(other.reason?.category == .unavailable)
        await #expect(throws: Trouble.wrong) { try await fallback.run { throw Trouble.wrong } }
    }

    @Test("A degraded result that carries its reason; if it cannot be made, the operation's own error")
    func degraded() async throws {
        struct Notes: Equatable, Sendable { var text: String, isEnhanced: Bool, reason: String? }
        let fallback = Fallback.making(classifier: try .forTests()) { _, reason in
            Notes(text: "raw", isEnhanced: false, reason: reason.category.rawValue)
        }
        let notes = try await fallback.run { throw Trouble.busy }.value
        #expect(notes == Notes(text: "raw", isEnhanced: false, reason: "unavailable"))
        let broken = Fallback<Notes>.making(classifier: try .forTests()) { _, _ in throw Trouble.wrong }
        await #expect(throws: Trouble.busy) { try await broken.run { throw Trouble.busy } }
    }

    @Test("rule 14: a cancellation while a substitute is made is thrown as CancellationError")
    func cancelledSubstitute() async throws {
        let (clock, observer) = (clock, RecordingObserver())
        let fallback = Fallback<Int>.making(classifier: try .forTests(), observer: observer, clock: clock) { _, _ in
            try await clock.sleep(until: .distantFuture, tolerance: nil)
            return 1
        }
        let running = Task { try await fallback.run { throw Trouble.busy } }
        await clock.waitForSleepers()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(observer.events.isEmpty)
    }

    @Test("A cached session is good for a verifier that is down, refuses or is late, and for nothing else")
    func cachedSession() async throws {
        let sessions = try FallbackCache<String, Session>(
            capacity: 10,
            lifetime: .seconds(900),
            expiry: { $0.expires },
            clock: clock
        )
        let session = Session(user: "ada", expires: clock.now.advanced(by: .seconds(600)))
        let fallback = Fallback.cached(
            in: sessions,
            for: "token",
            when: .systemIsDown,
            classifier: try identityClassifier()
        )
        await #expect(throws: Reply.self) { try await fallback.run { throw Reply(status: 500) } }
        #expect(try await fallback.run { session }.age == nil)
        clock.advance(by: .seconds(60))
        let excused: [any Error] = [
            Reply(status: 500), Reply(status: 503), Reply(code: "ECONNREFUSED"), Reply(code: "ETIMEDOUT"),
            PolicyError(.timedOut, policy: "t"), PolicyError(.circuitOpen, policy: "b"),
        ]
        for error in excused {
            let answer = try await fallback.run { throw error }
            #expect(answer.value == session)
            #expect(answer.age == .seconds(60))
        }
        let others: [any Error] = [
            Reply(status: 401), Reply(status: 403), Reply(status: 429), Reply(status: 404), Reply(code: "ECONNRESET"),
            Reply(status: 503, code: "REVOKED"), PolicyError(.rateLimited, policy: "l"), CancellationError(),
        ]
        for error in others {
            await #expect(throws: (any Error).self, "\(error)") { try await fallback.run { throw error } }
        }
        clock.advance(by: .seconds(540))
        await #expect(throws: Reply.self, "the session's own end has come") {
            try await fallback.run { throw Reply(status: 500) }
        }
    }

    @Test("A session that was refused since is not answered from the cache in the next outage", arguments: [401, 403])
    func revoked(status: Int) async throws {
        let sessions = try FallbackCache<String, Int>(capacity: 10, lifetime: .seconds(900), clock: clock)
        let classifier = try ErrorClassifier([
            RuleTable(
                "identity",
                systems: ["identity"],
                rules: [
                    Rule("unauthorized", .authentication, statuses: [401...401]),
                    Rule("forbidden", .authorization, statuses: [403...403]),
                    Rule("down", .server, statuses: [500...599]),
                ]
            )
        ])
        let fallback = Fallback.cached(in: sessions, for: "token", when: .systemIsDown, classifier: classifier)
        let other = Fallback.cached(in: sessions, for: "other", when: .systemIsDown, classifier: classifier)
        _ = try await fallback.run { 1 }
        _ = try await other.run { 2 }
        await #expect(throws: Reply.self) { try await fallback.run { throw Reply(status: status) } }
        await #expect(throws: Reply.self) { try await fallback.run { throw Reply(status: 503) } }
        #expect(try await other.run { throw Reply(status: 503) }.value == 2)
    }

    @Test("Unless told otherwise it answers where the system fails or a policy refuses to ask it, and nowhere else")
    func systemFails() async throws {
        let classifier = try ErrorClassifier([try .ofEachCategory])
        let fallback = Fallback.value(0, classifier: classifier)
        var answered: Set<ErrorClassification.Category> = []
        for category in ErrorClassification.Category.allCases {
            let answer = try? await fallback.run { throw Failed(category) }
            if answer?.reason?.category == category { answered.insert(category) }
        }
        #expect(answered == [.unavailable, .overloaded, .resourceExhausted, .server, .network, .timeout])
        for code in [PolicyError.Code.timedOut, .attemptAbandoned, .circuitOpen, .bulkheadFull, .rateLimited] {
            let answer = try await fallback.run { throw PolicyError(code, policy: "p") }
            #expect(answer.value == 0 && answer.reason?.code == code.rawValue, "\(code)")
        }
    }

    @Test("A missing credential is never answered, whatever the condition says")
    func neverForAuthentication() async throws {
        let always = Fallback.value(1, when: .when { _, _ in true }, classifier: try identityClassifier())
        await #expect(throws: Reply.self) { try await always.run { throw Reply(status: 401) } }
        #expect(try await always.run { throw Reply(status: 429) }.value == 1)
        #expect(throws: InvalidArgument.self) { try FallbackCondition.categories([.server, .authentication]) }
        await #expect(throws: CancellationError.self) { try await always.run { throw CancellationError() } }
    }

    @Test("The cache holds the latest up to its capacity, no longer than their lifetime")
    func cache() throws {
        let cache = try FallbackCache<Int, String>(capacity: 3, lifetime: .seconds(10), clock: clock)
        for number in 0..<3 { cache.store("a", for: number) }
        cache.store("b", for: 0)
        cache.store("c", for: 3)
        #expect(cache.value(for: 1) == nil)
        #expect(cache.value(for: 0)?.value == "b")
        #expect(cache.count == 3)
        clock.advance(by: .seconds(10) - .microseconds(1))
        #expect(cache.value(for: 3)?.age == .seconds(10) - .microseconds(1))
        clock.advance(by: .microseconds(1))
        #expect(cache.value(for: 3) == nil)
        for number in 0..<10_000 { cache.store("d", for: number % 2) }
        cache.remove(0)
        #expect(cache.value(for: 0) == nil)
        #expect(cache.value(for: 1) != nil)
    }

    @Test("Its observer is told that it answered, with the age, or that it could not")
    func events() async throws {
        let observer = RecordingObserver()
        let cache = try FallbackCache<Int, Int>(capacity: 3, lifetime: .seconds(10), clock: clock)
        let fallback = Fallback.cached(
            in: cache,
            for: 1,
            classifier: try .forTests(),
            name: "quotes",
            observer: observer,
            clock: clock
        )
        _ = try? await fallback.run { throw Trouble.busy }
        cache.store(1, for: 1)
        _ = try await fallback.run { throw Trouble.busy }
        #expect(observer.events.map(\.kind) == [.fallbackMissing, .fallbackUsed])
        #expect(observer.events[1].attributes == ["category": "unavailable", "age": "0.0 seconds"])
        #expect(observer.events[1].subject == "quotes")
    }
}
