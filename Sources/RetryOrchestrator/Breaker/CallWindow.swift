import ResilienceCore

/// What a breaker knows of the calls in its window.
package struct CallCounts: Sendable, Hashable {
    package var calls = 0
    package var failures = 0
    package var slow = 0

    package init() {}

    package mutating func add(_ mark: CallMark) {
        calls += 1
        if mark.isFailure { failures += 1 }
        if mark.isSlow { slow += 1 }
    }

    mutating func remove(_ mark: CallMark) {
        calls -= 1
        if mark.isFailure { failures -= 1 }
        if mark.isSlow { slow -= 1 }
    }

    mutating func remove(_ other: CallCounts) {
        calls -= other.calls
        failures -= other.failures
        slow -= other.slow
    }
}

/// How one call went.
package struct CallMark: Sendable, Hashable {
    package var isFailure: Bool
    package var isSlow: Bool

    package init(isFailure: Bool, isSlow: Bool = false) {
        self.isFailure = isFailure
        self.isSlow = isSlow
    }
}

/// The calls of the last time, or the last calls, counted.
package struct CallWindow {
    package private(set) var counts = CallCounts()
    fileprivate var content: Content

    fileprivate enum Content {
        case ring(Ring)
        case slices(Slices)
    }

    fileprivate struct Ring {
        var marks: [CallMark] = []
        var size: Int
        /// The oldest mark, once the ring is full.
        var oldest = 0
    }

    fileprivate struct Slices {
        static let number: Int64 = 10
        var length: Int64
        var slices = [CallCounts](repeating: CallCounts(), count: Int(number))
        /// The slice of the present, counted from the start of the clock.
        var present = Int64.min
    }

    package init(_ kind: BreakerOptions.Window) {
        content =
            switch kind {
            case .calls(let size): .ring(Ring(size: size))
            case .time(let length): .slices(Slices(length: max(length.wholeMicroseconds / Slices.number, 1)))
            }
    }

    /// Whether it goes by time.
    package var isTimed: Bool {
        if case .slices = content { return true }
        return false
    }

    package mutating func add(_ mark: CallMark, at now: @autoclosure () -> Duration) {
        switch content {
        case .ring(var ring):
            // Moved out and back in, so that the array is not copied.
            content = .ring(Ring(size: 1))
            ring.add(mark, &counts)
            content = .ring(ring)
        case .slices(var slices):
            content = .slices(Slices(length: 1, slices: []))
            slices.turn(to: now().wholeMicroseconds, &counts)
            slices.slices[slices.place].add(mark)
            counts.add(mark)
            content = .slices(slices)
        }
    }

    /// Forgets what has left the window by now.
    package mutating func turn(to now: Duration) {
        guard case .slices(var slices) = content else { return }
        slices.turn(to: now.wholeMicroseconds, &counts)
        content = .slices(slices)
    }

    /// A window of another kind that knows what this one knows, as far as it fits.
    package func converted(to kind: BreakerOptions.Window, at now: Duration) -> CallWindow {
        var window = CallWindow(kind)
        var marks: [CallMark] = []
        if case .ring(let ring) = content {
            marks = Array(ring.marks[ring.oldest...] + ring.marks[..<ring.oldest])
        } else {
            // More than any ring holds is not needed; what is kept has the same rates.
            let total = min(counts.calls, 10_000)
            let failures = counts.calls == 0 ? 0 : counts.failures * total / counts.calls
            let slow = counts.calls == 0 ? 0 : counts.slow * total / counts.calls
            // Spread evenly: a ring keeps the last of them only.
            marks = (0..<total).map { number in
                CallMark(
                    isFailure: (number + 1) * failures / total > number * failures / total,
                    isSlow: (number + 1) * slow / total > number * slow / total
                )
            }
        }
        for mark in marks { window.add(mark, at: now) }
        return window
    }
}

extension CallWindow.Ring {
    fileprivate mutating func add(_ mark: CallMark, _ counts: inout CallCounts) {
        counts.add(mark)
        guard marks.count == size else { return marks.append(mark) }
        counts.remove(marks[oldest])
        marks[oldest] = mark
        oldest = oldest + 1 == size ? 0 : oldest + 1
    }
}

extension CallWindow.Slices {
    fileprivate var place: Int { Int(present % Self.number) }

    /// Empties the slices that the time has passed over since the last call.
    fileprivate mutating func turn(to now: Int64, _ counts: inout CallCounts) {
        let index = max(now, 0) / length
        guard index > present else { return }
        let first = max(present == .min ? index : present + 1, index - Self.number + 1)
        for passed in first...index {
            counts.remove(slices[Int(passed % Self.number)])
            slices[Int(passed % Self.number)] = CallCounts()
        }
        present = index
    }
}
