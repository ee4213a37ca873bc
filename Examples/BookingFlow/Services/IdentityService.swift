import ErrorClassification
import ExampleSupport
import ResilienceCore
import RetryOrchestrator

/// A customer who has signed in.
struct Session: Codable, Sendable, Equatable {
    let customer: String
    /// When the identity service said so.
    let verifiedAt: Timestamp
    /// Whether that was taken from memory, since the service was down.
    var isCached = false
}

/// Tells who somebody is. It is down for five minutes at a time, and some sessions have ended when their customers come
/// back to cancel.
struct IdentityService: Sendable {
    static let name = "identity"
    let line: ServiceLine

    /// Asks who shows that token.
    ///
    /// - Throws: ``ServiceError``: 401 for a session that has ended, and what comes of a service that is down.
    func verify(_ token: String, of customer: String, for request: String) async throws -> Session {
        let now = line.clock.now
        if let error = outage(at: now) { throw error }
        let isRejected = token.hasSuffix("/cancel") && "\(line.temper.seed)/\(token)".hashOfBytes() % 6 == 0
        try await line.book.decide { _ in
            var line = AnswerLine(
                ServiceCall(service: Self.name, action: "verify", request: request, key: token, to: customer),
                at: now
            )
            line.answer = isRejected ? "rejected" : "verified"
            return ((), line)
        }
        guard !isRejected else {
            throw ServiceError(source: Self.name, status: 401, code: "invalid_token", message: "401 Unauthorized")
        }
        return Session(customer: customer, verifiedAt: now)
    }

    private func outage(at now: Timestamp) -> ServiceError? {
        let number = "\(line.temper.seed)/\(now.microseconds / 300_000_000)".hashOfBytes() % 10
        switch number {
        case 0: return .unavailable(Self.name)
        case 1:
            return ServiceError(source: Self.name, code: "ECONNREFUSED", message: "connect ECONNREFUSED 10.0.0.7:443")
        case 2: return .noAnswer(Self.name)
        default: return nil
        }
    }
}

/// Lets customers in who may cancel: by the identity service, or by what it said in the last quarter of an hour while it
/// is down. A session that it rejects is never let in.
struct SignIn: Sendable {
    let service: IdentityService
    let sessions: FallbackCache<String, Session>
    /// Takes that protection away: whoever shows a session gets in, whatever the service says.
    let letsStrangersIn: Bool

    init(_ service: IdentityService, letsStrangersIn: Bool) throws {
        self.service = service
        self.letsStrangersIn = letsStrangersIn
        sessions = try FallbackCache(capacity: 10_000, lifetime: .seconds(900), clock: service.line.clock)
    }

    enum Answer: Sendable, Equatable {
        case letIn(Session)
        case rejected
        /// The service is down, and nothing is remembered.
        case later
    }

    func sign(in customer: String, token: String, for request: String) async throws -> Answer {
        let fallback = Fallback.cached(
            in: sessions,
            for: customer,
            when: .systemIsDown,
            classifier: .http,
            name: "sign-in",
            clock: service.line.clock
        )
        do {
            let answer = try await fallback.run { try await service.verify(token, of: customer, for: request) }
            var session = answer.value
            session.isCached = answer.age != nil
            return .letIn(session)
        } catch let error as ServiceError {
            if letsStrangersIn {
                return .letIn(Session(customer: customer, verifiedAt: service.line.clock.now, isCached: true))
            }
            return error.status == 401 ? .rejected : .later
        }
    }
}
