import ExampleSupport
import ResilienceCore

/// How vendors behave: a pure function of the seed, the vendor, the time and what is asked.
struct Weather: Sendable {
    let seed: UInt64

    /// How long a vendor stays as it is: five minutes.
    private static let spell: Int64 = 300_000_000

    /// How a vendor is for some minutes.
    enum Spell: Sendable, Hashable {
        case fair
        case slow
        case empty
        case down
        /// It wants money, which comes with the next spell.
        case broke
        case banned(until: Timestamp)
        /// Our key was changed, and the new one is not known here yet.
        case locked
        case limited
    }

    /// Of 100 spells; the rest is fair.
    private static let rates: [(rate: Int, spell: Spell)] = [
        (9, .empty), (9, .down), (8, .slow), (4, .broke), (4, .banned(until: .distantPast)), (3, .locked),
        (4, .limited),
    ]

    func spell(of vendor: String, at now: Timestamp) -> Spell {
        let number = now.microseconds / Self.spell
        var generator = generator("spell", vendor, "\(number)")
        let drawn = draw(Self.rates, &generator) ?? .fair
        guard case .banned = drawn else { return drawn }
        return .banned(until: Timestamp(microseconds: (number + 1) * Self.spell))
    }

    /// How much a vendor has of a service.
    func stock(of vendor: String, at now: Timestamp) -> Int {
        if spell(of: vendor, at: now) == .empty { return 0 }
        var generator = generator("stock", vendor, "\(now.microseconds / Self.spell)")
        return Int.random(in: 3...400, using: &generator)
    }

    /// What becomes of a call.
    enum Way: Sendable, Hashable {
        /// It is done, and the answer comes back.
        case done
        /// It is done, and the answer gets lost.
        case answerLost
        /// It arrives after the client has given up on it, and is done then.
        case late
        /// It gets lost.
        case lost
        case refused(Trouble)
    }

    /// What a vendor says when it does not do what it is asked.
    enum Trouble: Sendable, Hashable {
        case noNumbers, noBalance, badKey, fault, unreachable, limit
        case banned(until: Timestamp)
    }

    /// What is asked of a vendor.
    enum Call: String, Sendable {
        case buy
        case cancel
        case question
    }

    fileprivate static let purchases: [(rate: Int, way: Way)] = [
        (5, .answerLost), (8, .late), (4, .lost), (4, .refused(.noNumbers)), (3, .refused(.fault)),
        (3, .refused(.unreachable)), (1, .refused(.limit)),
    ]

    fileprivate static let cancellations: [(rate: Int, way: Way)] = [
        (25, .answerLost), (6, .lost), (6, .refused(.fault)), (6, .refused(.unreachable)),
    ]

    fileprivate static let questions: [(rate: Int, way: Way)] = [(5, .refused(.fault)), (5, .refused(.unreachable))]

    /// How a call goes, and how long it takes if nothing gets lost.
    func way(_ call: Call, _ vendor: VendorProfile, about subject: String, at now: Timestamp) -> (Way, time: Duration) {
        var generator = generator(call.rawValue, vendor.name, subject, "\(now.microseconds)")
        let time = vendor.response * Int.random(in: 5...20, using: &generator) / 10
        let usual = draw(call.table, &generator) ?? .done
        switch spell(of: vendor.name, at: now) {
        case .fair: return (usual, time)
        case .slow: return (usual, time + .seconds(6))
        case .down:
            let hits: [(Int, Way)] = [(35, .refused(.unreachable)), (30, .refused(.fault)), (25, .lost)]
            return (draw(hits, &generator) ?? usual, time)
        case .banned(let until): return (.refused(.banned(until: until)), time)
        case .locked: return (.refused(.badKey), time)
        // What was sold before can be looked at and given back all the same.
        case .empty: return (call == .buy ? .refused(.noNumbers) : usual, time)
        case .broke: return (call == .buy ? .refused(.noBalance) : usual, time)
        case .limited: return (call == .buy ? .refused(.limit) : usual, time)
        }
    }

    /// By how much a call comes too late that does: it is done so long after its client has given up on it.
    func delay(_ vendor: String, about subject: String, at now: Timestamp) -> Duration {
        var generator = generator("late", vendor, subject, "\(now.microseconds)")
        return .milliseconds(100 * Int.random(in: 150...450, using: &generator))
    }

    /// The FreePrices of a service: how many numbers there are at which price.
    func freePrices(_ service: String, regular: Int, at now: Timestamp) -> [Double: Int] {
        var generator = generator("free", service, "\(now.microseconds / Self.spell)")
        var prices: [Double: Int] = [:]
        for percent in [72, 80, 88, 95] where Int.random(in: 0..<100, using: &generator) < 35 {
            prices[Double(regular * percent / 100)] = Int.random(in: 1...60, using: &generator)
        }
        return prices
    }

    private func draw<Case>(_ cases: [(Int, Case)], _ generator: inout SmallGenerator) -> Case? {
        var left = Int.random(in: 0..<100, using: &generator)
        for (rate, one) in cases {
            left -= rate
            if left < 0 { return one }
        }
        return nil
    }

    func generator(_ parts: String...) -> SmallGenerator {
        SmallGenerator(seed: parts.joined(separator: "/").hashOfBytes(seed: seed))
    }
}

extension Weather.Call {
    fileprivate var table: [(rate: Int, way: Weather.Way)] {
        switch self {
        case .buy: Weather.purchases
        case .cancel: Weather.cancellations
        case .question: Weather.questions
        }
    }
}
