import ResilienceCore
import Testing

@Suite("Back-off")
struct BackoffTests {
    private func delays(_ backoff: Backoff, _ retries: [Int]) -> [Duration] {
        var generator = SmallGenerator(seed: 1)
        return retries.map { backoff.delay(beforeRetry: $0, using: &generator) }
    }

    @Test("No back-off never waits")
    func none() {
        #expect(delays(.none, [1, 2, .max, 0, .min]) == Array(repeating: .zero, count: 5))
    }

    @Test("Constant back-off waits the same before every retry")
    func constant() throws {
        #expect(delays(try .constant(.seconds(60)), [1, 2, 50, .max]) == Array(repeating: .seconds(60), count: 4))
    }

    @Test("Linear back-off grows by its step and stops at the cap")
    func linear() throws {
        let backoff = try Backoff.linear(step: .seconds(3), cap: .seconds(10))
        #expect(delays(backoff, [1, 2, 3, 4, 5, .max]) == [3, 6, 9, 10, 10, 10].map { .seconds($0) })
    }

    @Test(
        "Exponential back-off multiplies by its factor and stops at the cap",
        arguments: [
            (2.0, [1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000, 20_000_000]),
            (1.5, [1_000_000, 1_500_000, 2_250_000, 3_375_000, 5_062_500, 7_593_750]),
            (10.0, [1_000_000, 10_000_000, 20_000_000, 20_000_000, 20_000_000, 20_000_000]),
            (1.0, [1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000]),
        ]
    )
    func exponential(factor: Double, microseconds: [Int]) throws {
        let backoff = try Backoff.exponential(base: .seconds(1), factor: factor)
        #expect(delays(backoff, Array(1...6)) == microseconds.map { .microseconds($0) })
    }

    @Test("A factor just above one reaches the cap, and the last retry number is answered at once")
    func slowFactor() throws {
        let backoff = try Backoff.exponential(base: .microseconds(1), factor: 1.000_001, cap: .seconds(20))
        #expect(delays(backoff, [1, .max]) == [.microseconds(1), .seconds(20)])
        #expect(delays(backoff, [1_100_000]) == [.microseconds(3)], "e to the power of 1.1 is 3.004")
    }

    @Test("Decorrelated back-off draws between its base and three times the previous delay, up to the cap")
    func decorrelated() throws {
        let backoff = try Backoff.decorrelated(base: .milliseconds(100), cap: .seconds(5))
        var generator = SmallGenerator(seed: 7)
        var onCap = 0
        for _ in 0..<2_000 {
            var previous: Duration?
            for retry in 1...10 {
                let delay = backoff.delay(beforeRetry: retry, previous: previous, using: &generator)
                let bound = min((previous ?? .milliseconds(100)) * 3, .seconds(5))
                #expect(delay >= .milliseconds(100) && delay <= bound)
                if delay == .seconds(5) { onCap += 1 }
                previous = delay
            }
        }
        #expect(onCap < 20, "the cap bounds the range, so delays do not bunch on it")
    }

    @Test("Custom back-off is asked by retry number; negative delays count as zero")
    func custom() {
        let backoff = Backoff.custom { retry in .seconds(retry < 3 ? retry : -1) }
        #expect(delays(backoff, [0, 1, 2, 3]) == [.seconds(1), .seconds(1), .seconds(2), .zero])
    }

    @Test("No base, cap, factor or retry number traps, and every delay lies between zero and the cap")
    func extremes() throws {
        let durations: [Duration] = [
            .zero, .nanoseconds(1), .microseconds(1), .seconds(1), .microseconds(Int64.max), .seconds(Int64.max),
        ]
        let retries = [Int.min, -1, 0, 1, 2, 3, 31, 62, 63, 64, 65, 1_000, .max - 1, .max]
        var generator = SmallGenerator(seed: 3)
        for (index, base) in durations.enumerated() {
            for cap in durations[index...] {
                var backoffs = [try Backoff.linear(step: base, cap: cap), try .decorrelated(base: base, cap: cap)]
                for factor in [1, 1.000_000_001, 1.5, 2, 1000] {
                    backoffs.append(try .exponential(base: base, factor: factor, cap: cap))
                }
                let bound = min(cap, .microseconds(Int64.max)) + .microseconds(1)
                for backoff in backoffs {
                    for retry in retries {
                        let previous = durations.randomElement(using: &generator)
                        let delay = backoff.delay(beforeRetry: retry, previous: previous, using: &generator)
                        #expect(delay >= .zero && delay < bound)
                    }
                }
            }
        }
    }

    @Test("Delays never shrink from one retry to the next")
    func monotonic() throws {
        for factor in [1.0, 1.1, 1.5, 2, 3.7] {
            let backoff = try Backoff.exponential(base: .microseconds(7), factor: factor, cap: .seconds(Int64.max))
            let row = delays(backoff, Array(1...500))
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test("A bad configuration throws the field and what is allowed")
    func invalid() {
        func field(_ body: () throws -> Backoff) -> String? {
            do { _ = try body() } catch { return (error as? InvalidArgument)?.field }
            return nil
        }
        #expect(field { try .constant(.seconds(-1)) } == "delay")
        #expect(field { try .linear(step: .nanoseconds(-1)) } == "step")
        #expect(field { try .linear(step: .seconds(2), cap: .seconds(1)) } == "cap")
        #expect(field { try .exponential(base: .seconds(Int64.min)) } == "base")
        #expect(field { try .exponential(base: .seconds(60)) } == "cap")
        for factor in [0.99, 0, -2, .infinity, .nan, 1001] {
            #expect(field { try .exponential(base: .seconds(1), factor: factor) } == "factor")
        }
        #expect(field { try .decorrelated(base: .seconds(-1)) } == "base")
        #expect(field { try .decorrelated(base: .seconds(2), cap: .zero) } == "cap")
    }
}
