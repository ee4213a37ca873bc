import BucketFailover
import ErrorClassification
import ResilienceCore
import ResilienceTesting
import Testing

/// The limits that replies of providers tell.
@Suite("Headers of rate limits")
struct RateLimitHeaderTests {
    let now = ManualClock().now

    private func window(_ name: String, _ limit: Int?, _ remaining: Int?, in seconds: Double?) -> LimitWindow {
        let reset = seconds.map { now.advanced(by: .milliseconds(Int64($0 * 1_000))) }
        return LimitWindow(name, limit: limit, remaining: remaining, reset: reset)
    }

    @Test("OpenAI: requests and tokens, resets as lengths of time")
    func openAI() {
        let headers: Headers = [
            "x-ratelimit-limit-requests": "60", "x-ratelimit-limit-tokens": "150000",
            "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984",
            "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s",
        ]
        #expect(
            LimitWindow.read(headers, now: now) == [
                window("requests", 60, 59, in: 1), window("tokens", 150_000, 149_984, in: 360),
            ]
        )
    }

    @Test("Anthropic: a window each for requests and tokens, resets as instants; and the windows of five hours and a week")
    func anthropic() {
        let headers: Headers = [
            "anthropic-ratelimit-requests-limit": "1000", "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": now.advanced(by: .seconds(90)).description,
            "anthropic-ratelimit-input-tokens-limit": "80000", "anthropic-ratelimit-input-tokens-remaining": "79000",
            "anthropic-ratelimit-input-tokens-reset": now.advanced(by: .seconds(5)).description,
        ]
        #expect(
            LimitWindow.read(headers, now: now) == [
                window("requests", 1_000, 0, in: 90), window("input-tokens", 80_000, 79_000, in: 5),
            ]
        )
        let seconds = now.microseconds / 1_000_000
        let unified: Headers = [
            "anthropic-ratelimit-unified-5h-status": "rejected",
            "anthropic-ratelimit-unified-5h-reset": "\(seconds + 3_600)",
            "anthropic-ratelimit-unified-7d-status": "allowed",
            "anthropic-ratelimit-unified-7d-reset": "\(seconds + 86_400)",
        ]
        #expect(
            LimitWindow.read(unified, now: now) == [
                window("unified-5h", nil, 0, in: 3_600), window("unified-7d", nil, nil, in: 86_400),
            ]
        )
    }

    @Test("Azure: the names of OpenAI, resets in seconds")
    func azure() {
        let headers: Headers = [
            "x-ratelimit-remaining-requests": "9", "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "42", "x-ms-region": "West Europe",
        ]
        #expect(
            LimitWindow.read(headers, now: now) == [
                window("requests", nil, 9, in: nil), window("tokens", nil, 0, in: 42),
            ]
        )
    }

    @Test(
        "The fields of the standard, with and without x-, and both one-line forms",
        arguments: [
            ["RateLimit-Limit": "100", "RateLimit-Remaining": "50", "RateLimit-Reset": "30"],
            ["X-RateLimit-Limit": "100, 100;w=60", "x-ratelimit-remaining": "50", "X-RATELIMIT-RESET": "30"],
            ["RateLimit": "limit=100, remaining=50, reset=30"],
        ] as [Headers]
    )
    func standard(headers: Headers) {
        #expect(LimitWindow.read(headers, now: now) == [window("default", 100, 50, in: 30)])
    }

    @Test("One line may tell several windows")
    func structured() {
        let headers: Headers = ["RateLimit": #""burst";r=0;t=2, "day";r=100;t=3600"#]
        #expect(
            LimitWindow.read(headers, now: now) == [window("burst", nil, 0, in: 2), window("day", nil, 100, in: 3_600)]
        )
    }

    @Test("What cannot be read is left out")
    func garbage() {
        let headers: Headers = [
            "x-ratelimit-remaining-tokens": "many", "x-ratelimit-reset-tokens": "soon", "RateLimit": "?",
            "ratelimit": "", "ratelimit-policy": "100;w=60", "content-type": "text/plain",
        ]
        #expect(LimitWindow.read(headers, now: now).allSatisfy { $0.remaining == nil && $0.reset == nil })
        #expect(LimitWindow.read([:], now: now).isEmpty)
    }
}
