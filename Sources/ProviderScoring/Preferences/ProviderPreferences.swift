public import ResilienceCore

/// What a person wants of a router: which provider first, whether another one may stand in, and when a provider counts as
/// good enough.
///
/// A value: give the router another one with ``ProviderRouter/setPreferences(_:)``, at any time. A router with a
/// ``ProviderJournal`` follows what is saved there, once for each time that something is saved.
///
/// ```swift
/// let preferences = try ProviderPreferences(preferredProvider: "sms-activate", retryAttempts: 3, retryDelay: .milliseconds(500))
/// try router.setPreferences(preferences)
/// ```
public struct ProviderPreferences: Sendable, Hashable {
    /// The provider that is tried first as long as it is good enough, and last if it is not; `nil` lets the router choose.
    public let preferredProvider: String?
    /// Whether another provider is tried after the first one has failed.
    public let isFallbackEnabled: Bool
    /// The least success rate of a provider that is good enough, in percent: 0 to 100.
    public let minimumSuccessRate: Double
    /// The longest mean response time of one that is.
    public let maximumResponseTime: Duration
    /// How often each provider is tried in one call, the first time included: 1 to 100.
    public let retryAttempts: Int
    /// The wait before the second try of a provider; doubled before each further one.
    public let retryDelay: Duration

    /// The router chooses, others stand in; 90 %, 5 s, two tries a second apart.
    public static let standard = ProviderPreferences(
        nil, true, minimumSuccessRate: 90, .seconds(5), retryAttempts: 2, .seconds(1)
    )

    /// Creates preferences. Times are kept as whole milliseconds, rounded up.
    ///
    /// - Throws: `InvalidArgument` if the provider's name is empty, the rate is not in 0...100, the response time not more
    ///   than zero, the attempts are not in 1...100, the delay is negative, or one of the times is more than a day.
    public init(
        preferredProvider: String? = nil,
        isFallbackEnabled: Bool = true,
        minimumSuccessRate: Double = 90,
        maximumResponseTime: Duration = .seconds(5),
        retryAttempts: Int = 2,
        retryDelay: Duration = .seconds(1)
    ) throws(InvalidArgument) {
        if let preferredProvider, preferredProvider.isEmpty {
            throw InvalidArgument(field: "preferredProvider", value: "empty", allowed: "the name of a provider, or none")
        }
        guard (0...100).contains(minimumSuccessRate) else {
            throw InvalidArgument(field: "minimumSuccessRate", value: minimumSuccessRate, allowed: "0...100")
        }
        guard maximumResponseTime > .zero, maximumResponseTime <= Self.day else {
            throw InvalidArgument(field: "maximumResponseTime", value: maximumResponseTime, allowed: "up to a day, not zero")
        }
        guard (1...100).contains(retryAttempts) else {
            throw InvalidArgument(field: "retryAttempts", value: retryAttempts, allowed: "1...100")
        }
        guard retryDelay >= .zero, retryDelay <= Self.day else {
            throw InvalidArgument(field: "retryDelay", value: retryDelay, allowed: "zero to a day")
        }
        self.init(
            preferredProvider == Self.automatic ? nil : preferredProvider,
            isFallbackEnabled,
            minimumSuccessRate: minimumSuccessRate,
            .milliseconds(maximumResponseTime.wholeMilliseconds),
            retryAttempts: retryAttempts,
            .milliseconds(retryDelay.wholeMilliseconds)
        )
    }

    private init(
        _ preferredProvider: String?,
        _ isFallbackEnabled: Bool,
        minimumSuccessRate: Double,
        _ maximumResponseTime: Duration,
        retryAttempts: Int,
        _ retryDelay: Duration
    ) {
        self.preferredProvider = preferredProvider
        self.isFallbackEnabled = isFallbackEnabled
        self.minimumSuccessRate = minimumSuccessRate
        self.maximumResponseTime = maximumResponseTime
        self.retryAttempts = retryAttempts
        self.retryDelay = retryDelay
    }

    /// What stands in the place of a name where the router chooses.
    static let automatic = "auto"
    private static let day = Duration.seconds(86_400)

    /// The wait before the try after that many at one provider, doubled each time, an hour at most.
    func delay(afterTries tries: Int) -> Duration {
        let limit = Duration.seconds(3_600)
        var delay = retryDelay
        for _ in 1..<max(tries, 1) {
            guard delay < limit else { break }
            delay = delay * 2
        }
        return min(delay, max(limit, retryDelay))
    }
}

extension ProviderPreferences {
    /// Whether the preferred provider should have been called instead, as far as the caller allows. Who is called for an
    /// offer stands in for nobody.
    func isStandIn(_ place: Reservation, excluding: [String]) -> Bool {
        guard let preferredProvider, place.reason != .offer else { return false }
        return place.provider != preferredProvider && !excluding.contains(preferredProvider)
    }
}

extension ProviderPreferences: Codable {
    private enum CodingKeys: String, CodingKey {
        case preferredProvider, fallbackEnabled, minSuccessRate, maxResponseTimeMs, retryAttempts, retryDelayMs
    }

    /// Reads the fields; what is missing is what ``standard`` has.
    ///
    /// - Throws: `InvalidArgument` for a value out of range.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let usual = Self.standard
        let longest = try fields.decodeIfPresent(Int64.self, forKey: .maxResponseTimeMs)
        let delay = try fields.decodeIfPresent(Int64.self, forKey: .retryDelayMs)
        try self.init(
            preferredProvider: try fields.decodeIfPresent(String.self, forKey: .preferredProvider),
            isFallbackEnabled: try fields.decodeIfPresent(Bool.self, forKey: .fallbackEnabled) ?? usual.isFallbackEnabled,
            minimumSuccessRate: try fields.decodeIfPresent(Double.self, forKey: .minSuccessRate)
                ?? usual.minimumSuccessRate,
            maximumResponseTime: longest.map { .milliseconds($0) } ?? usual.maximumResponseTime,
            retryAttempts: try fields.decodeIfPresent(Int.self, forKey: .retryAttempts) ?? usual.retryAttempts,
            retryDelay: delay.map { .milliseconds($0) } ?? usual.retryDelay
        )
    }

    /// Writes the fields; times as milliseconds, and `auto` where the router chooses.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(preferredProvider ?? Self.automatic, forKey: .preferredProvider)
        try fields.encode(isFallbackEnabled, forKey: .fallbackEnabled)
        try fields.encode(minimumSuccessRate, forKey: .minSuccessRate)
        try fields.encode(maximumResponseTime.wholeMilliseconds, forKey: .maxResponseTimeMs)
        try fields.encode(retryAttempts, forKey: .retryAttempts)
        try fields.encode(retryDelay.wholeMilliseconds, forKey: .retryDelayMs)
    }
}

extension Duration {
    /// This duration in milliseconds, rounded up.
    var wholeMilliseconds: Int64 {
        let (whole, rest) = wholeMicroseconds.quotientAndRemainder(dividingBy: 1_000)
        return whole + (rest > 0 ? 1 : 0)
    }
}
