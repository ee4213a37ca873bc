extension World {
    /// The worlds that policies are compared in.
    package static var all: [World] {
        let single = [
            steady, outages, brownOuts, stockOuts, drift, flapping, quotas(headers: false), quotas(headers: true), capacity,
            allDown, sparse, saturation, oneOutage,
        ]
        return single + [steady, outages, quotas(headers: true), capacity].flatMap { world in
            [4, 32].map { clients in
                var shared = world
                shared.id = "W15-\(world.id)x\(clients)"
                shared.title = "\(world.title), \(clients) processes"
                shared.clients = clients
                return shared
            }
        }
    }

    private static var three: [WorldProvider] {
        [
            WorldProvider("A", 0.985, latency: 0.8, price: 1.0), WorldProvider("B", 0.98, latency: 1.2, price: 1.2),
            WorldProvider("C", 0.97, latency: 1.5, price: 0.8),
        ]
    }

    /// The three providers, the first of them changed.
    private static func first(_ change: WorldProvider.Change...) -> [WorldProvider] {
        var providers = three
        providers[0].changes = change
        return providers
    }

    package static var steady: World { World("W1", "steady", providers: three) }

    package static var outages: World {
        World("W2", "the preferred one down 15 minutes in each hour",
            providers: first(.init(every: 3_600, from: 1_200, to: 2_100, success: 0)))
    }

    package static var brownOuts: World {
        World("W3", "brown-out for 20 minutes in each hour",
            providers: first(.init(every: 3_600, from: 1_200, to: 2_400, success: 0.6, latency: 2.4)))
    }

    package static var stockOuts: World {
        var providers = three
        (providers[0].stock, providers[1].stock, providers[2].stock) = (500, 50, 9)
        providers[0].changes = [.init(every: 1_800, from: 500, to: 1_100, stock: 0)]
        providers[1].changes = [.init(every: 1_800, from: 900, to: 1_500, stock: 0)]
        return World("W4", "stock-outs, first of A, then of B", providers: providers)
    }

    package static var drift: World {
        var providers = three
        (providers[0].success, providers[0].drift) = (0.99, .init(to: 0.75, period: 21_600))
        (providers[1].success, providers[1].drift) = (0.75, .init(to: 0.99, period: 21_600))
        providers[2].success = 0.9
        return World("W5", "drift, one down and up, the other up and down", providers: providers)
    }

    package static var flapping: World {
        var providers = first(.init(every: 40, from: 20, to: 40, success: 0.2))
        providers[0].success = 0.99
        return World("W6", "20 s good, 20 s bad", providers: providers)
    }

    package static func quotas(headers: Bool) -> World {
        var providers = three
        providers[0].quota = .init(perSecond: 1, burst: 30)
        providers[1].quota = .init(perSecond: 0.7, burst: 30)
        var world = World(headers ? "W7h" : "W7", "quotas\(headers ? ", with headers" : "")", providers: providers)
        world.headers = headers
        return world
    }

    package static var capacity: World {
        var providers = three
        for index in providers.indices { providers[index].capacity = 40 }
        return World("W8", "capacity 40 each, 60 requests a second", seconds: 3_600, rate: 60, providers: providers)
    }

    package static var allDown: World {
        var providers = three
        for index in providers.indices {
            providers[index].changes = [.init(every: 3_600, from: 1_800, to: 2_100, success: 0)]
        }
        return World("W9", "all down 5 minutes in each hour", providers: providers)
    }

    package static var sparse: World {
        World("W10", "one request in 2 minutes, an outage of 2 hours a day", seconds: 14 * 86_400, rate: 1.0 / 120,
            providers: first(.init(every: 86_400, from: 36_000, to: 43_200, success: 0)))
    }

    package static var saturation: World {
        var providers = three
        (providers[0].success, providers[1].success, providers[2].success) = (0.8, 0.99, 0.97)
        for index in providers.indices { providers[index].stock = 500 }
        return World("W12", "fast and unreliable against reliable", providers: providers)
    }

    package static var oneOutage: World {
        World("W14", "one outage, then 5.5 hours healthy", providers: first(.init(from: 600, to: 2_400, success: 0)))
    }
}
