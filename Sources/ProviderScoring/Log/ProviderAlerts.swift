public import ResilienceCore
import Synchronization

/// Says when too many calls fail at a provider, and when others have to stand in for too long.
///
/// Two alerts: `provider.successRate` with the provider as its subject, and `provider.fallbacks` with the router. Each is
/// reported once a minute at most while it holds; the rules of the ``AlertRouter`` decide what is sent.
///
/// ```swift
/// let sending = try AlertRouter(to: [pager], rules: [.each(name: "provider.successRate", atMostOncePer: .seconds(900))])
/// let alerts = try ProviderAlerts("numbers", to: sending)
/// let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], alerts: alerts)
/// ```
public final class ProviderAlerts: Sendable {
    private let router: String
    private let sending: AlertRouter
    private let options: Options
    private let state = Mutex(State())

    /// When alerts are reported.
    public struct Options: Sendable, Hashable {
        /// The success rate in percent under which a provider is reported, 0...100.
        public var minimumSuccessRate = 90.0
        /// Of how many attempts at least, so that one failure in the night is none; of fallbacks, of how many calls since
        /// their share is too great, within the last hour.
        public var minimumVolume = 20
        /// The share of calls in percent that may be answered by another provider than the preferred one, or than the first
        /// that was tried, 0...100.
        public var greatestFallbackShare = 30.0
        /// How many minutes in a row the share has to be above that, 1...60. A minute without calls says nothing.
        public var lastingMinutes = 10
        /// The minutes over which a success rate is taken, 1...60.
        public var minutes = 15

        /// 90 % of at least 20 attempts in 15 minutes; 30 % for 10 minutes.
        public init() {}
    }

    fileprivate struct State {
        var providers: [String: MinuteCounts] = [:]
        var fallbacks = MinuteCounts()
        var lastReports: [String: Int64] = [:]
    }

    /// Creates the alerts of one router.
    ///
    /// - Throws: `InvalidArgument` for an option out of range.
    public init(_ router: String, to sending: AlertRouter, options: Options = Options()) throws(InvalidArgument) {
        try options.validate()
        self.router = router
        self.sending = sending
        self.options = options
    }

    /// Takes note of an attempt.
    ///
    /// - Parameters:
    ///   - provider: Who was called.
    ///   - isSuccess: `nil` for one that says nothing of the provider.
    ///   - isFallback: Whether another provider was tried before it, or was preferred. Counts where it succeeded; `nil` for
    ///     what is no call that others could stand in for.
    ///   - now: When it ended.
    public func note(_ provider: String, isSuccess: Bool?, isFallback: Bool?, at now: Timestamp) {
        let minute = now.microseconds / 60_000_000
        let alerts = state.withLock { state -> [ResilienceAlert] in
            var alerts: [ResilienceAlert] = []
            if let isSuccess {
                state.providers[provider, default: MinuteCounts()].add(isSuccess, in: minute)
                if let sums = state.providers[provider]?.sums(of: options.minutes, until: minute),
                    sums.total >= options.minimumVolume, sums.rate < options.minimumSuccessRate,
                    state.mayReport(provider, in: minute)
                {
                    alerts.append(rateAlert(provider, sums, at: now))
                }
            }
            // Of calls those that were answered count, once each.
            guard isSuccess == true, let isFallback else { return alerts }
            state.fallbacks.add(isFallback, in: minute)
            let run = state.fallbacks.run(above: options.greatestFallbackShare, until: minute)
            if run.minutes >= options.lastingMinutes, run.sums.total >= options.minimumVolume,
                state.mayReport("", in: minute)
            {
                alerts.append(fallbackAlert(run.sums, minutes: run.minutes, at: now))
            }
            return alerts
        }
        for alert in alerts { sending.report(alert) }
    }

    private func rateAlert(_ provider: String, _ sums: MinuteCounts.Sums, at now: Timestamp) -> ResilienceAlert {
        ResilienceAlert(
            "provider.successRate",
            .high,
            subject: provider,
            at: now,
            message: "\(sums.yes) of \(sums.total) attempts succeeded in \(options.minutes) min",
            attributes: ["router": router, "attempts": "\(sums.total)", "successes": "\(sums.yes)"]
        )
    }

    private func fallbackAlert(_ sums: MinuteCounts.Sums, minutes: Int, at now: Timestamp) -> ResilienceAlert {
        ResilienceAlert(
            "provider.fallbacks",
            .medium,
            subject: router,
            at: now,
            message: "Another provider stood in for \(sums.yes) of \(sums.total) calls in \(minutes) min",
            attributes: ["calls": "\(sums.total)", "fallbacks": "\(sums.yes)"]
        )
    }
}

extension ProviderAlerts.State {
    /// Whether that was not reported in this minute yet.
    fileprivate mutating func mayReport(_ subject: String, in minute: Int64) -> Bool {
        guard lastReports[subject] != minute else { return false }
        lastReports[subject] = minute
        return true
    }
}

extension ProviderAlerts.Options {
    func validate() throws(InvalidArgument) {
        for (field, value) in [
            ("minimumSuccessRate", minimumSuccessRate), ("greatestFallbackShare", greatestFallbackShare),
        ] where !(0...100).contains(value) {
            throw InvalidArgument(field: field, value: value, allowed: "0...100")
        }
        guard minimumVolume >= 1 else {
            throw InvalidArgument(field: "minimumVolume", value: minimumVolume, allowed: "at least 1")
        }
        for (field, value) in [("lastingMinutes", lastingMinutes), ("minutes", minutes)]
        where !(1...60).contains(value) {
            throw InvalidArgument(field: field, value: value, allowed: "1...60")
        }
    }
}

/// Yes and no, counted by the minute over the last hour. Pure; allocates nothing after it was made.
struct MinuteCounts: Sendable {
    private var minutes: [(minute: Int64, yes: Int, total: Int)] = Array(repeating: (.min, 0, 0), count: 60)

    struct Sums: Hashable {
        var yes = 0
        var total = 0
        var rate: Double { total == 0 ? 0 : Double(yes) * 100 / Double(total) }
    }

    mutating func add(_ isYes: Bool, in minute: Int64) {
        let place = Self.place(of: minute)
        if minutes[place].minute != minute { minutes[place] = (minute, 0, 0) }
        minutes[place].total += 1
        if isYes { minutes[place].yes += 1 }
    }

    /// Of the last that many minutes, the present one included.
    func sums(of count: Int, until minute: Int64) -> Sums {
        var sums = Sums()
        for entry in minutes where entry.minute <= minute && entry.minute > minute - Int64(count) {
            sums.yes += entry.yes
            sums.total += entry.total
        }
        return sums
    }

    /// For how many minutes the share of yes has been above the limit, an hour at most, and what was counted in them. A
    /// minute in which nothing was counted neither ends nor begins that.
    func run(above limit: Double, until minute: Int64) -> (minutes: Int, sums: Sums) {
        var run = (minutes: 0, sums: Sums())
        for step in 0..<minutes.count {
            let entry = minutes[Self.place(of: minute - Int64(step))]
            guard entry.minute == minute - Int64(step), entry.total > 0 else { continue }
            guard Double(entry.yes) * 100 / Double(entry.total) > limit else { break }
            run.minutes = step + 1
            run.sums.yes += entry.yes
            run.sums.total += entry.total
        }
        return run
    }

    private static func place(of minute: Int64) -> Int { Int(((minute % 60) + 60) % 60) }
}
