import ExampleSupport
import ResilienceCore
import Synchronization

/// Stops a worker now and then for longer than its lease, just before it calls the gateway: what a process goes through
/// that is suspended, swapped out or cut off, and then comes back and believes that nothing has happened.
///
/// It comes back when the other worker has taken over all that it was about to do, or after 20 leases.
final class Stoppage: StoreGate {
    private let clock: any WallClock
    private let lease: Duration
    private let state: Mutex<State>

    private struct State {
        var stop: Stop?
        /// The payments that the worker is calling the gateway about.
        var calling: Set<String> = []
        var calls = 0
        var nextStop: Int
        var stops = 0
        var generator: SmallGenerator
    }

    private struct Stop {
        var earliestEnd: Timestamp
        let latestEnd: Timestamp
        /// What nobody has taken over yet.
        var held: Set<String>

        func isOver(at now: Timestamp) -> Bool { now >= latestEnd || (held.isEmpty && now >= earliestEnd) }
    }

    /// - Parameter payments: how many there are: the first stop is when a good part of them is done.
    init(clock: any WallClock, lease: Duration, payments: Int, seed: UInt64) {
        self.clock = clock
        self.lease = lease
        var generator = SmallGenerator(seed: seed ^ 0x5709)
        let first = payments / 3 + Int.random(in: 1...8, using: &generator)
        state = Mutex(State(nextStop: first, generator: generator))
    }

    /// How often the worker was stopped.
    var stops: Int { state.withLock { $0.stops } }

    /// The worker is about to call the gateway: every so many calls it is stopped here.
    func willCall(about payment: String) {
        let now = clock.now
        state.withLock { state in
            state.calling.insert(payment)
            state.calls += 1
            guard state.calls >= state.nextStop, state.stop == nil else { return }
            state.stop = Stop(
                earliestEnd: now.advanced(by: lease * 3 / 2),
                latestEnd: now.advanced(by: lease * 20),
                held: state.calling
            )
            state.stops += 1
            state.nextStop = state.calls + Int.random(in: 60...180, using: &state.generator)
        }
    }

    func didCall(about payment: String) { state.withLock { _ = $0.calling.remove(payment) } }

    /// The other worker has the payment now.
    ///
    /// It is given a second to say so to the gateway.
    func wasTakenOver(_ payment: String) {
        let now = clock.now
        state.withLock { state in
            guard var stop = state.stop, stop.held.remove(payment) != nil else { return }
            stop.earliestEnd = max(stop.earliestEnd, now.advanced(by: .seconds(1)))
            state.stop = stop
        }
    }

    /// Returns when the worker is not stopped; cancellation does not reach a process that does not run.
    func pass() async {
        while isStopped() {
            _ = try? await shielded { try await self.clock.pause(for: .seconds(1)) }
        }
    }

    private func isStopped() -> Bool {
        let now = clock.now
        return state.withLock { state in
            if let stop = state.stop, stop.isOver(at: now) { state.stop = nil }
            return state.stop != nil
        }
    }
}
