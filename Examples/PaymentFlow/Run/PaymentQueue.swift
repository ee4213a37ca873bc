import ErrorClassification
import ExampleSupport
import ResilienceCore
import RetryOrchestrator

/// The queue of payments: what the library does with them, and how this program calls its gateway.
struct PaymentQueue: Sendable {
    let queue: RetryQueue<Payment, Receipt>

    /// - Parameters:
    ///   - store: as this worker sees it.
    ///   - keys: the API keys of the node in front of the gateway; `nil` if there is none.
    ///   - notices: who is told of what is given up.
    ///   - lease: how long a claimed payment is this worker's without a renewal.
    ///   - stoppage: stops this worker now and then; `nil` if nothing does.
    ///   - other: what stops the other worker, and wants to know what this one takes over.
    init(
        on store: any RecordStore,
        _ gateway: Gateway,
        _ options: Options,
        keys: NodeKeys?,
        notices: Notices,
        lease: Duration,
        tally: Tally,
        stoppage: Stoppage? = nil,
        other: Stoppage? = nil,
        seed: UInt64? = nil
    ) throws {
        var policy = RetryPolicy.payment
        policy.isIdempotent = gateway.kind == .idempotent
        var queueOptions = RetryQueueOptions()
        queueOptions.seed = seed
        queueOptions.firstAttempts = Self.workerOptions(options.concurrency, lease, seed)
        // Retries have a worker and limits of their own, so that they cannot block new payments.
        queueOptions.retries = Self.workerOptions(options.concurrency, lease, seed.map { $0 &+ 1 })
        let broken = options.broken
        let caller = GatewayCaller(
            gateway: gateway,
            keys: keys,
            broken: broken,
            tally: tally,
            stoppage: stoppage,
            other: other
        )
        let resolve: RetryQueue<Payment, Receipt>.Resolver = { try await caller.resolve($0, $1) }
        queue = try RetryQueue(
            Spaces.queue,
            on: broken.map { AlteringStore.broken(store, $0) as any RecordStore } ?? store,
            policy: policy,
            classifier: .ethereum,
            options: queueOptions,
            observer: tally,
            notices: notices.notifier,
            context: { $0.context.rawValue },
            operation: { try await caller.pay($0, $1) },
            resolve: gateway.kind == .idempotent ? nil : resolve
        )
    }

    private static func workerOptions(_ concurrency: Int, _ lease: Duration, _ seed: UInt64?) -> WorkerOptions {
        var options = WorkerOptions()
        options.concurrency = concurrency
        options.hold(for: lease, grace: lease)
        options.seed = seed
        return options
    }
}

/// How the queue's attempts become requests of the gateway.
private struct GatewayCaller: Sendable {
    let gateway: Gateway
    let keys: NodeKeys?
    let broken: Options.Protection?
    let tally: Tally
    let stoppage: Stoppage?
    let other: Stoppage?

    func pay(_ payment: Payment, _ attempt: QueuedAttempt) async throws -> Receipt {
        other?.wasTakenOver(payment.id)
        stoppage?.willCall(about: payment.id)
        defer { stoppage?.didCall(about: payment.id) }
        do {
            return try await throughTheNode {
                try await gateway.pay(payment, request(attempt)) { await stoppage?.pass() }
            }
        } catch let error as GatewayError where error == .staleFence {
            tally.wasStale(payment, attempt.fence)
            throw error
        }
    }

    func resolve(_ payment: Payment, _ attempt: QueuedAttempt) async throws -> Resolution<Receipt> {
        other?.wasTakenOver(payment.id)
        // What a resolver must never do: guess.
        if broken == .resolver { return .notApplied }
        let receipt = try await throughTheNode { try await gateway.receipt(of: payment, request(attempt)) }
        guard let receipt else { return .notApplied }
        return .applied(receipt)
    }

    private func throughTheNode<Answer: Sendable>(_ call: () async throws -> Answer) async throws -> Answer {
        guard let keys else { return try await call() }
        return try await keys.call(call)
    }

    private func request(_ attempt: QueuedAttempt) -> Gateway.Request {
        let fence = broken == .fence ? nil : attempt.fence.rawValue
        return Gateway.Request(
            attempt: attempt.number,
            key: attempt.idempotencyKey,
            fence: fence,
            isMended: attempt.broughtBackAt != nil
        )
    }
}
