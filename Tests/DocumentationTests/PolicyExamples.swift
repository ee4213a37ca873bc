import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite(.timeLimit(.minutes(20))) struct PolicyExamples {
    private let classifier = ErrorClassifier.standard
    private let api = API()
    private let item = "item-1"

    private struct Quote: Sendable, Equatable {
        var price = 10
        static let standard = Quote(price: 12)
        static let outOfDate = Quote(price: 9)
    }

    private struct GatewayError: FailureReporting {
        let status: Int
        var failure: Failure { Failure(status: status) }
    }

    private struct API: Sendable {
        func quote() async throws -> Quote { Quote() }
        func quote(for item: String, key: String = "") async throws -> Quote { Quote() }
        func rates() async throws -> Int { 3 }
        func page(_ number: Int) async throws -> Int { number }
        func price(of item: String) async throws -> Int { 10 }
        func charge(_ order: Order) async throws {}
        func build(for customer: String) async throws -> String { "report for \(customer)" }
        func read(_ key: String) async throws -> String { "page \(key)" }
    }

    @Test func faults() async throws {
        let clock = SystemClock()
        let retrier = Retrier(try RetryPolicy(attempts: 20, backoff: .none), classifier: classifier)
        // example
        let faults = try OperationFaults<Quote>(seed: 7, clock: clock)
            .delaying(0.2, by: .milliseconds(100) ... .seconds(3))
            .throwing(0.1) { GatewayError(status: 503) }
            .returning(0.01) { .outOfDate }
        let quote = try await retrier.run { _ in try await faults.run { try await api.quote() } }
        // end
        #expect([Quote(), .outOfDate].contains(quote))
    }

    @Test func breakersBudgetsAndBulkheadsByKey() async throws {
        let classifier = classifier
        do {
            // example
            let breakers = PerKey { host in
                CircuitBreaker(name: host, failures: .byClassification(classifier))
            }
            let rates = try await breakers["rates.example.com"].run { try await api.rates() }
            // end
            #expect(rates == 3)
        }
        do {
            // example
            let budgets = PerKey { _ in RetryBudget() }
            let retrier = Retrier(.default, classifier: classifier, budget: budgets["stripe"])
            // end
            #expect(retrier.policy.attempts == 3)
        }
        let options = try BulkheadOptions(permits: 2, queueLimit: 2, longestWait: .seconds(1))
        // example
        let bulkheads = PerKey { host in Bulkhead(options, name: host) }
        let page = try await bulkheads["api.example.com"].run { try await api.page(7) }
        // end
        #expect(page == 7)
    }

    @Test func anOutcome() async throws {
        let retrier = Retrier(.default, classifier: classifier)
        let order = Order(id: "17")
        // example
        let outcome = await retrier.outcome { _ in try await api.charge(order) }
        for attempt in outcome.attempts {
            print(attempt.number, attempt.classification?.category.rawValue ?? "", attempt.decision ?? "succeeded")
        }
        if case .failure = outcome.result, let instant = outcome.retryableAt { print("again after \(instant)") }
        // end
        #expect(outcome.attempts.count == 1)
    }

    private struct Token: Hashable, Sendable { var text: String }

    private struct Session: Sendable {
        var user: String
        var expires: Timestamp
    }

    private struct Request {
        var user = ""
        var isAuthenticatedFromCache = false
    }

    private struct IdentityProvider: Sendable {
        func verify(_ token: Token) async throws -> Session { Session(user: "ada", expires: .distantFuture) }
    }

    @Test func aCachedSession() async throws {
        let (token, identityProvider) = (Token(text: "t"), IdentityProvider())
        var request = Request()
        // example
        let sessions = try FallbackCache<Token, Session>(capacity: 10_000, lifetime: .seconds(900)) { $0.expires }
        let answer = try await Fallback.cached(in: sessions, for: token, when: .systemIsDown, classifier: classifier)
            .run { try await identityProvider.verify(token) }
        request.user = answer.value.user
        request.isAuthenticatedFromCache = answer.age != nil
        // end
        #expect(request.user == "ada")
        #expect(!request.isAuthenticatedFromCache)
    }

    @Test func limits() async throws {
        let api = api, item = item
        let (reports, replica, customer, key) = (api, api, "ada", "7")
        do {
            // example
            let hedging = try Hedging(.quantile(0.95, until: .milliseconds(200)), extraLoad: 0.05)
            let page = try await hedging.run(safeToRunTwice: { _ in try await replica.read(key) })
            // end
            #expect(page == "page 7")
        }
        // example
        let bulkhead = Bulkhead(try BulkheadOptions(permits: 20, queueLimit: 100, longestWait: .seconds(2)))
        let report = try await bulkhead.run { try await reports.build(for: customer) }
        // end
        #expect(report == "report for ada")
        // example
        let limiter = try RateLimiter(RateLimit(50, per: .seconds(1), burst: 10), waitingAtMost: .seconds(2))
        let price = try await limiter.run { try await api.price(of: item) }
        // end
        #expect(price == 10)
        // example
        let timeout = try Timeout(.seconds(2))
        let quote = try await timeout.run { try await api.quote(for: item) }
        // end
        #expect(quote == Quote())
    }

    @Test func aPipeline() async throws {
        let retrier = Retrier(.default, classifier: classifier)
        let breaker = CircuitBreaker(name: "quotes", failures: .byClassification(classifier))
        let bulkhead = Bulkhead(try BulkheadOptions(permits: 2, queueLimit: 2, longestWait: .seconds(1)))
        let api = api, item = item
        // example
        let pipeline = try Pipeline<Quote>(
            .fallback(.value(.standard, classifier: classifier)),
            .timeout(Timeout(.seconds(10))),                // the whole call
            .retry(retrier),
            .breaker(breaker),
            .bulkhead(bulkhead),
            .timeout(Timeout(.seconds(2)))                  // each attempt
        )
        let quote = try await pipeline.run { attempt in try await api.quote(for: item, key: attempt.idempotencyKey) }
        // end
        _ = quote
    }

    private struct Queue: Sendable {
        func submit(_ order: Order) async throws {}
    }

    @Test func anOpenCircuitIsAnErrorOfItsOwn() async throws {
        let breaker = CircuitBreaker(name: "charges", failures: .byClassification(classifier))
        let (queue, order) = (Queue(), Order(id: "17"))
        // example
        do {
            try await breaker.run { try await api.charge(order) }
        } catch let error as PolicyError where error.code == .circuitOpen {
            try await queue.submit(order)
        }
        // end
        #expect(breaker.snapshot.state == .closed)
    }

    private struct Model: Sendable {
        func answer(to prompt: String, key: String) async throws -> AsyncStream<String> {
            AsyncStream { continuation in
                continuation.yield(prompt)
                continuation.finish()
            }
        }
    }

    private struct Client: Sendable {
        let sent: Sent<String>
        func send(_ token: String) async throws { try await sent.publish(token) }
    }

    @Test func aStream() async throws {
        let retrier = Retrier(.default, classifier: classifier)
        let sent = Sent<String>()
        let (model, client, prompt) = (Model(), Client(sent: sent), "hello")
        // example
        let firstToken = try Timeout(.seconds(5))
        try await retrier.stream(firstOutputWithin: firstToken) { attempt, output in
            for try await token in try await model.answer(to: prompt, key: attempt.idempotencyKey) {
                output.begin()
                try await client.send(token)
            }
        }
        // end
        #expect(sent.all == ["hello"])
    }
}
