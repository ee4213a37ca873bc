public import ResilienceCore

/// What can go wrong between a caller and its store.
public enum Fault: String, CaseIterable, Sendable, Hashable, CustomStringConvertible {
    /// A commit or claim is lost on its way: nothing is applied, and the caller gets `indeterminate`.
    case lostBeforeApply
    /// A commit or claim is applied and its reply is lost: the caller gets `indeterminate`. A commit that is handed in
    /// again with the id gives the revision of the first time.
    case replyLost
    /// A commit conflicts as if another caller had been faster: it names a write with an expectation other than `any`.
    case conflict
    /// Nothing is done, and the caller gets `unavailable`.
    case unavailable
    /// The operation takes its time, before or after it is applied.
    case slow
    /// The process of the caller crashes before the operation is applied.
    case crashBeforeApply
    /// The process of the caller crashes after the operation was applied.
    case crashAfterApply

    /// The name of the fault.
    public var description: String { rawValue }

    /// Whether this can happen to an operation of that kind.
    public func applies(to operation: StoreOperation) -> Bool {
        switch self {
        case .unavailable, .slow, .crashBeforeApply, .crashAfterApply: true
        case .lostBeforeApply, .replyLost: operation == .commit || operation == .claim
        case .conflict: operation == .commit
        }
    }
}

/// Which faults a ``SimulatedStore`` injects: by chance, at a rate each, and by script, at the nth operation of a kind.
///
/// ```swift
/// let rough = try FaultPlan(rates: [.replyLost: 0.05, .unavailable: 0.02])
/// let exact = try FaultPlan.none.injecting(.crashAfterApply, at: .commit, number: 3)
/// ```
///
/// An operation meets one fault at most. Crashes meet only callers that belong to a ``SimulatedProcess``; a conflict only
/// a commit that has an expectation other than `any` and was not handed in before.
public struct FaultPlan: Sendable {
    /// No faults.
    public static let none = FaultPlan()

    private var rates: [(fault: Fault, rate: Double)] = []
    private var script: [Place: Fault] = [:]
    let slowness: ClosedRange<Duration>

    var isEmpty: Bool { rates.isEmpty && script.isEmpty }

    private struct Place: Hashable {
        let operation: StoreOperation
        let number: Int
    }

    private init() { slowness = Self.usualSlowness }

    /// From barely noticed to longer than any lease.
    private static let usualSlowness: ClosedRange<Duration> = .milliseconds(1) ... .seconds(120)

    /// A plan of faults by chance.
    ///
    /// - Parameters:
    ///   - rates: how likely each fault is for an operation it can happen to, each 0 to 1 and together at most 1.
    ///   - slowness: how long a slow operation takes, at least zero.
    /// - Throws: `InvalidArgument` for rates or durations out of bounds.
    public init(
        rates: [Fault: Double],
        slowness: ClosedRange<Duration> = .milliseconds(1) ... .seconds(120)
    ) throws(InvalidArgument) {
        for (fault, rate) in rates where !(0...1).contains(rate) {
            throw InvalidArgument(field: "rates[\(fault)]", value: rate, allowed: "0...1")
        }
        let total = rates.values.reduce(0, +)
        guard total <= 1 else { throw InvalidArgument(field: "rates", value: total, allowed: "a sum of at most 1") }
        guard slowness.lowerBound >= .zero else {
            throw InvalidArgument(field: "slowness", value: slowness, allowed: "at least zero")
        }
        // In a fixed order: that of a dictionary differs from run to run.
        self.rates = Fault.allCases.compactMap { fault in rates[fault].map { (fault, $0) } }
        self.slowness = slowness
    }

    /// This plan, and a fault at the nth operation of a kind, counted from 1 for each store from when it got the plan.
    ///
    /// - Throws: `InvalidArgument` if the number is less than 1 or the fault cannot happen to that operation.
    public func injecting(
        _ fault: Fault,
        at operation: StoreOperation,
        number: Int
    ) throws(InvalidArgument) -> FaultPlan {
        guard number >= 1 else { throw InvalidArgument(field: "number", value: number, allowed: "at least 1") }
        guard fault.applies(to: operation) else {
            throw InvalidArgument(field: "operation", value: operation, allowed: "one that \(fault) can happen to")
        }
        var plan = self
        plan.script[Place(operation: operation, number: number)] = fault
        return plan
    }

    /// The fault of one operation, if it meets one.
    func fault(
        for operation: StoreOperation,
        number: Int,
        using generator: inout SmallGenerator
    ) -> Fault? {
        if !script.isEmpty, let scripted = script[Place(operation: operation, number: number)] { return scripted }
        guard !rates.isEmpty else { return nil }
        var left = Double.random(in: 0..<1, using: &generator)
        for (fault, rate) in rates {
            left -= rate
            if left < 0 { return fault.applies(to: operation) ? fault : nil }
        }
        return nil
    }
}
