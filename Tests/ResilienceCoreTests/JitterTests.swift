import ResilienceCore
import Testing

@Suite("Jitter")
struct JitterTests {
    /// A kind of jitter and the range that a delay of 20 seconds must be spread over.
    struct Spread: Sendable, CustomTestStringConvertible {
        let name: String
        let jitter: Jitter
        let low: Double
        let high: Double
        var testDescription: String { name }
    }

    static let spreads: [Spread] = {
        var all = [
            Spread(name: "full", jitter: .full, low: 0, high: 20),
            Spread(name: "equal", jitter: .equal, low: 10, high: 20),
        ]
        if let third = try? Jitter.proportional(0.3) {
            all.append(Spread(name: "proportional", jitter: third, low: 14, high: 26))
        }
        if let added = try? Jitter.additive(upTo: .seconds(5)) {
            all.append(Spread(name: "additive", jitter: added, low: 20, high: 25))
        }
        return all
    }()

    @Test("All four kinds are under test")
    func complete() { #expect(Self.spreads.count == 4) }

    @Test("Delays are drawn evenly over the whole range: bounds, mean, and each twentieth of it", arguments: spreads)
    func distribution(spread: Spread) {
        let draws = 100_000
        var generator = SmallGenerator(seed: 42)
        var (sum, bins) = (0.0, [Int](repeating: 0, count: 20))
        for _ in 0..<draws {
            let delay = spread.jitter.apply(to: .seconds(20), using: &generator) / .seconds(1)
            #expect(delay >= spread.low && delay <= spread.high)
            sum += delay
            bins[min(Int((delay - spread.low) / (spread.high - spread.low) * 20), 19)] += 1
        }
        let mean = (spread.low + spread.high) / 2
        #expect(abs(sum / Double(draws) - mean) < (spread.high - spread.low) * 0.005)
        // 5,000 are expected in each; the standard deviation is 69.
        #expect(bins.allSatisfy { abs($0 - draws / 20) < 350 }, "\(bins)")
    }

    @Test("rule 1: delays that have reached the cap stay spread, and none lies on the cap twice", arguments: spreads)
    func noBunchingAtTheCap(spread: Spread) throws {
        let backoff = try Backoff.exponential(base: .milliseconds(50), cap: .seconds(20))
        var generator = SmallGenerator(seed: 5)
        var seen: [Duration: Int] = [:]
        for retry in 12..<2_012 {
            let capped = backoff.delay(beforeRetry: retry, using: &generator)
            seen[spread.jitter.apply(to: capped, using: &generator), default: 0] += 1
        }
        #expect(seen.values.allSatisfy { $0 <= 2 }, "2,000 draws from millions of microseconds rarely meet")
        #expect((seen[.seconds(20)] ?? 0) <= 1)
    }

    @Test("No jitter gives the delay as it is and draws nothing")
    func none() {
        var generator = SmallGenerator(seed: 1)
        var untouched = generator
        #expect(Jitter.none.apply(to: .seconds(3), using: &generator) == .seconds(3))
        #expect(generator.next() == untouched.next())
    }

    @Test("Jitter of a zero delay is zero, or what is added; it does not trap")
    func zeroDelay() throws {
        var generator = SmallGenerator(seed: 1)
        for jitter in [Jitter.none, .full, .equal, try .proportional(0), try .proportional(1)] {
            #expect(jitter.apply(to: .zero, using: &generator) == .zero)
        }
        let added = try Jitter.additive(upTo: .seconds(1)).apply(to: .zero, using: &generator)
        #expect(added >= .zero && added <= .seconds(1))
    }

    @Test("Above a floor jitter only adds, and still spreads", arguments: spreads)
    func floor(spread: Spread) {
        var generator = SmallGenerator(seed: 9)
        let width = Duration.seconds(spread.high - spread.low)
        var seen: Set<Duration> = []
        for _ in 0..<2_000 {
            let delay = spread.jitter.apply(to: .seconds(20), notBefore: .seconds(30), using: &generator)
            #expect(delay >= .seconds(30) && delay <= .seconds(30) + width)
            seen.insert(delay)
        }
        #expect(seen.count > 1_900)
        let below = spread.jitter.apply(to: .seconds(20), notBefore: .milliseconds(1), using: &generator)
        #expect(below / .seconds(1) >= spread.low)
    }

    @Test("No delay, floor or limit traps, and no result is negative or below the floor")
    func extremes() throws {
        let durations: [Duration] = [
            .seconds(Int64.min), .seconds(-1), .zero, .nanoseconds(1), .microseconds(1), .seconds(1),
            .microseconds(Int64.max), .seconds(Int64.max),
        ]
        var generator = SmallGenerator(seed: 11)
        var jitters = [Jitter.none, .full, .equal, try .proportional(0.3), try .proportional(1)]
        for limit in durations where limit >= .zero { jitters.append(try .additive(upTo: limit)) }
        let most = Duration.microseconds(Int64.max)
        for jitter in jitters {
            for delay in durations {
                for floor in durations {
                    let result = jitter.apply(to: delay, notBefore: floor, using: &generator)
                    #expect(result >= .zero && result <= most && result >= min(floor, most))
                }
            }
        }
    }

    @Test("A bad configuration throws the field and what is allowed")
    func invalid() {
        for fraction in [-0.1, 1.01, .nan, .infinity] {
            #expect(throws: InvalidArgument.self) { try Jitter.proportional(fraction) }
        }
        #expect(throws: InvalidArgument.self) { try Jitter.additive(upTo: .nanoseconds(-1)) }
    }
}
