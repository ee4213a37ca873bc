/// One path that is measured, and what it may cost.
///
/// ```swift
/// Row("store.memory.read", goal: Goal(nanoseconds: 1_000)) {
///     let store = try await filledStore(10_000)
///     return { count in
///         for number in 0..<count { _ = try await store.read(key(number)) }
///     }
/// }
/// ```
struct Row: Sendable {
    /// Does the path that many times. Called several times in a row, so it must leave things as large as it found them.
    typealias Body = @Sendable (_ count: Int) async throws -> Void

    /// What a row finds out.
    enum Measure: Sendable {
        /// The time and the allocations of one operation. The closure prepares, outside the measurement, and gives the body.
        case time(@Sendable () async throws -> Body)
        /// A number of things that happened, such as the wake-ups of an idle worker.
        case count(@Sendable () async throws -> Int)
    }

    /// A dotted name, by which the filter finds it.
    let path: String
    let base: Base
    let goal: Goal
    let measure: Measure

    /// A row that is timed.
    init(
        _ path: String,
        base: Base = .call,
        goal: Goal = Goal(),
        prepare: @escaping @Sendable () async throws -> Body
    ) {
        self.path = path
        self.base = base
        self.goal = goal
        measure = .time(prepare)
    }

    /// A row that counts.
    init(_ path: String, atMost goal: Int, count: @escaping @Sendable () async throws -> Int) {
        self.path = path
        base = .call
        self.goal = Goal(count: goal)
        measure = .count(count)
    }
}

/// What a row may cost; `nil` where nothing is demanded.
struct Goal: Sendable {
    /// Times its base.
    var ratio: Double?
    /// Nanoseconds on the machine on which the base costs ``Base/reference``; scaled by what it costs now.
    var nanoseconds: Double?
    /// Allocations of one operation.
    var allocations: Double?
    /// Things counted.
    var count: Int?

    init(ratio: Double? = nil, nanoseconds: Double? = nil, allocations: Double? = nil, count: Int? = nil) {
        self.ratio = ratio
        self.nanoseconds = nanoseconds
        self.allocations = allocations
        self.count = count
    }

    /// A rate, scaled as ``nanoseconds`` are.
    static func perSecond(_ rate: Double, allocations: Double? = nil) -> Goal {
        Goal(nanoseconds: 1e9 / rate, allocations: allocations)
    }
}

/// What a row is compared with: a path measured beside it, in the same rounds.
struct Base: Sendable {
    let name: String
    /// Its nanoseconds on the machine on which the absolute goals were set.
    let reference: Double
    /// How many samples a round takes, half of them before the row and half after, and how long each takes.
    let samples: (count: Int, duration: Duration)
    let prepare: @Sendable () async throws -> Row.Body

    init(
        _ name: String,
        reference: Double,
        samples: (count: Int, duration: Duration) = (16, .milliseconds(3)),
        prepare: @escaping @Sendable () async throws -> Row.Body
    ) {
        self.name = name
        self.reference = reference
        self.samples = samples
        self.prepare = prepare
    }
}

extension Base {
    /// One async throwing closure call through a type-erased function.
    static let call = Base("call", reference: 56) {
        let number = 7
        let function: @Sendable () async throws -> Int = opaque({ @Sendable in number })
        return { count in
            var sum = 0
            for _ in 0..<count { sum &+= try await function() }
            keep(sum)
        }
    }
}

/// Gives its argument back in a way that the optimiser cannot see through.
@inline(never) func opaque<Value>(_ value: Value) -> Value { value }

/// Uses a value, so that the optimiser cannot leave out what made it.
@inline(never) func keep<Value>(_ value: borrowing Value) {}
