/// One question about the health of a service, with a name and a time limit.
///
/// ```swift
/// let health = try HealthMonitor([
///     .store(store),
///     HealthCheck("gateway") { try await gateway.ping() },
/// ])
/// let report = await health.report()  // report.status, report.failures
/// ```
public struct HealthCheck: Sendable {
    /// The name under which the report speaks of it.
    public let name: String
    /// How long it may take, more than zero.
    public let timeLimit: Duration
    let check: @Sendable () async throws -> Void

    /// Creates a check.
    ///
    /// - Parameters:
    ///   - name: what is checked; once in a monitor.
    ///   - timeLimit: how long it may take. More than zero.
    ///   - check: returns if all is well and throws if not. The report shows the text of an ``Unhealthy`` and of other
    ///     errors the type only, since their text may hold secrets.
    public init(_ name: String, timeLimit: Duration = .seconds(5), check: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.timeLimit = timeLimit
        self.check = check
    }

    /// Whether a store answers a read.
    public static func store(_ store: any RecordStore, name: String = "store") -> HealthCheck {
        HealthCheck(name) { _ = try await store.read([RecordKey("health", "check")]) }
    }
}

/// What a check throws to say why; the text is shown in the report.
public struct Unhealthy: Error, Sendable, Hashable {
    /// Why, without secrets.
    public let reason: String

    /// Creates the error.
    public init(_ reason: String) { self.reason = reason }
}

/// The state of a service at one instant.
public struct HealthReport: Sendable, Hashable, Codable {
    /// Whether all is well.
    public enum Status: String, Sendable, Hashable, Codable {
        /// Every check passed.
        case healthy
        /// At least one check did not.
        case degraded
    }

    /// What one check found.
    public struct Finding: Sendable, Hashable, Codable {
        /// The name of the check.
        public let name: String
        /// Why it did not pass; `nil` if it did.
        public let failure: String?
        /// How long it took, in microseconds.
        public let microseconds: Int64
    }

    /// When the checks were begun.
    public let at: Timestamp
    /// What each check found, in the order of the monitor.
    public let findings: [Finding]

    /// `degraded` if any check failed.
    public var status: Status { failures.isEmpty ? .healthy : .degraded }
    /// The checks that did not pass.
    public var failures: [Finding] { findings.filter { $0.failure != nil } }
}

/// A set of checks that are run together.
public struct HealthMonitor: Sendable {
    private let checks: [HealthCheck]
    private let clock: any WallClock

    /// Creates a monitor.
    ///
    /// - Throws: `InvalidArgument` for a name that is empty or stands twice, and for a time limit that is not positive.
    public init(_ checks: [HealthCheck], clock: any WallClock = .system) throws(InvalidArgument) {
        var names: Set<String> = []
        for check in checks {
            guard !check.name.isEmpty, names.insert(check.name).inserted else {
                throw InvalidArgument(field: "name", value: check.name, allowed: "a name, once in a monitor")
            }
            _ = try check.timeLimit.positive("timeLimit")
        }
        self.checks = checks
        self.clock = clock
    }

    /// Runs all checks at once and waits for each no longer than its limit, also if it ignores its cancellation.
    ///
    /// If the caller is cancelled, checks that have not ended are reported as cancelled, at once.
    public func report() async -> HealthReport {
        let start = clock.now
        let findings = await withTaskGroup { group in
            for (place, check) in checks.enumerated() {
                group.addTask { (place, await self.finding(of: check)) }
            }
            var findings: [(Int, HealthReport.Finding)] = []
            for await finding in group { findings.append(finding) }
            return findings.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return HealthReport(at: start, findings: findings)
    }

    private func finding(of check: HealthCheck) async -> HealthReport.Finding {
        let start = clock.uptime
        let failure: String?
        switch await withTimeLimit(check.timeLimit, on: clock, check.check) {
        case .finished: failure = nil
        case .failed(let error as Unhealthy): failure = error.reason
        case .failed(let error): failure = "failed with \(type(of: error))"
        case .timedOut: failure = "no answer within \(check.timeLimit)"
        case .cancelled: failure = "cancelled"
        }
        let taken = (clock.uptime - start).wholeMicroseconds
        return HealthReport.Finding(name: check.name, failure: failure, microseconds: taken)
    }
}
