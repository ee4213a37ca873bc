package import Foundation

/// A world in which requests are placed with providers: what is seeded, simulated and compared.
package struct World: Codable, Sendable {
    /// Short name, as W2.
    package var id: String
    /// What it shows.
    package var title: String
    /// How long it lasts, in seconds.
    package var seconds: Double
    /// Requests per second, as a Poisson process.
    package var rate: Double
    /// How many independent processes share the load.
    package var clients = 1
    /// At most so many attempts per request, each with another provider.
    package var attempts = 3
    /// How old a report of the stock gets, in seconds.
    package var stockReportEvery = 300.0
    /// Whether answers carry what is left of a quota, and a 429 its Retry-After.
    package var headers = false
    package var providers: [WorldProvider]

    package init(_ id: String, _ title: String, seconds: Double = 21_600, rate: Double = 2, providers: [WorldProvider])
    {
        self.id = id
        self.title = title
        self.seconds = seconds
        self.rate = rate
        self.providers = providers
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        title = try values.decodeIfPresent(String.self, forKey: .title) ?? ""
        seconds = try values.decodeIfPresent(Double.self, forKey: .seconds) ?? 21_600
        rate = try values.decodeIfPresent(Double.self, forKey: .rate) ?? 2
        clients = try values.decodeIfPresent(Int.self, forKey: .clients) ?? 1
        attempts = try values.decodeIfPresent(Int.self, forKey: .attempts) ?? 3
        stockReportEvery = try values.decodeIfPresent(Double.self, forKey: .stockReportEvery) ?? 300
        headers = try values.decodeIfPresent(Bool.self, forKey: .headers) ?? false
        providers = try values.decode([WorldProvider].self, forKey: .providers)
        try check()
    }

    /// The worlds of a JSON file: an array of them, or one.
    package static func load(_ data: Data) throws -> [World] {
        let decoder = JSONDecoder()
        let first = data.first { !" \n\r\t".utf8.contains($0) }
        let worlds: [World]
        do {
            worlds =
                first == UInt8(ascii: "[")
                ? try decoder.decode([World].self, from: data) : [try decoder.decode(World.self, from: data)]
        } catch {
            throw WorldFault(of: error)
        }
        guard !worlds.isEmpty else { throw WorldFault("no world in it") }
        guard Set(worlds.map(\.id)).count == worlds.count else {
            throw WorldFault("ids are \(worlds.map(\.id).joined(separator: ", ")); allowed is each once")
        }
        return worlds
    }

    /// The largest stock.
    private static let most = 1_000_000_000

    private func check() throws {
        func demand(_ holds: Bool, _ field: String, _ value: Any, _ allowed: String) throws {
            guard holds else { throw WorldFault("world \(id): \(field) is \(value); allowed is \(allowed)") }
        }
        // It names files.
        let isPlain = id.utf8.allSatisfy {
            [45, 46, 95].contains($0) || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
        try demand(isPlain && (1...64).contains(id.utf8.count), "id", id, "1 to 64 letters, digits, dots, - and _")
        try demand((1...100_000_000).contains(seconds), "seconds", seconds, "1...100,000,000")
        try demand((1...50_000_000).contains(rate * seconds), "rate", rate, "1 to 50,000,000 requests in all")
        try demand((1...10_000).contains(clients), "clients", clients, "1...10,000")
        try demand((1...64).contains(attempts), "attempts", attempts, "1...64")
        try demand(
            stockReportEvery >= 1 && seconds / stockReportEvery <= 10_000_000,
            "stockReportEvery",
            stockReportEvery,
            "1 or more, at most 10,000,000 reports in all"
        )
        try demand((1...64).contains(providers.count), "providers", providers.count, "1...64")
        try demand(
            Set(providers.map(\.name)).count == providers.count,
            "providers",
            providers.map(\.name),
            "names that differ"
        )
        for provider in providers {
            try demand(!provider.name.isEmpty, "provider", "without a name", "a name")
            let stocks = [provider.stock] + provider.changes.map(\.stock)
            try demand(
                stocks.allSatisfy { (0...Self.most).contains($0 ?? 0) },
                "\(provider.name).stock",
                stocks.compactMap(\.self),
                "0...1,000,000,000"
            )
            let period = provider.drift?.period ?? 1
            try demand((0.001...1e9).contains(period), "\(provider.name).drift.period", period, "0.001...1,000,000,000")
            let successes = [provider.success] + provider.changes.compactMap(\.success) + [provider.drift?.to ?? 0]
            try demand(successes.allSatisfy { (0...1).contains($0) }, "\(provider.name).success", successes, "0...1")
            let latencies = [provider.latency] + provider.changes.compactMap(\.latency)
            try demand(
                latencies.allSatisfy { $0 > 0 && $0 <= 600 },
                "\(provider.name).latency",
                latencies,
                "above 0, at most 600"
            )
            try demand(
                (0...1e9).contains(provider.price),
                "\(provider.name).price",
                provider.price,
                "0...1,000,000,000"
            )
            for change in provider.changes {
                try demand(change.from < change.to, "\(provider.name).changes.from", change.from, "before to")
                try demand(change.every ?? 1 > 0, "\(provider.name).changes.every", change.every ?? 0, "above 0")
            }
            if let quota = provider.quota {
                let (rate, burst) = (quota.perSecond, quota.burst)
                try demand(
                    (1e-6...1e9).contains(rate),
                    "\(provider.name).quota.perSecond",
                    rate,
                    "0.000001...1,000,000,000"
                )
                try demand((1...1e9).contains(burst), "\(provider.name).quota.burst", burst, "1...1,000,000,000")
            }
            try demand(provider.capacity ?? 1 > 0, "\(provider.name).capacity", provider.capacity ?? 0, "1 or more")
        }
    }
}

/// What is wrong with a file of worlds or of a log.
package struct WorldFault: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// What was wrong with JSON, in words that name the field.
    init(of error: any Error) {
        func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + [last].compactMap(\.self)).map {
                $0.intValue.map { "[\($0)]" } ?? $0.stringValue
            }
            return path.isEmpty ? "it" : path.joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): self.init("\(place(context, key)) is missing")
        case DecodingError.valueNotFound(_, let context): self.init("\(place(context)) is null")
        case DecodingError.typeMismatch(let type, let context):
            self.init("\(place(context)) is no \(Self.name(of: type))")
        case DecodingError.dataCorrupted(let context):
            self.init(
                context.codingPath.isEmpty
                    ? "it is no JSON" : "\(place(context)) cannot be read: \(context.debugDescription)"
            )
        default: self.init("\(error)")
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is Double.Type, is Int.Type, is Int64.Type: "number"
        case is [Any].Type: "list"
        default: "object"
        }
    }
}

