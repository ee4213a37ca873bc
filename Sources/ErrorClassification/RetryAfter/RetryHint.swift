public import ResilienceCore

/// What the headers of a reply say about trying again.
///
/// ```swift
/// let hint = RetryHint(headers: ["Retry-After": "Tue, 03 Mar 2026 10:05:30 GMT"], now: clock.now)
/// if let wait = hint.wait { print("come back in \(wait)") }
/// for field in hint.ignored { print("could not read \(field.name): \(field.value)") }
/// ```
///
/// Read are `Retry-After` in seconds, with or without a fraction, and in the three date forms of RFC 9110 section 5.6.7;
/// `retry-after-ms` and `x-ms-retry-after-ms`; gRPC's pushback (proposal A6); `x-should-retry` and `stripe-should-retry`;
/// and, in ``reset``, the rate-limit headers in seconds, as instants and as `6m0s`.
public struct RetryHint: Sendable, Hashable {
    /// How long to wait before the next try.
    public private(set) var wait: Duration?
    /// When the rate limit is free again; it speaks of a request that was limited, not of one that failed otherwise.
    public private(set) var reset: Duration?
    /// Whether the system wants a retry, or wants none.
    public private(set) var wantsRetry: Bool?
    /// What could not be read and is therefore not obeyed.
    public private(set) var ignored: [Headers.Field] = []

    /// Reads the headers. Dates count from the reply's own `Date`, so that two clocks need not agree, else from `now`.
    public init(headers: Headers, now: @autoclosure () -> Timestamp) {
        let date = headers["date"].flatMap(HTTPDate.parse)
        for field in headers.fields {
            guard let kind = Kind(field.name) else { continue }
            if !read(field.value, kind, headers, { date ?? now() }) { ignored.append(field) }
        }
    }

    /// The headers that say something, in rising order of how exactly they say it.
    private enum Kind {
        case seconds, milliseconds, pushback, should, reset(remaining: String?)

        init?(_ name: String) {
            switch name.utf8.count {
            case 11 where name.isEqualIgnoringCase("retry-after"): self = .seconds
            case 14 where name.isEqualIgnoringCase("retry-after-ms"): self = .milliseconds
            case 19 where name.isEqualIgnoringCase("x-ms-retry-after-ms"): self = .milliseconds
            case 22 where name.isEqualIgnoringCase("grpc-retry-pushback-ms"): self = .pushback
            case 14 where name.isEqualIgnoringCase("x-should-retry"): self = .should
            case 19 where name.isEqualIgnoringCase("stripe-should-retry"): self = .should
            default:
                guard let remaining = RateLimitNames.remaining(ofReset: name) else { return nil }
                self = .reset(remaining: remaining)
            }
        }
    }

    private mutating func read(_ value: String, _ kind: Kind, _ headers: Headers, _ now: () -> Timestamp) -> Bool {
        switch kind {
        case .seconds:
            guard let found = WaitText.seconds(value) ?? HTTPDate.parse(value).map({ Self.until($0, now()) }) else {
                return false
            }
            if wait == nil { wait = found }
        case .milliseconds:
            guard let found = WaitText.milliseconds(value) else { return false }
            wait = found
        case .pushback:
            // A negative or unreadable pushback means: do not try again.
            guard let found = WaitText.milliseconds(value) else {
                wantsRetry = false
                return value.hasPrefix("-")
            }
            wait = found
        case .should:
            guard let wanted = Bool(value.lowercased()) else { return false }
            wantsRetry = wanted
        case .reset(let remaining):
            guard let found = WaitText.reset(value, now: now) else { return false }
            let isUsedUp = remaining.flatMap { headers[$0] }.map { WaitText.seconds($0) == .zero } ?? true
            if isUsedUp { reset = max(reset ?? .zero, found) }
        }
        return true
    }

    private static func until(_ date: Timestamp, _ now: Timestamp) -> Duration { max(.zero, now.duration(to: date)) }
}

/// The families of rate-limit headers.
private enum RateLimitNames {
    /// The header that says how much is left beside a header that says when it is full again; nil for other headers.
    static func remaining(ofReset name: String) -> String?? {
        let lower = name.lowercased()
        switch lower {
        case "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset":
            return .some(String(lower.dropLast(5)) + "remaining")
        case "x-ratelimit-reset-after": return .some("x-ratelimit-remaining")
        case _ where lower.hasPrefix("x-ratelimit-reset-"):
            return .some("x-ratelimit-remaining-" + lower.dropFirst(18))
        case _ where lower.hasPrefix("anthropic-ratelimit-") && lower.hasSuffix("-reset"):
            return .some(String(lower.dropLast(5)) + "remaining")
        default: return nil
        }
    }
}
