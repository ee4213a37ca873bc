import ResilienceCore

/// Who sleeps until when: by deadline, those of one deadline in the order in which they fell asleep.
struct Sleepers {
    private struct Sleeper {
        let id: UInt64
        let deadline: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// The next to wake is the last.
    private var sleepers: [Sleeper] = []
    private var lastID: UInt64 = 0

    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func add(_ id: UInt64, until deadline: Timestamp, _ continuation: CheckedContinuation<Void, any Error>) {
        var (low, high) = (0, sleepers.count)
        while low < high {
            let middle = (low + high) / 2
            if sleepers[middle].deadline > deadline { low = middle + 1 } else { high = middle }
        }
        sleepers.insert(Sleeper(id: id, deadline: deadline, continuation: continuation), at: low)
    }

    mutating func remove(_ id: UInt64) -> CheckedContinuation<Void, any Error>? {
        sleepers.firstIndex { $0.id == id }.map { sleepers.remove(at: $0).continuation }
    }

    /// When the next one is to be woken.
    var next: Timestamp? { sleepers.last?.deadline }

    mutating func popFirst() -> CheckedContinuation<Void, any Error>? { sleepers.popLast()?.continuation }
}
