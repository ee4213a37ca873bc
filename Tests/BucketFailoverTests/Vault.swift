import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization

/// A source of credentials that a test fills, and that counts what it is asked for.
final class Vault: CredentialSource {
    typealias Refresh = @Sendable (_ bucket: String, _ vault: Vault) async throws -> Credential?
    typealias LoginToAll = @Sendable (_ buckets: [String], _ vault: Vault) async throws -> Void
    typealias Login = @Sendable (_ bucket: String, _ vault: Vault) async throws -> Void

    struct Refused: Error { var text = "refused: secret-a" }

    private struct State {
        var stored: [String: Credential] = [:]
        var unreadable: Set<String> = []
        var refreshes: [String] = []
        var logins: [String] = []
        var choices: [String] = []
        var loginsToAll: [[String]] = []
        var metadata: [String: String] = [:]
        var reads: [String] = []
        var readGate: Gate?
        var locks: [(bucket: String, limit: Duration)] = []
        var unlocks: [String] = []
    }

    private let state = Mutex(State())
    private let onRefresh: Refresh
    private let onLogin: Login
    private let onLoginToAll: LoginToAll?
    private let onLock: (@Sendable (Vault) -> RefreshLock)?
    private let forgetsChoices: Bool

    init(
        _ stored: [String: Credential],
        forgetsChoices: Bool = false,
        onRefresh: @escaping Refresh = { _, _ in throw Refused() },
        onLogin: @escaping Login = { _, _ in throw Refused() },
        onLoginToAll: LoginToAll? = nil,
        onLock: (@Sendable (Vault) -> RefreshLock)? = nil
    ) {
        self.onLoginToAll = onLoginToAll
        self.onLock = onLock
        self.onRefresh = onRefresh
        self.onLogin = onLogin
        self.forgetsChoices = forgetsChoices
        state.withLock { $0.stored = stored }
    }

    var refreshes: [String] { state.withLock { $0.refreshes } }
    var logins: [String] { state.withLock { $0.logins } }
    var choices: [String] { state.withLock { $0.choices } }

    var loginsToAll: [[String]] { state.withLock { $0.loginsToAll } }
    var metadata: [String: String] { state.withLock { $0.metadata } }
    var reads: [String] { state.withLock { $0.reads } }
    var locks: [(bucket: String, limit: Duration)] { state.withLock { $0.locks } }
    var unlocks: [String] { state.withLock { $0.unlocks } }

    func store(_ credential: Credential?, _ bucket: String) { state.withLock { $0.stored[bucket] = credential } }

    /// Lets nobody read until ``releaseReads()``.
    func holdReads() { state.withLock { $0.readGate = Gate() } }

    func releaseReads() {
        let gate = state.withLock { state in
            defer { state.readGate = nil }
            return state.readGate
        }
        gate?.open()
    }

    func breakReading(of bucket: String) { state.withLock { _ = $0.unreadable.insert(bucket) } }

    func credential(of bucket: String) async throws -> Credential? {
        await state.withLock { $0.readGate }?.wait()
        return try state.withLock { state in
            state.reads.append(bucket)
            if state.unreadable.contains(bucket) { throw Refused() }
            return state.stored[bucket]
        }
    }

    func refresh(_ bucket: String, _ ended: Credential) async throws -> Credential? {
        state.withLock { $0.refreshes.append(bucket) }
        let fresh = try await onRefresh(bucket, self)
        if let fresh { store(fresh, bucket) }
        return fresh
    }

    func lockRefresh(of bucket: String, waitingAtMost limit: Duration) async throws -> RefreshLock {
        guard let onLock else { return .notNeeded }
        state.withLock { $0.locks.append((bucket, limit)) }
        return onLock(self)
    }

    func unlockRefresh(of bucket: String) async { state.withLock { $0.unlocks.append(bucket) } }

    func authenticateAll(_ buckets: [String], metadata: [String: String]) async throws {
        guard let onLoginToAll else { throw LoginUnavailable() }
        state.withLock { state in
            state.loginsToAll.append(buckets)
            state.metadata = metadata
        }
        try await onLoginToAll(buckets, self)
    }

    func authenticate(_ bucket: String) async throws {
        state.withLock { $0.logins.append(bucket) }
        try await onLogin(bucket, self)
    }

    func didChoose(_ bucket: String) async throws {
        if forgetsChoices { throw Refused() }
        state.withLock { $0.choices.append(bucket) }
    }
}

/// A service that answers what it is told to.
struct Trouble: FailureReporting, Equatable {
    var status: Int?
    var code: String?
    var message = ""
    var headers: Headers = [:]
    var retryAfter: Duration?

    init(_ status: Int?, code: String? = nil, message: String = "", headers: Headers = [:], retryAfter: Duration? = nil)
    {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.retryAfter = retryAfter
    }

    var failure: Failure {
        Failure(
            source: "openai",
            status: status,
            code: code,
            message: message,
            headers: headers,
            transmission: status == nil ? .notSent : .sent,
            retryAfter: retryAfter
        )
    }
}

extension ManualClock {
    func valid(_ token: String, for length: Duration = .seconds(3_600)) -> Credential {
        Credential(token: token, expiresAt: now.advanced(by: length))
    }

    func expired(_ token: String) -> Credential { Credential(token: token, expiresAt: now) }
}

/// Holds up any number of tasks until it is opened, also those that are cancelled.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// What an attempt was made with, in order.
final class Calls: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { list.withLock { $0 } }
    var count: Int { all.count }

    @discardableResult
    func add(_ name: String) -> Int {
        list.withLock { list in
            list.append(name)
            return list.count
        }
    }
}

extension RetryPolicy {
    /// Attempts without a wait between them; as many as the pool needs unless a number is given.
    static func immediate(_ attempts: Int? = nil, isIdempotent: Bool = false) throws -> RetryPolicy {
        try RetryPolicy(attempts: attempts, backoff: .none, throttledBackoff: .none, isIdempotent: isIdempotent)
    }
}
