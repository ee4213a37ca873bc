/// A circuit breaker without a clock, a lock or tasks.
package struct BreakerMachine {
    package enum State: Sendable, Hashable {
        /// Everything passes and is counted. Next: open, or forced either way.
        case closed
        /// Nothing passes until then. Next: halfOpen by the first call after it.
        case open(until: Duration)
        /// As many calls pass as there are probes. Next: closed or open, by what becomes of them.
        case halfOpen(Probes)
        /// Nothing passes. Next: closed by a reset.
        case forcedOpen
        /// Everything passes and nothing is counted. Next: closed by a reset.
        case forcedClosed
    }

    package struct Probes: Sendable, Hashable {
        /// Let through and not yet given back untried.
        package var started = 0
        package var counts = CallCounts()
    }

    /// What a call that was let through shows when it comes back.
    package struct Pass: Sendable, Hashable {
        /// The state that let it through; what it tells of an earlier one is ignored.
        let generation: UInt64
        package let isTimed: Bool
    }

    package enum Admission: Sendable, Hashable {
        case passes(Pass)
        case refused(retryAfter: Duration?)
    }

    package private(set) var state = State.closed
    package private(set) var window: CallWindow
    package private(set) var failuresInARow = 0
    package private(set) var refused = 0
    package private(set) var options: BreakerOptions
    /// What had been counted when the state last changed.
    private(set) var countsAtChange = CallCounts()
    private var generation: UInt64 = 0

    package init(_ options: BreakerOptions) {
        self.options = options
        window = CallWindow(options.window)
    }

    /// Whether a call may go on.
    package mutating func admit(at now: @autoclosure () -> Duration) -> Admission {
        switch state {
        case .closed, .forcedClosed:
            return .passes(pass)
        case .forcedOpen:
            return refuse(nil)
        case .open(let end):
            let left = end - now()
            guard left <= .zero else { return refuse(left) }
            enter(.halfOpen(Probes(started: 1)))
            return .passes(pass)
        case .halfOpen(var probes):
            guard probes.started < options.probes else { return refuse(nil) }
            probes.started += 1
            state = .halfOpen(probes)
            return .passes(pass)
        }
    }

    /// A call came back and tells how it went.
    package mutating func record(_ mark: CallMark, of pass: Pass, at now: @autoclosure () -> Duration) {
        guard pass.generation == generation else { return }
        switch state {
        case .closed:
            window.add(mark, at: now())
            failuresInARow = mark.isFailure ? failuresInARow + 1 : 0
            if isTooMuch { open(at: now()) }
        case .halfOpen(var probes):
            probes.counts.add(mark)
            state = .halfOpen(probes)
            settle(probes.counts, at: now())
        case .open, .forcedOpen, .forcedClosed:
            break
        }
    }

    /// A call came back without having been tried, or was cancelled: its place goes to another.
    package mutating func giveBack(_ pass: Pass) {
        guard pass.generation == generation, case .halfOpen(var probes) = state else { return }
        probes.started -= 1
        state = .halfOpen(probes)
    }

    package mutating func forceOpen() { enter(.forcedOpen) }

    package mutating func forceClosed() { enter(.forcedClosed) }

    /// Closes it and forgets what was counted.
    package mutating func close() {
        enter(.closed)
        window = CallWindow(options.window)
        failuresInARow = 0
    }

    /// Goes on with other options: in the same state, knowing the same calls.
    package mutating func reconfigure(_ options: BreakerOptions, at now: Duration) {
        if options.window != self.options.window { window = window.converted(to: options.window, at: now) }
        self.options = options
        // Where fewer probes are asked for than have come back, no other one comes to decide.
        if case .halfOpen(let probes) = state { settle(probes.counts, at: now) }
    }

    /// Forgets calls that have left the window by now.
    package mutating func turn(to now: Duration) { window.turn(to: now) }

    /// Opens it as soon as the rate is reached however the other probes end; closes it when all have come back.
    private mutating func settle(_ counts: CallCounts, at now: @autoclosure () -> Duration) {
        if failed(counts, of: options.probes) {
            open(at: now())
        } else if counts.calls >= options.probes {
            close()
        }
    }

    private var pass: Pass { Pass(generation: generation, isTimed: options.slowCalls != nil) }

    private var isTooMuch: Bool {
        if let limit = options.consecutiveFailures, failuresInARow >= limit { return true }
        return window.counts.calls >= options.minimumCalls && failed(window.counts, of: window.counts.calls)
    }

    /// Whether the failures or slow calls are too many for that number of calls. Divided, since a quotient is the same
    /// number as the rate that was written down, which a product need not be: 7 of 100 are 0.07. Where no failure rate
    /// is set one failed probe is too many, since failures in a row cannot be told there.
    private func failed(_ counts: CallCounts, of calls: Int) -> Bool {
        if let slow = options.slowCalls, Double(counts.slow) / Double(calls) >= slow.rate { return true }
        if let rate = options.failureRate { return Double(counts.failures) / Double(calls) >= rate }
        guard case .halfOpen = state else { return false }
        return options.consecutiveFailures != nil && counts.failures > 0
    }

    private mutating func open(at now: Duration) { enter(.open(until: now + options.openFor)) }

    private mutating func refuse(_ retryAfter: Duration?) -> Admission {
        refused += 1
        return .refused(retryAfter: retryAfter)
    }

    private mutating func enter(_ next: State) {
        if case .halfOpen(let probes) = state { countsAtChange = probes.counts } else { countsAtChange = window.counts }
        state = next
        generation += 1
    }
}