/// A provider of a world: constant, but for its changes and its drift.
package struct WorldProvider: Codable, Sendable {
    package var name: String
    /// Probability of success.
    package var success: Double
    /// Median latency in seconds, lognormal with a spread of 0.5.
    package var latency: Double
    package var price: Double
    package var stock: Int?
    package var changes: [Change] = []
    package var drift: Drift?
    package var quota: Quota?
    /// Calls at one time, beyond which it answers 503.
    package var capacity: Int?

    package init(_ name: String, _ success: Double, latency: Double, price: Double) {
        self.name = name
        self.success = success
        self.latency = latency
        self.price = price
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        success = try values.decode(Double.self, forKey: .success)
        latency = try values.decodeIfPresent(Double.self, forKey: .latency) ?? 1
        price = try values.decodeIfPresent(Double.self, forKey: .price) ?? 1
        stock = try values.decodeIfPresent(Int.self, forKey: .stock)
        changes = try values.decodeIfPresent([Change].self, forKey: .changes) ?? []
        drift = try values.decodeIfPresent(Drift.self, forKey: .drift)
        quota = try values.decodeIfPresent(Quota.self, forKey: .quota)
        capacity = try values.decodeIfPresent(Int.self, forKey: .capacity)
    }

    /// Other values between two instants, in seconds, once or in each period.
    package struct Change: Codable, Sendable {
        package var every: Double?
        package var from: Double
        package var to: Double
        package var success: Double?
        package var latency: Double?
        package var stock: Int?

        package init(
            every: Double? = nil,
            from: Double,
            to: Double,
            success: Double? = nil,
            latency: Double? = nil,
            stock: Int? = nil
        ) {
            (self.every, self.from, self.to) = (every, from, to)
            (self.success, self.latency, self.stock) = (success, latency, stock)
        }

        func holds(at time: Double) -> Bool {
            let phase = every.map { time.truncatingRemainder(dividingBy: $0) } ?? time
            return phase >= from && phase < to
        }
    }

    /// A success probability that goes to another one and back, as a cosine.
    package struct Drift: Codable, Sendable {
        package var to: Double
        package var period: Double
    }

    /// A token bucket.
    package struct Quota: Codable, Sendable {
        package var perSecond: Double
        package var burst: Double

        package init(perSecond: Double, burst: Double) { (self.perSecond, self.burst) = (perSecond, burst) }
    }

    func success(at time: Double) -> Double {
        var value = success
        if let drift { value += (drift.to - success) * (1 - cos(2 * .pi * time / drift.period)) / 2 }
        for change in changes { if let other = change.success, change.holds(at: time) { value = other } }
        return value
    }

    func latency(at time: Double) -> Double {
        var value = latency
        for change in changes { if let other = change.latency, change.holds(at: time) { value = other } }
        return value
    }

    func stock(at time: Double) -> Int? {
        var value = stock
        for change in changes { if let other = change.stock, change.holds(at: time) { value = other } }
        return value
    }
}
