import BucketFailover
import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator
import Synchronization

/// Counts what only shows while it happens, and says it on the standard error where it matters.
final class Tally: Observer {
    /// What is counted.
    struct Counts: Codable, Sendable, Equatable {
        /// Writes of a holder that the store refused, since another holds the item by now.
        var fenced = 0
        /// Calls that the gateway refused, since it has seen a newer request.
        var stale = 0
        /// Failures that may have paid.
        var ambiguous = 0
        /// Errors of the store; the queue waits and goes on.
        var storeErrors = 0
        /// How often another key of the node stood in, by the reason why the one before was left.
        var switches: [String: Int] = [:]
        /// How often somebody was told of a payment that is given up, by its context.
        var notices: [String: Int] = [:]
        /// Amounts of batches that wait for another one.
        var rolledBack = 0

        mutating func add(_ other: Counts) {
            fenced += other.fenced
            stale += other.stale
            ambiguous += other.ambiguous
            storeErrors += other.storeErrors
            switches.merge(other.switches, uniquingKeysWith: +)
            notices.merge(other.notices, uniquingKeysWith: +)
            rolledBack += other.rolledBack
        }
    }

    private let state = Mutex(Counts())
    /// Why each key of the node was left the last time.
    private let reasons = Mutex<[String: String]>([:])
    private let isLoud: Bool

    /// - Parameter isLoud: whether each refusal by a fence is a line. Where workers are stopped on purpose there are many.
    init(isLoud: Bool) { self.isLoud = isLoud }

    var counts: Counts { state.withLock { $0 } }

    func observe(_ event: ResilienceEvent) {
        switch event.kind {
        case .fenced:
            state.withLock { $0.fenced += 1 }
            let fence = event.attributes["fence"] ?? ""
            say("worker.fenced: \(event.subject) is held by another worker by now; fence \(fence) is refused")
        case .bucketClassified: left(event.attributes)
        case .bucketSwitched:
            let reason = reasons.withLock { $0[event.attributes["from"] ?? ""] } ?? "other"
            state.withLock { $0.switches[reason, default: 0] += 1 }
        case .queueAmbiguous: state.withLock { $0.ambiguous += 1 }
        case .storeFailed:
            state.withLock { $0.storeErrors += 1 }
            Console.error("the store failed at \(event.subject): \(event.attributes["error"] ?? "")")
        default: break
        }
    }

    private func left(_ event: [String: String]) {
        guard let bucket = event["bucket"] else { return }
        reasons.withLock { $0[bucket] = event["reason"] }
    }

    /// The gateway refused a call of this worker as older than one that it has seen.
    func wasStale(_ payment: Payment, _ fence: Revision) {
        state.withLock { $0.stale += 1 }
        say("stale fence: the gateway refuses \(payment.id) under fence \(fence)")
    }

    /// Somebody was told of a payment that is given up.
    func wasTold(_ context: String) { state.withLock { $0.notices[context, default: 0] += 1 } }

    /// Amounts of a batch wait for another one.
    func wereRolledBack(_ amounts: Int) { state.withLock { $0.rolledBack += amounts } }

    private func say(_ line: String) {
        if isLoud { Console.error(line) }
    }
}
