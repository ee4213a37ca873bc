import ResilienceCore

/// What happens to one operation.
struct Injection {
    var fault: Fault?
    /// Where an injected conflict stands.
    var key: RecordKey?
    var delay = Duration.zero
    /// Whether the delay comes after the operation was applied.
    var isLate = false
}

/// Decides what happens to which operation, and gives commits their ids.
///
/// Pure: the same plan and generator decide the same.
struct FaultInjector {
    private var plan: FaultPlan
    private var generator: SmallGenerator
    private let origin: UInt64
    private var lastCommit: UInt64 = 0
    private var operations: [StoreOperation: Int] = [:]
    /// How often each fault took effect.
    var counts: [Fault: Int] = [:]

    init(plan: FaultPlan, generator: SmallGenerator) {
        self.plan = plan
        self.generator = generator
        origin = self.generator.next()
    }

    mutating func follow(_ plan: FaultPlan) {
        self.plan = plan
        operations = [:]
    }

    mutating func nextCommit() -> CommitID {
        lastCommit += 1
        return CommitID(origin: origin, number: lastCommit)
    }

    mutating func draw(_ call: StoreCall, canCrash: Bool) -> Injection {
        guard !plan.isEmpty else { return Injection() }
        let number = operations[call.operation, default: 0] + 1
        operations[call.operation] = number
        guard let fault = plan.fault(for: call.operation, number: number, using: &generator) else { return Injection() }
        switch fault {
        case .conflict:
            let key = call.refusable.randomElement(using: &generator)
            return key == nil ? Injection() : Injection(fault: fault, key: key)
        case .crashBeforeApply, .crashAfterApply:
            return canCrash ? Injection(fault: fault) : Injection()
        case .slow:
            let range = plan.slowness.lowerBound.wholeMicroseconds...plan.slowness.upperBound.wholeMicroseconds
            let delay = Duration.microseconds(Int64.random(in: range, using: &generator))
            return Injection(fault: fault, delay: delay, isLate: Bool.random(using: &generator))
        case .lostBeforeApply, .replyLost, .unavailable:
            return Injection(fault: fault)
        }
    }
}
