import ProviderScoring
import ResilienceCore
import Testing

/// What a window keeps and forgets.
@Suite struct HealthWindowTests {
    private let start = Timestamp(seconds: 1_000_000)

    @Test func M4_sample101EvictsSample1() throws {
        var window = try HealthWindow()
        window.record(isSuccess: false, elapsed: .seconds(100), at: start)
        for _ in 2...100 { window.record(isSuccess: true, elapsed: .seconds(1), at: start) }
        #expect(window.summary == HealthSummary(count: 100, successes: 99, meanResponse: .milliseconds(1_990)))
        window.record(isSuccess: true, elapsed: .seconds(1), at: start)
        #expect(window.summary == HealthSummary(count: 100, successes: 100, meanResponse: .seconds(1)))
        for _ in 1...50 { window.record(isSuccess: false, elapsed: .seconds(1), at: start) }
        #expect(window.summary?.successes == 50)
    }

    @Test func nothingOlderThanTheAgeCounts() throws {
        var window = try HealthWindow(size: 10, age: .seconds(60))
        for second in [0, 10, 20] {
            window.record(isSuccess: second > 0, elapsed: .seconds(1), at: start.advanced(by: .seconds(second)))
        }
        window.forget(before: start.advanced(by: .seconds(60)))
        #expect(window.summary?.count == 3)
        window.forget(before: start.advanced(by: .seconds(60) + .microseconds(1)))
        #expect(window.summary?.count == 2)
        window.record(isSuccess: false, elapsed: .zero, at: start.advanced(by: .seconds(75)))
        #expect(window.summary?.count == 2)
        window.forget(before: .distantFuture)
        #expect(window.summary == nil)
    }

    /// Whatever comes in, the sums are those of what is kept.
    @Test(arguments: [1, 2, 7, 100]) func theSumsFitWhatIsKept(size: Int) throws {
        var window = try HealthWindow(size: size, age: .seconds(500))
        var kept: [(at: Timestamp, success: Bool, elapsed: Int)] = []
        var generator = SmallGenerator(seed: 5)
        var now = start
        for _ in 0..<2_000 {
            now = now.advanced(by: .seconds(Int64.random(in: 0...30, using: &generator)))
            let sample = (now, Bool.random(using: &generator), Int.random(in: 0...9, using: &generator))
            kept = (kept + [sample]).suffix(size).filter { $0.at.duration(to: now) <= .seconds(500) }
            window.record(isSuccess: sample.1, elapsed: .seconds(sample.2), at: now)
            let summary = try #require(window.summary)
            #expect(summary.count == kept.count)
            #expect(summary.successes == kept.count { $0.success })
            #expect(summary.meanResponse == .seconds(kept.reduce(0) { $0 + $1.elapsed }) / kept.count)
        }
    }

    /// In whatever order outcomes come, the newest are kept.
    @Test(arguments: [1, 3, 10]) func whatComesLateTakesItsPlace(size: Int) throws {
        var generator = SmallGenerator(seed: 9)
        for _ in 0..<50 {
            let samples = (0..<30).map { (second: Int64($0), isSuccess: Bool.random(using: &generator)) }
            var window = try HealthWindow(size: size, age: .seconds(1_000))
            for sample in samples.shuffled(using: &generator) {
                let ended = start.advanced(by: .seconds(sample.second))
                guard !window.isOutdated(ended) else { continue }
                window.record(isSuccess: sample.isSuccess, elapsed: .seconds(sample.second), at: ended)
                window.sortLast()
            }
            let newest = samples.suffix(size)
            #expect(window.summary?.count == size)
            #expect(window.summary?.successes == newest.count { $0.isSuccess })
            #expect(window.summary?.meanResponse == .seconds(newest.reduce(0) { $0 + $1.second }) / size)
            let oldest = start.advanced(by: .seconds(Int64(30 - size)))
            #expect(window.nextExpiry == oldest.advanced(by: .seconds(1_000)))
        }
    }

    @Test func extremesDoNotTrap() throws {
        var window = try HealthWindow(size: 1, age: .seconds(Int64.max))
        window.record(isSuccess: true, elapsed: .seconds(Int64.max), at: .distantPast)
        window.record(isSuccess: true, elapsed: .seconds(-1), at: .distantFuture)
        window.record(isSuccess: true, elapsed: .seconds(Int64.max), at: .distantPast)
        #expect(window.summary?.meanResponse == .seconds(3_600))
        #expect(throws: InvalidArgument.self) { try HealthWindow(size: 0) }
        #expect(throws: InvalidArgument.self) { try HealthWindow(size: 1_000_001) }
        #expect(throws: InvalidArgument.self) { try HealthWindow(age: .zero) }
    }
}
