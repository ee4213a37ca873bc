internal import ResilienceCore

/// How often a provider may be called, as it said itself, or as its refusals taught.
struct Pacer {
    /// Calls per second; infinite as long as it has refused none.
    private(set) var rate = Double.infinity
    /// Calls that may be placed at once.
    private static let burst = 2.0
    private var tokens = burst
    private var refilledAt = Int64.min

    /// The rate at which it last refused, when that was, and in how many seconds the rate is back there.
    private var ceiling = Double.infinity
    private var cutAt = Int64.min
    private var climb = 60.0
    private var rateAtCut = Double.infinity

    /// Calls per second lately.
    private var meter = 0.0
    private var meteredAt = Int64.min
    private static let meterSeconds = 20.0

    /// What it said is left; `Int.max` where it says nothing.
    private var remaining = Int.max
    private var resetsAt = Int64.min

    /// Whether a call may be placed now.
    func allows(at now: Int64) -> Bool {
        if remaining <= 0, now < resetsAt { return false }
        guard rate < .infinity else { return true }
        return tokens + seconds(from: refilledAt, to: now) * rate >= 1
    }

    /// How much too early a call would be: in seconds by the rate; past all others if it said that nothing is left.
    func excess(at now: Int64) -> Double {
        guard !allows(at: now) else { return 0 }
        return rate < .infinity ? 1 / rate : .greatestFiniteMagnitude
    }

    /// When the next call may be placed.
    func returnsAt(now: Int64) -> Int64 {
        if remaining <= 0, now < resetsAt { return resetsAt }
        guard rate < .infinity else { return now }
        let missing = 1 - tokens - seconds(from: refilledAt, to: now) * rate
        return missing <= 0 ? now : now + Int64(min(missing / rate, 3_600) * 1e6) + 1
    }

    mutating func began(at now: Int64) {
        if remaining < .max {
            // After the reset at least one more is allowed; how many, its answer tells.
            if remaining <= 0, now >= resetsAt { remaining = 1 }
            remaining -= 1
        }
        let passed = seconds(from: meteredAt, to: now)
        meter = meter * Numbers.decay(-min(passed / Self.meterSeconds, 50)) + 1 / Self.meterSeconds
        meteredAt = now
        guard rate < .infinity else { return }
        tokens = min(tokens + seconds(from: refilledAt, to: now) * rate, Self.burst) - 1
        refilledAt = now
    }

    /// It answered and said what is left, while so many other calls are under way.
    mutating func told(_ allowance: Allowance, inFlight: Int) {
        remaining = allowance.remaining - inFlight
        resetsAt = allowance.resetsAt.microseconds
    }

    /// It answered: the longer it does, the more it is asked.
    mutating func succeeded(at now: Int64) {
        guard rate < .infinity else { return }
        let risen = seconds(from: cutAt, to: now) / climb
        rate = rateAtCut + (ceiling - rateAtCut) * risen
        // Nothing was refused at four times the load that there is: the limit is gone.
        if rate > 4 * max(meter, ceiling) { rate = .infinity }
    }

    /// It refused a call that began then because there were too many.
    mutating func refused(began: Int64, now: Int64) {
        guard began > cutAt else { return }
        let present = max(min(rate, meter), 0.001)
        // Confirmed where it was before, the limit is tested more rarely; moved, sooner again.
        climb = ceiling < .infinity && abs(present - ceiling) < 0.2 * ceiling ? min(climb * 2, 1_800) : 60
        ceiling = present
        rateAtCut = 0.8 * present
        rate = rateAtCut
        cutAt = now
        tokens = 0
        refilledAt = now
    }

    private func seconds(from start: Int64, to now: Int64) -> Double {
        start == .min ? 0 : Double(max(now - start, 0)) * 1e-6
    }
}
