import Foundation
import ProviderScoring
import ResilienceCore

/// A provider while a world runs.
struct LiveProvider {
    let world: WorldProvider
    private(set) var inFlight = 0
    private var tokens: Double
    private var refilledAt = 0.0

    init(_ world: WorldProvider) {
        self.world = world
        tokens = world.quota?.burst ?? 0
    }

    /// What it would do with a call now, as only the world knows.
    struct Outlook {
        var success: Double
        /// Mean seconds of a success.
        var latency: Double
    }

    func outlook(at time: Double) -> Outlook {
        var success = world.success(at: time)
        if world.quota != nil, level(at: time) < 1 { success = 0 }
        if world.stock(at: time) == 0 { success = 0 }
        success *= 1 - refusal
        return Outlook(success: success, latency: world.latency(at: time) * load * 1.1331)
    }

    /// How a call ends that begins now.
    struct Answer {
        var kind: ProviderOutcome.Kind
        var seconds: Double
        var allowance: Allowance?
    }

    mutating func call(_ request: Int, _ number: Int, at time: Double, draws: Draws, headers: Bool) -> Answer {
        var answer = Answer(kind: .success, seconds: 0)
        if let quota = world.quota {
            tokens = level(at: time)
            refilledAt = time
            if tokens < 1 {
                let wait = ((1 - tokens) / quota.perSecond).rounded(.up)
                answer = Answer(kind: .limited(until: headers ? .at(time + 0.08 + wait) : nil), seconds: 0.08)
                inFlight += 1
                return answer
            }
            tokens -= 1
            let next = (1 - (tokens - tokens.rounded(.down))) / quota.perSecond
            if headers { answer.allowance = Allowance(remaining: Int(tokens), resetsAt: .at(time + next)) }
        }
        if draws.uniform(.refusal, request: request, provider: number) < refusal {
            answer.kind = .overloaded(until: nil)
            answer.seconds = 0.3
        } else if world.stock(at: time) == 0 {
            answer.kind = .stockOut
            answer.seconds = 0.15
        } else if draws.uniform(.success, request: request, provider: number) < world.success(at: time) {
            let spread = exp(0.5 * draws.normal(request: request, provider: number))
            answer.seconds = world.latency(at: time) * load * spread
        } else {
            answer.kind = .failure
            answer.seconds = draws.uniform(.timeout, request: request, provider: number) < 0.3 ? 10 : 0.2
        }
        inFlight += 1
        return answer
    }

    mutating func ended() { inFlight -= 1 }

    /// The probability of a 503.
    private var refusal: Double {
        guard let capacity = world.capacity, inFlight >= capacity else { return 0 }
        return min(1, Double(inFlight - capacity + 1) / Double(capacity))
    }

    /// How much slower it is for what it has to do: from 70 % of its capacity.
    private var load: Double {
        guard let capacity = world.capacity else { return 1 }
        return max(1, Double(inFlight) / (0.7 * Double(capacity)))
    }

    private func level(at time: Double) -> Double {
        guard let quota = world.quota else { return 0 }
        return min(quota.burst, tokens + quota.perSecond * (time - refilledAt))
    }
}

extension Timestamp {
    /// An instant of a world, in seconds from its start.
    static func at(_ seconds: Double) -> Timestamp { Timestamp(microseconds: start + Int64(seconds * 1e6)) }

    static let start: Int64 = 1_700_000_000_000_000
}
