public import ResilienceCore

/// The last outcomes of one provider that count against its health: at most ``size`` of them, none older than ``age``.
///
/// Sample 101 of a window of 100 evicts sample 1. Once the oldest is older than `age` it is forgotten too, so that an idle
/// provider becomes unknown again and gets another chance. A record costs the same however large the window is, and
/// nothing is allocated after ``init(size:age:)``. A value without a lock.
///
/// ```swift
/// var window = try HealthWindow(size: 100, age: .seconds(86_400))
/// window.record(isSuccess: true, elapsed: .milliseconds(800), at: clock.now)
/// let health = window.summary
/// ```
public struct HealthWindow: Sendable {
    /// How many outcomes it keeps.
    public let size: Int
    /// How long it keeps one.
    public let age: Duration
    /// What is in the window; `nil` where nothing is.
    public var summary: HealthSummary? { counts.count == 0 ? nil : counts }

    private var counts = HealthSummary(count: 0, successes: 0, totalMicroseconds: 0)
    private var samples: [Sample]
    private var oldest = 0
    private let ageMicroseconds: Int64

    private struct Sample: Sendable {
        var at: Int64
        var elapsed: Int64
        var isSuccess: Bool
    }

    /// An empty window of `size` outcomes, 1...1,000,000, none older than `age`, above zero. Throws ``InvalidArgument``.
    public init(size: Int = 100, age: Duration = .seconds(86_400)) throws {
        guard (1...1_000_000).contains(size) else {
            throw InvalidArgument(field: "size", value: size, allowed: "1...1,000,000")
        }
        guard age > .zero else { throw InvalidArgument(field: "age", value: age, allowed: "above zero") }
        self.size = size
        self.age = age
        ageMicroseconds = age.wholeMicroseconds
        samples = Array(repeating: Sample(at: 0, elapsed: 0, isSuccess: false), count: size)
    }

    /// Takes in one outcome. A negative `elapsed` counts as zero, one over an hour as an hour.
    public mutating func record(isSuccess: Bool, elapsed: Duration, at now: Timestamp) {
        record(isSuccess: isSuccess, microseconds: elapsed.wholeMicroseconds, at: now)
    }

    package mutating func record(isSuccess: Bool, microseconds: Int64, at now: Timestamp) {
        forget(before: now)
        if counts.count == size { removeOldest() }
        // An hour at most, so that sums cannot overflow.
        let elapsed = min(max(microseconds, 0), 3_600_000_000)
        var place = oldest + counts.count
        if place >= size { place -= size }
        samples[place] = Sample(at: now.microseconds, elapsed: elapsed, isSuccess: isSuccess)
        counts.count += 1
        counts.totalMicroseconds += elapsed
        if isSuccess { counts.successes += 1 }
    }

    /// Forgets what is older than ``age`` by now. Costs as much as there is to forget.
    public mutating func forget(before now: Timestamp) {
        while counts.count > 0, isTooOld(samples[oldest].at, at: now) { removeOldest() }
    }

    /// When the oldest outcome leaves by its age; `nil` where the window is empty.
    package var nextExpiry: Timestamp? {
        counts.count == 0 ? nil : Timestamp(microseconds: samples[oldest].at).advanced(by: age)
    }

    /// Whether an outcome that ended then is older than all of a full window.
    package func isOutdated(_ ended: Timestamp) -> Bool {
        counts.count == size && ended.microseconds < samples[oldest].at
    }

    /// Puts the outcome that was recorded last before those that are newer than it. Costs as much as there are of these.
    package mutating func sortLast() {
        var place = oldest + counts.count - 1
        if place >= size { place -= size }
        for _ in 1..<max(counts.count, 1) {
            let before = place == 0 ? size - 1 : place - 1
            guard samples[before].at > samples[place].at else { return }
            samples.swapAt(before, place)
            place = before
        }
    }

    private func isTooOld(_ instant: Int64, at now: Timestamp) -> Bool {
        let (passed, overflow) = now.microseconds.subtractingReportingOverflow(instant)
        return overflow ? now.microseconds > instant : passed > ageMicroseconds
    }

    private mutating func removeOldest() {
        let sample = samples[oldest]
        counts.count -= 1
        counts.totalMicroseconds -= sample.elapsed
        if sample.isSuccess { counts.successes -= 1 }
        oldest += 1
        if oldest == size { oldest = 0 }
    }
}
