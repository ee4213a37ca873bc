import ResilienceCore

/// What a journal says: the questions that people ask who run it.
///
/// ```swift
/// let reports = journal.reports
/// for row in try await reports.comparison() { print(row.provider, row.successRate, row.meanResponse) }
/// for change in try await reports.trend(by: .seconds(7 * 86_400)) { print(change.provider, change.rateChange ?? 0) }
/// ```
///
/// Each reads the log of its time, in pages; write its views in SQL where there are millions of entries. Throws
/// `StoreError` and `CancellationError`.
public struct ProviderReports: Sendable {
    private let journal: ProviderJournal
    /// What reports look back by default: a day.
    public static let day = Duration.seconds(86_400)

    init(_ journal: ProviderJournal) { self.journal = journal }

    /// The health of each provider as it was last written, the best success rate first.
    public func health() async throws -> [ProviderHealthRecord] {
        var records: [ProviderHealthRecord] = []
        var next: Scan? = Scan(journal.health.name)
        while let scan = next {
            let page = try await read(scan)
            for record in page { records.append(try record.value.get()) }
            next = scan.following(page)
        }
        return records.sorted { ($1.successRate, $0.provider) < ($0.successRate, $1.provider) }
    }

    /// Each provider on one line, as a dashboard shows it, the best success rate first.
    public func comparison() async throws -> [ProviderComparison] {
        let now = journal.store.clock.now
        return try await health().map { ProviderComparison($0, at: now) }
    }

    /// What providers said when they failed, the most frequent first.
    public func failures(within time: Duration = day) async throws -> [FailureCount] {
        struct Key: Hashable {
            var provider: String
            var message: String?
        }
        var counts: [Key: Int] = [:]
        try await forEach(within: time) { request in
            if !request.isSuccess { counts[Key(provider: request.provider, message: request.error), default: 0] += 1 }
        }
        return counts.map { FailureCount(provider: $0.key.provider, message: $0.key.message, occurrences: $0.value) }
            .sorted {
                ($1.occurrences, $0.provider, $0.message ?? "") < ($0.occurrences, $1.provider, $1.message ?? "")
            }
    }

    /// How much was asked of whom in each hour, the latest first.
    public func hourlyVolume(within time: Duration = day) async throws -> [HourlyVolume] {
        struct Key: Hashable {
            var provider: String
            var hour: Int64
        }
        var sums: [Key: Sums] = [:]
        try await forEach(within: time) { request in
            let hour = request.ended.microseconds / 3_600_000_000
            sums[Key(provider: request.provider, hour: hour), default: Sums()].add(request)
        }
        return sums.map { key, sums in
            HourlyVolume(
                provider: key.provider,
                hour: Timestamp(microseconds: key.hour * 3_600_000_000),
                total: sums.total,
                successful: sums.successes,
                meanMs: Int64(sums.meanMs.rounded())
            )
        }
        .sorted { ($1.hour, $0.provider) < ($0.hour, $1.provider) }
    }

    /// What takes longest, by provider and operation.
    public func slowestOperations(within time: Duration = day) async throws -> [OperationTime] {
        struct Key: Hashable {
            var provider: String
            var operation: String
        }
        var sums: [Key: Sums] = [:]
        try await forEach(within: time) { request in
            sums[Key(provider: request.provider, operation: request.operation), default: Sums()].add(request)
        }
        return sums.map { key, sums in
            OperationTime(
                provider: key.provider,
                operation: key.operation,
                meanMs: sums.meanMs,
                longestMs: sums.longestMs,
                requests: sums.total
            )
        }
        .sorted { ($1.meanMs, $0.provider, $0.operation) < ($0.meanMs, $1.provider, $1.operation) }
    }

    /// How each provider fares from period to period, such as week over week: the earliest first.
    ///
    /// - Parameters:
    ///   - period: The length of a period, a second at least; the last one ends now.
    ///   - count: How many, 1 to 1,000.
    public func trend(by period: Duration = .seconds(7 * 86_400), periods count: Int = 4) async throws
        -> [ProviderTrend]
    {
        let length = max(period.wholeMicroseconds, 1_000_000)
        let periods = min(max(count, 1), 1_000)
        let (reach, overflow) = length.multipliedReportingOverflow(by: Int64(periods))
        let now = journal.store.clock.now
        var sums: [String: [Sums]] = [:]
        try await forEach(within: overflow ? .microseconds(Int64.max) : .microseconds(reach)) { request in
            let age = now.microseconds - request.ended.microseconds
            let place = periods - 1 - Int(max(age, 0) / length)
            guard (0..<periods).contains(place) else { return }
            sums[request.provider, default: Array(repeating: Sums(), count: periods)][place].add(request)
        }
        return sums.sorted { $0.key < $1.key }.flatMap { provider, sums in
            var previous: Sums?
            return sums.enumerated().map { place, sum in
                defer { if sum.total > 0 { previous = sum } }
                // Farther back than time reaches is its beginning.
                let (back, isTooFar) = length.multipliedReportingOverflow(by: Int64(periods - 1 - place))
                let end = isTooFar ? .distantPast : now.advanced(by: .microseconds(-back))
                return ProviderTrend(provider, endingAt: end, sum, after: previous)
            }
        }
    }

    /// Goes over the entries of that time, the earliest first.
    public func forEach(within time: Duration = day, _ body: (LoggedRequest) throws -> Void) async throws {
        let start = JournalNames.prefix(at: journal.store.clock.now.advanced(by: .zero - time))
        var next: Scan? = Scan(journal.requests.name, from: start)
        while let scan = next {
            let page = try await read(scan)
            for record in page { try body(try record.value.get()) }
            next = scan.following(page)
        }
    }

    private func read(_ scan: Scan) async throws -> [Record] {
        do { return try await journal.store.scan(scan) } catch { throw error.surfaced }
    }
}

/// Attempts added up.
struct Sums {
    var total = 0
    var successes = 0
    var milliseconds: Int64 = 0
    var longestMs: Int64 = 0

    var meanMs: Double { total == 0 ? 0 : Double(milliseconds) / Double(total) }
    var successRate: Double { total == 0 ? 0 : Double(successes) * 100 / Double(total) }

    mutating func add(_ request: LoggedRequest) {
        total += 1
        if request.isSuccess { successes += 1 }
        let (sum, overflow) = milliseconds.addingReportingOverflow(request.milliseconds)
        milliseconds = overflow ? .max : sum
        longestMs = max(longestMs, request.milliseconds)
    }
}
