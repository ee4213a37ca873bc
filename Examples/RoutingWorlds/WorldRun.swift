import Foundation
import ProviderScoring
import ResilienceCore

/// One world, one seed, one contender: in virtual time, from the first request to the last answer.
package struct WorldRun {
    private let world: World
    private let contender: Contender
    private let draws: Draws
    private var providers: [LiveProvider]
    private var clients: [Client]
    private var requests: [Request] = []
    private var calls = EndHeap()
    private var trace: RunTrace

    /// One process that places requests: it knows what it has seen itself.
    private struct Client {
        var policy: any SelectionPolicy
        var table: ProviderTable
        var generator: SmallGenerator
        var lastPick = -1

        mutating func pick(_ request: PickRequest) -> Int? {
            table.turn(to: request.now)
            return policy.pick(request, from: table.states, using: &generator)?.provider
        }

        mutating func began(_ provider: Int, at now: Timestamp) {
            table.began(provider)
            policy.began(provider, at: now, from: table.states)
        }

        mutating func record(_ outcome: ProviderOutcome, of provider: Int) {
            table.record(outcome, of: provider)
            policy.record(outcome, of: provider, from: table.states)
        }
    }

    private struct Request {
        var start: Double
        var client: Int
        var attempts = 0
        var tried = ProviderSet()
        var cost = 0.0
    }

    /// Runs it.
    package static func run(_ world: World, _ contender: Contender, seed: UInt64) throws -> RunResult {
        var run = try WorldRun(world, contender, seed: seed)
        run.toTheEnd()
        return run.trace.result(world: world.id, policy: contender.name, seed: seed)
    }

    private init(_ world: World, _ contender: Contender, seed: UInt64) throws {
        self.world = world
        self.contender = contender
        draws = Draws(seed: seed)
        providers = world.providers.map(LiveProvider.init)
        let names = world.providers.map(\.name)
        clients = try (0..<world.clients).map { number in
            var table = try ProviderTable(names)
            for index in world.providers.indices { table.setPrice(world.providers[index].price, of: index) }
            var policy = contender.make(seed)
            policy.providersChanged(table.states)
            return Client(
                policy: policy,
                table: table,
                generator: SmallGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
            )
        }
        trace = RunTrace(world: world)
        requests.reserveCapacity(Int(world.rate * world.seconds * 1.1))
    }

    private mutating func toTheEnd() {
        var arrival = arrival(after: 0)
        var report = 0.0
        while true {
            let next = min(arrival, calls.next)
            if report <= next, report < world.seconds {
                reportStock(at: report)
                report += world.stockReportEvery
            } else if calls.next <= arrival {
                guard calls.next < .infinity else { return }
                finish(calls.pop())
            } else {
                arrive(at: arrival)
                arrival = self.arrival(after: arrival)
            }
        }
    }

    /// When the next request comes; never, if that would be after the end.
    private func arrival(after time: Double) -> Double {
        let next = time - log(1 - draws.uniform(.arrival, request: requests.count)) / world.rate
        return next < world.seconds ? next : .infinity
    }

    private mutating func reportStock(at time: Double) {
        for index in providers.indices {
            guard let stock = providers[index].world.stock(at: time) else { continue }
            for client in clients.indices {
                clients[client].table.setStock(ProviderStock(count: stock, asOf: .at(time)), of: index)
            }
        }
    }

    private mutating func arrive(at time: Double) {
        let number = requests.count
        let client = clients.count == 1 ? 0 : Int(draws.uniform(.client, request: number) * Double(clients.count))
        requests.append(Request(start: time, client: client))
        place(number, at: time)
    }

    /// The next attempt of a request; the request fails if nobody may be called.
    private mutating func place(_ number: Int, at time: Double) {
        let client = requests[number].client
        let isFirst = requests[number].attempts == 0
        let now = Timestamp.at(time)
        let pick: Int?
        if contender.isOracle {
            pick = oracle(excluding: requests[number].tried, at: time)
        } else {
            let request = PickRequest(
                now: now,
                attempt: requests[number].attempts + 1,
                excluded: requests[number].tried
            )
            pick = clients[client].pick(request)
        }
        if isFirst { note(pick, of: client, at: time) }
        guard let pick else {
            return trace.finished(
                false,
                start: requests[number].start,
                end: time,
                of: requests[number].attempts,
                cost: 0
            )
        }
        requests[number].attempts += 1
        requests[number].tried.insert(pick)
        clients[client].began(pick, at: now)
        let answer = providers[pick].call(number, pick, at: time, draws: draws, headers: world.headers)
        calls.push(
            .init(end: time + answer.seconds, request: number, provider: pick, elapsed: answer.seconds, answer: answer)
        )
    }

    private mutating func finish(_ call: EndHeap.Call) {
        providers[call.provider].ended()
        let client = requests[call.request].client
        let outcome = ProviderOutcome(
            call.answer.kind,
            ended: .at(call.end),
            elapsed: .microseconds(Int64(call.elapsed * 1e6)),
            allowance: call.answer.allowance
        )
        clients[client].record(outcome, of: call.provider)
        let request = requests[call.request]
        let isSuccess = call.answer.kind == .success
        if request.attempts == 1 { trace.firstTryEnded(isSuccess) }
        if isSuccess || request.attempts >= min(world.attempts, providers.count) {
            let cost = isSuccess ? providers[call.provider].world.price : 0
            trace.finished(isSuccess, start: request.start, end: call.end, of: request.attempts, cost: cost)
        } else {
            place(call.request, at: call.end)
        }
    }

    // MARK: What only the world knows

    /// The provider with the best utility at this instant.
    private func oracle(excluding tried: ProviderSet, at time: Double) -> Int? {
        var best: (provider: Int, utility: Double)?
        for index in providers.indices where !tried.contains(index) {
            let utility = utility(of: index, providers[index].outlook(at: time))
            if best.map({ utility > $0.utility }) ?? true { best = (index, utility) }
        }
        return best?.provider
    }

    private func utility(of index: Int, _ outlook: LiveProvider.Outlook) -> Double {
        outlook.success - 0.02 * outlook.latency - 0.02 * providers[index].world.price
    }

    private mutating func note(_ pick: Int?, of client: Int, at time: Double) {
        var (bestSuccess, bestUtility) = (0.0, -Double.infinity)
        var (success, utility) = (0.0, -0.5)
        for index in providers.indices {
            let outlook = providers[index].outlook(at: time)
            let value = self.utility(of: index, outlook)
            bestSuccess = max(bestSuccess, outlook.success)
            bestUtility = max(bestUtility, value)
            if index == pick { (success, utility) = (outlook.success, value) }
        }
        let isFlip = clients[client].lastPick >= 0 && pick != nil && pick != clients[client].lastPick
        if let pick { clients[client].lastPick = pick }
        trace.picked(
            pick,
            at: time,
            success: success,
            regret: bestSuccess - success,
            utilityRegret: max(bestUtility - utility, 0),
            isFlip: isFlip
        )
    }
}
