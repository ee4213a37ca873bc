/// One policy in a ``Pipeline``.
public struct PipelineLayer<Value: Sendable>: Sendable {
    typealias Next = @Sendable (Attempt) async throws -> Value

    let kind: PipelineLayerKind
    let run: @Sendable (Attempt, @escaping Next) async throws -> Value
    var limit: Duration?
    var fallback: Fallback<Value>?

    private init(
        _ kind: PipelineLayerKind,
        _ run: @escaping @Sendable (Attempt, @escaping Next) async throws -> Value
    ) {
        self.kind = kind
        self.run = run
    }

    /// Another answer where everything inside fails.
    public static func fallback(_ fallback: Fallback<Value>) -> PipelineLayer {
        var layer = PipelineLayer(.fallback) { attempt, next in try await fallback.run { try await next(attempt) }.value
        }
        layer.fallback = fallback
        return layer
    }

    /// Further attempts of everything inside.
    public static func retry(_ retrier: Retrier) -> PipelineLayer {
        PipelineLayer(.retry) { outer, next in
            try await retrier.run(idempotencyKey: outer.key.own, deadline: outer.deadline) { try await next($0) }
        }
    }

    /// Further attempts while the first is late. The operation is declared safe to run twice at the same time.
    public static func hedging(safeToRunTwice hedging: Hedging) -> PipelineLayer {
        PipelineLayer(.hedging) { attempt, next in
            try await hedging.run(safeToRunTwice: { _ in try await next(attempt) })
        }
    }

    /// Nothing inside is run while the circuit is open.
    public static func breaker(_ breaker: CircuitBreaker) -> PipelineLayer {
        PipelineLayer(.breaker) { attempt, next in try await breaker.run { try await next(attempt) } }
    }

    /// What is inside starts no faster than a rate.
    public static func rateLimiter(_ limiter: RateLimiter) -> PipelineLayer {
        PipelineLayer(.rateLimiter) { attempt, next in try await limiter.run { try await next(attempt) } }
    }

    /// What is inside runs only so many times at once.
    public static func bulkhead(_ bulkhead: Bulkhead) -> PipelineLayer {
        PipelineLayer(.bulkhead) { attempt, next in try await bulkhead.run { try await next(attempt) } }
    }

    /// Everything inside together takes no longer: outside of a retrier the whole call, inside of it each attempt.
    public static func timeout(_ timeout: Timeout) -> PipelineLayer {
        var layer = PipelineLayer(.timeout) { attempt, next in try await timeout.run { try await next(attempt) } }
        layer.limit = timeout.limit
        return layer
    }
}

/// The kinds of policies that a pipeline is made of.
package enum PipelineLayerKind: String, Sendable, Hashable, CaseIterable {
    case fallback, retry, hedging, breaker, rateLimiter, bulkhead, timeout
}
