public import ResilienceCore

/// What became of the operations that were given up in a time.
public struct FailedStatistics: Sendable, Hashable, Codable {
    /// How many there are.
    public private(set) var total = 0
    /// How many by code, and of each code by context.
    public private(set) var byCode: [String: [String: Int]] = [:]
    /// How many by status.
    public private(set) var byStatus: [String: Int] = [:]
    /// How many by the number of attempts that were made.
    public private(set) var byAttempts: [Int: Int] = [:]
    /// How many were recovered by a person.
    public private(set) var recoveredManually = 0
    /// How many were recovered by a sweep.
    public private(set) var recoveredAutomatically = 0
    /// How many records could not be read; they are in none of the other numbers.
    public internal(set) var unreadable = 0

    /// Nothing yet.
    public init() {}

    /// The share that was recovered, 0 to 1; 0 of nothing.
    public var recoveryRate: Double {
        total == 0 ? 0 : Double(recoveredManually + recoveredAutomatically) / Double(total)
    }

    mutating func count<Payload>(_ operation: FailedOperation<Payload>) {
        total += 1
        byCode[operation.code, default: [:]][operation.context, default: 0] += 1
        byStatus[operation.status.rawValue, default: 0] += 1
        byAttempts[operation.attempts, default: 0] += 1
        guard operation.status == .recovered else { return }
        if operation.recovery?.kind == .automatic { recoveredAutomatically += 1 } else { recoveredManually += 1 }
    }
}

extension FailedOperations {
    /// Counts what was given up since an instant. Reads every record of that time, a page at once.
    public func statistics(since start: Timestamp) async throws(StoreError) -> FailedStatistics {
        var statistics = FailedStatistics()
        var cursor: Cursor?
        repeat {
            let page = try await list(Query(since: start), after: cursor, limit: StoreLimits.results)
            for operation in page.operations { statistics.count(operation) }
            statistics.unreadable += page.unreadable.count
            cursor = page.next
        } while cursor != nil
        return statistics
    }
}
