public import Synchronization

/// Keeps retries from multiplying the load on a system that is failing already.
///
/// Successes pay for retries. While most calls succeed every failure is retried; when nothing succeeds any more almost
/// none is, and the failing system gets the load of its callers and no more. A retry that succeeds costs nothing. One
/// budget belongs to one system: give each provider its own, shared by all retriers that call it (``PerKey``).
///
/// ```swift
/// let budgets = PerKey { _ in RetryBudget() }
/// let retrier = Retrier(.default, classifier: classifier, budget: budgets["stripe"])
/// ```
///
/// A success adds to a counter and takes no lock; only a retry does, for some nanoseconds.
public final class RetryBudget: Sendable {
    private let machine: Mutex<BudgetMachine>
    /// Successes that the machine has not been told of yet. It is, before it is asked or told anything else.
    @usableFromInline let untold = Atomic<Int>(0)

    /// Creates a budget in which nothing is saved up yet.
    public init(_ options: RetryBudgetOptions = .standard) { machine = Mutex(BudgetMachine(options)) }

    /// Takes the token for one retry, in one step; `nil` if the retry must not be made.
    ///
    /// - Parameter uptime: The reading of the clock that the periods of the floor are measured on.
    public func take(at uptime: Duration) -> RetryToken? { withMachine { $0.take(at: uptime) } }

    /// Gives a token back for a retry that was never made.
    public func giveBack(_ token: RetryToken) { withMachine { $0.giveBack(token) } }

    /// Takes note of a success, and gives back the token of the retry that it came from, if it was one.
    @inlinable
    public func succeeded(_ token: RetryToken? = nil) {
        if let token { giveBack(token) }
        untold.wrappingAdd(1, ordering: .relaxed)
    }

    /// Goes on with other options and keeps what is saved up, as far as the capacity allows.
    public func reconfigure(_ options: RetryBudgetOptions) { withMachine { $0.reconfigure(options) } }

    /// How it stands.
    public var snapshot: RetryBudgetSnapshot { withMachine { RetryBudgetSnapshot($0) } }

    private func withMachine<Result: Sendable>(_ body: (inout BudgetMachine) -> Result) -> Result {
        machine.withLock { machine in
            let successes = untold.exchange(0, ordering: .relaxed)
            if successes > 0 { machine.succeeded(successes) }
            return body(&machine)
        }
    }
}

/// How a ``RetryBudget`` stands at one instant.
public struct RetryBudgetSnapshot: Sendable, Hashable {
    /// Its options.
    public let options: RetryBudgetOptions
    /// Retries that are saved up.
    public let balance: Double
    /// Retries that were allowed.
    public let taken: Int
    /// Those of them that were given back, because they succeeded or were never made.
    public let refunded: Int
    /// Retries that were refused.
    public let refused: Int

    init(_ machine: BudgetMachine) {
        options = machine.options
        balance = Double(machine.balance) / Double(BudgetMachine.unit)
        taken = machine.taken
        refunded = machine.refunded
        refused = machine.refused
    }
}
