/// The durations of the last calls, and how long the slow ones of them took.
package struct LatencyWindow {
    private static let size = 256
    /// After how many new durations the quantile is worked out again.
    private static let interval = 16

    private var quantile: Double
    private var durations: [Duration] = []
    private var oldest = 0
    private var sinceUpdate = 0
    /// The duration that this part of the calls did not exceed; `nil` before there are enough of them.
    package private(set) var value: Duration?

    package init(quantile: Double) { self.quantile = quantile }

    package mutating func add(_ duration: Duration) {
        if durations.count < Self.size {
            durations.append(duration)
        } else {
            durations[oldest] = duration
            oldest = (oldest + 1) % Self.size
        }
        sinceUpdate += 1
        guard sinceUpdate >= Self.interval else { return }
        update()
    }

    /// Works out another quantile of the same calls.
    package mutating func follow(quantile: Double) {
        self.quantile = quantile
        if value != nil { update() }
    }

    private mutating func update() {
        sinceUpdate = 0
        let sorted = durations.sorted()
        value = sorted[min(Int(Double(sorted.count) * quantile), sorted.count - 1)]
    }
}
