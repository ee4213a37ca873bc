/// What is noted while a world runs, and what it amounts to.
struct RunTrace {
    private let world: World
    private let bin: Double
    private var requests = 0
    private var (firstTries, successes, attempts, flips) = (0, 0, 0, 0)
    private var (expected, regret, utilityRegret, cost) = (0.0, 0.0, 0.0, 0.0)
    private var latencies: [Double] = []
    private var picks: [(time: Double, provider: Int)] = []
    private var bins: [Bin]

    private struct Bin {
        var requests = 0
        var successes = 0
        var regret = 0.0
        var picks: [Int]
    }

    init(world: World) {
        self.world = world
        // Five minutes, but never so short that a bin is all chance.
        bin = max(300, 100 / world.rate)
        let count = Int((world.seconds / bin).rounded(.up))
        bins = Array(repeating: Bin(picks: Array(repeating: 0, count: world.providers.count)), count: max(count, 1))
        latencies.reserveCapacity(Int(world.rate * world.seconds * 1.1))
        picks.reserveCapacity(latencies.capacity)
    }

    private func place(_ time: Double) -> Int { min(Int(time / bin), bins.count - 1) }

    mutating func picked(
        _ provider: Int?, at time: Double, success: Double, regret: Double, utilityRegret: Double, isFlip: Bool
    ) {
        requests += 1
        expected += success
        self.regret += regret
        self.utilityRegret += utilityRegret
        if isFlip { flips += 1 }
        let place = place(time)
        bins[place].requests += 1
        bins[place].regret += regret
        picks.append((time, provider ?? -1))
        if let provider { bins[place].picks[provider] += 1 }
    }

    mutating func firstTryEnded(_ isSuccess: Bool) {
        if isSuccess { firstTries += 1 }
    }

    mutating func finished(_ isSuccess: Bool, start: Double, end: Double, of attempts: Int, cost: Double) {
        self.attempts += attempts
        latencies.append(end - start)
        guard isSuccess else { return }
        successes += 1
        self.cost += cost
        bins[place(start)].successes += 1
    }

    func result(world id: String, policy: String, seed: UInt64) -> RunResult {
        let count = Double(max(requests, 1))
        let sorted = latencies.sorted()
        func quantile(_ share: Double) -> Double { sorted.isEmpty ? 0 : sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)] }
        let worst = bins.filter { $0.requests >= 20 }.map { Double($0.successes) / Double($0.requests) }.min() ?? 0
        let totals = bins.reduce(into: world.providers.map { _ in 0 }) { totals, bin in
            for index in totals.indices { totals[index] += bin.picks[index] }
        }
        let (detection, back) = delays()
        return RunResult(
            world: id, policy: policy, seed: seed, requests: requests,
            firstTry: Double(firstTries) / count, expectedFirstTry: expected / count, success: Double(successes) / count,
            attempts: Double(attempts) / count, meanLatency: latencies.reduce(0, +) / count, p95: quantile(0.95),
            p99: quantile(0.99), pricePerSuccess: cost / Double(max(successes, 1)), regret: regret / count,
            utilityRegret: utilityRegret / count, detection: detection, returnDelay: back,
            flipsPerThousand: Double(flips) * 1_000 / count, worstFiveMinutes: worst,
            loadRatio: Double(totals.max() ?? 0) * Double(totals.count) / Double(max(totals.reduce(0, +), 1)),
            secondsPerBin: bin,
            shares: bins.map { bin in bin.picks.map { Double($0) / Double(max(bin.requests, 1)) } },
            regrets: bins.map { $0.regret / Double(max($0.requests, 1)) })
    }

    /// How long it took, on average over the outages, until at most a tenth of the next 20 first picks went to the provider
    /// that was down; and until at least half of them went there again. Where that
    /// does not come to be, the whole time until the next change counts.
    private func delays() -> (detection: Double?, back: Double?) {
        var (detections, returns): ([Double], [Double]) = ([], [])
        for (provider, began, ended, next) in outages() {
            let before = picks.prefix(upTo: index(of: began)).suffix(20).count { $0.provider == provider }
            guard before >= 10 else { continue }
            detections.append(delay(of: provider, from: began, until: ended) { $0 <= 2 })
            returns.append(delay(of: provider, from: ended, until: next) { $0 >= 10 })
        }
        func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
        return (mean(detections), mean(returns))
    }

    private func delay(
        of provider: Int, from start: Double, until end: Double, _ holds: (_ ofTwenty: Int) -> Bool
    ) -> Double {
        var place = index(of: start)
        var count = picks[place...].prefix(20).count { $0.provider == provider }
        while place + 20 < picks.count, picks[place].time < end {
            if holds(count) { return picks[place].time - start }
            if picks[place].provider == provider { count -= 1 }
            if picks[place + 20].provider == provider { count += 1 }
            place += 1
        }
        return end - start
    }

    /// The first pick at that time or later.
    private func index(of time: Double) -> Int {
        var (low, high) = (0, picks.count)
        while low < high {
            let middle = (low + high) / 2
            if picks[middle].time < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func outages() -> [(provider: Int, began: Double, ended: Double, next: Double)] {
        world.providers.indices.flatMap { index in
            let provider = world.providers[index]
            return provider.changes.filter { ($0.success ?? 1) <= provider.success - 0.3 && $0.to - $0.from >= 120 }.flatMap { change in
                let period = change.every ?? .infinity
                let rounds = period == .infinity ? 1 : Int(min((world.seconds / period).rounded(.up), 10_000))
                return (0..<rounds).compactMap { round in
                    let shift = round == 0 ? 0 : Double(round) * period
                    let next = min(world.seconds, change.from + shift + period)
                    return change.to + shift < next ? (index, change.from + shift, change.to + shift, next) : nil
                }
            }
        }
    }
}
