import ResilienceCore

/// When a credential is renewed before it ends. Pure.
struct RenewalSchedule {
    private(set) var due: Timestamp?
    private(set) var failures = 0

    /// At 80 % of the rest of its life, less up to 5 % of that; a life under five minutes is not worth it.
    mutating func installed(_ credential: Credential, at now: Timestamp, using generator: inout SmallGenerator) {
        failures = 0
        due = nil
        guard credential.isRefreshable, let end = credential.expiresAt, end < .distantFuture else { return }
        let life = now.duration(to: end)
        guard life >= .seconds(300) else { return }
        let latest = life.wholeMicroseconds / 5 * 4
        let most = latest / 20
        due = now.advanced(by: .microseconds(latest - Int64.random(in: 0...most, using: &generator)))
    }

    /// After 60 s, then after 120 s, each and up to 5 s; then not until a credential comes from elsewhere.
    mutating func failed(at now: Timestamp, using generator: inout SmallGenerator) {
        // A renewal that was under way when that was cancelled plans no further one.
        guard due != nil else { return }
        failures += 1
        guard failures < 3 else {
            due = nil
            return
        }
        let wait = Duration.seconds(30 << failures) + .milliseconds(Int64.random(in: 0...5_000, using: &generator))
        due = now.advanced(by: wait)
    }

    mutating func cancel() { due = nil }
}
