import ResilienceCore

/// A mean with its 95 % interval.
package struct Interval: Codable, Sendable, Hashable {
    package let mean: Double
    package let low: Double
    package let high: Double

    /// From paired differences, or any other sample, by bootstrap: 2,000 resamples, always the same ones.
    package init(of sample: [Double], resamples: Int = 2_000) {
        let count = Double(max(sample.count, 1))
        mean = sample.reduce(0, +) / count
        guard sample.count > 1 else {
            (low, high) = (mean, mean)
            return
        }
        var generator = SmallGenerator(seed: 20_24)
        var means: [Double] = []
        for _ in 0..<resamples {
            var sum = 0.0
            for _ in sample { sum += sample[Int(generator.next() % UInt64(sample.count))] }
            means.append(sum / count)
        }
        means.sort()
        low = means[resamples / 40]
        high = means[resamples - 1 - resamples / 40]
    }
}

/// The runs of several contenders in one world, seed by seed.
package struct Comparison: Sendable {
    package let world: World
    package let seeds: ClosedRange<UInt64>
    /// By contender, in the order of the seeds.
    package let runs: [(policy: String, results: [RunResult])]

    /// Runs every contender with every seed, as many at once as there are cores: no run knows of another.
    package init(_ world: World, _ contenders: [Contender], seeds: ClosedRange<UInt64>) async throws {
        self.world = world
        self.seeds = seeds
        let results = try await withThrowingTaskGroup(of: (row: Int, result: RunResult).self) { group in
            for (row, contender) in contenders.enumerated() {
                for seed in seeds { group.addTask { (row, try WorldRun.run(world, contender, seed: seed)) } }
            }
            var rows = contenders.map { _ in [RunResult]() }
            for try await (row, result) in group { rows[row].append(result) }
            return rows
        }
        runs = zip(contenders, results).map { contender, results in
            (contender.name, results.sorted { $0.seed < $1.seed })
        }
    }

    /// The same runs, those of one contender given out as those of another: what a judgement of the other must not let pass.
    package func presenting(_ impostor: String, as policy: String) -> Comparison {
        let swapped = runs.map { name, results in (name, name == policy ? self.results(impostor) : results) }
        return Comparison(world: world, seeds: seeds, runs: swapped)
    }

    private init(world: World, seeds: ClosedRange<UInt64>, runs: [(policy: String, results: [RunResult])]) {
        (self.world, self.seeds, self.runs) = (world, seeds, runs)
    }

    /// The results of a contender.
    package func results(_ policy: String) -> [RunResult] { runs.first { $0.policy == policy }?.results ?? [] }

    /// The mean of a figure over the seeds.
    package func interval(_ policy: String, _ figure: (RunResult) -> Double) -> Interval {
        Interval(of: results(policy).map(figure))
    }

    /// How much higher a figure of one contender is than that of another with the same chances.
    package func difference(_ policy: String, minus other: String, _ figure: (RunResult) -> Double) -> Interval {
        Interval(of: zip(results(policy), results(other)).map { figure($0) - figure($1) })
    }
}
