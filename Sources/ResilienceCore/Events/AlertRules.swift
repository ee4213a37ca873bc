/// Decides which alerts are sent; pure.
///
/// Each rule that matches a report may send it, or send an alert of its own that tells of the count. One whose id was sent
/// within the de-duplication window is not sent again, but it is counted.
struct AlertRules: Sendable {
    private var watched: [Watched]
    private let deduplication: Duration
    /// Ids sent within the window, and the order in which they leave it.
    private var seen: Set<String> = []
    private var order: [(id: String, at: Timestamp)] = []
    private var oldest = 0

    /// Ids that are remembered at most: beyond, an alert may be sent twice.
    static let rememberedIDs = 10_000

    init(_ rules: [AlertRule], deduplication: Duration) {
        watched = rules.map { Watched(rule: $0) }
        self.deduplication = deduplication
    }

    /// Takes a report, and gives what is to be sent for it.
    mutating func report(_ alert: ResilienceAlert, at now: Timestamp) -> [ResilienceAlert] {
        forget(at: now)
        let isRepeated = seen.contains(alert.id)
        var sent: [ResilienceAlert] = []
        var passed = false
        for index in watched.indices where watched[index].rule.matches(alert) {
            switch watched[index].report(alert, isRepeated: isRepeated, at: now) {
            case .nothing: break
            case .pass: passed = true
            case .raise(let raised): sent.append(raised)
            }
        }
        guard passed else { return sent }
        if deduplication > .zero, seen.insert(alert.id).inserted { order.append((alert.id, now)) }
        return [alert] + sent
    }

    /// Forgets the ids whose window is over, and the oldest if there are too many.
    private mutating func forget(at now: Timestamp) {
        while oldest < order.count {
            let isOver = order[oldest].at.advanced(by: deduplication) <= now
            guard isOver || order.count - oldest > Self.rememberedIDs else { break }
            seen.remove(order[oldest].id)
            oldest += 1
        }
        if oldest > Self.rememberedIDs {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}

/// One rule and what it has seen.
private struct Watched: Sendable {
    let rule: AlertRule
    private var lastSent: Timestamp?
    /// The latest reports, as many as the count needs: a ring.
    private var recent: [Timestamp] = []
    private var next = 0

    init(rule: AlertRule) { self.rule = rule }

    enum Verdict {
        case nothing
        case pass
        case raise(ResilienceAlert)
    }

    mutating func report(_ alert: ResilienceAlert, isRepeated: Bool, at now: Timestamp) -> Verdict {
        switch rule.trigger {
        case .each(let interval):
            if isRepeated { return .nothing }
            if let lastSent, now < lastSent.advanced(by: interval) { return .nothing }
            lastSent = now
            return .pass
        case .moreThan(let count, let window):
            let earliest = note(now, keeping: count + 1)
            guard let earliest, now < earliest.advanced(by: window) else { return .nothing }
            if let lastSent, now < lastSent.advanced(by: window) { return .nothing }
            lastSent = now
            return .raise(summary(of: alert, count: count, window: window, at: now))
        }
    }

    /// Notes a report, and gives the earliest of the last `size`, if there were so many.
    private mutating func note(_ now: Timestamp, keeping size: Int) -> Timestamp? {
        if recent.count < size {
            recent.append(now)
        } else {
            recent[next] = now
            next = (next + 1) % size
        }
        return recent.count == size ? recent[next] : nil
    }

    private func summary(
        of alert: ResilienceAlert,
        count: Int,
        window: Duration,
        at now: Timestamp
    ) -> ResilienceAlert {
        let what = [rule.name, rule.code].compactMap { $0 }.joined(separator: " ")
        let seconds = window.components.seconds
        return ResilienceAlert(
            "alert.threshold",
            alert.severity,
            code: rule.code,
            subject: what.isEmpty ? "all alerts" : what,
            at: now,
            message: "More than \(count) within \(seconds > 0 ? "\(seconds) s" : "\(window)")",
            attributes: ["count": "\(count + 1)", "window": "\(window)", "latest": alert.subject],
            id: "alert.threshold|\(what)|\(now.microseconds)"
        )
    }
}
