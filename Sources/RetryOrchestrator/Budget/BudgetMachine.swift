/// What a retry is paid with, and where it came from.
public struct RetryToken: Sendable, Hashable {
    /// The period in which it was taken.
    let window: UInt64
    /// Whether successes paid for it; otherwise the floor did.
    let isEarned: Bool
}

/// The account of a retry budget, without a clock and without a lock.
///
/// Tokens are whole millionths, so what is taken and what is given adds up to the last digit.
package struct BudgetMachine {
    package static let unit: Int64 = 1_000_000

    private(set) var options: RetryBudgetOptions
    package private(set) var balance: Int64 = 0
    /// Tokens taken and not given back, in the present period.
    package private(set) var takenInWindow = 0
    package private(set) var taken = 0
    package private(set) var refunded = 0
    package private(set) var refused = 0
    /// Millionths that successes would have added above the capacity.
    package private(set) var spilled: Int64 = 0
    package private(set) var successes = 0
    package private(set) var takenFromFloor = 0
    package private(set) var refundedToFloor = 0
    private var window: UInt64 = 0
    private var windowEnd: Duration?

    package init(_ options: RetryBudgetOptions) { self.options = options }

    /// So many calls succeeded, one after the other, with nothing in between.
    package mutating func succeeded(_ count: Int = 1) {
        successes += count
        let (units, isTooMany) = options.unitsPerSuccess.multipliedReportingOverflow(by: Int64(count))
        add(isTooMany ? .max : units)
    }

    /// A token for one retry; `nil` if there is none.
    ///
    /// What successes have paid for comes first. The floor is a least number for each period and not an extra: retries
    /// that were paid for count towards it, so that it does nothing where traffic is high.
    package mutating func take(at now: Duration) -> RetryToken? {
        turn(to: now)
        let isEarned = balance >= Self.unit
        guard isEarned || takenInWindow < options.floor else {
            refused += 1
            return nil
        }
        if isEarned { balance -= Self.unit } else { takenFromFloor += 1 }
        takenInWindow += 1
        taken += 1
        return RetryToken(window: window, isEarned: isEarned)
    }

    /// Puts a token back where it came from: its retry succeeded, or was never made.
    package mutating func giveBack(_ token: RetryToken) {
        refunded += 1
        if token.window == window { takenInWindow -= 1 }
        if token.isEarned { add(Self.unit) } else { refundedToFloor += 1 }
    }

    /// Goes on with other options; what is above the new capacity is lost.
    package mutating func reconfigure(_ options: RetryBudgetOptions) {
        // The present period began when it began, and ends by the new length.
        windowEnd = windowEnd.map { $0 - self.options.period + options.period }
        self.options = options
        let held = balance
        balance = 0
        add(held)
    }

    private mutating func add(_ units: Int64) {
        let room = options.unitsOfCapacity - balance
        balance += min(units, room)
        let (sum, isTooMuch) = spilled.addingReportingOverflow(max(units - room, 0))
        spilled = isTooMuch ? .max : sum
    }

    private mutating func turn(to now: Duration) {
        if let windowEnd, now < windowEnd { return }
        window += 1
        takenInWindow = 0
        windowEnd = now + options.period
    }
}
