import ErrorClassification
import ResilienceCore
import ResilienceTesting
import RetryOrchestrator
import Synchronization
import Testing

@Suite("The bulkhead", .timeLimit(.minutes(20)))
struct BulkheadTests {
    private let clock = ManualClock()

    @Test("Permits, then the queue in order, then refusal")
    func machine() throws {
        var machine = BulkheadMachine(try BulkheadOptions(permits: 2, queueLimit: 2))
        let entries = (0..<5).map { _ in machine.enter() }
        #expect(entries == [.entered, .entered, .queued(1), .queued(2), .refused])
        #expect(machine.giveUp(1) == true)
        #expect(machine.giveUp(1) == false)
        #expect(machine.enter() == .queued(3))
        #expect(machine.leave() == [2])
        #expect(machine.giveUp(2) == false, "its turn had come")
        #expect(machine.inUse == 2)
        let options = try BulkheadOptions(permits: 5, queueLimit: 0)
        #expect(machine.reconfigure(options) == [3])
        #expect(machine.inUse == 3)
        #expect(machine.enter() == .entered)
        #expect(machine.refused == 1)
    }

    @Test("Fewer permits let those inside end, and nobody in before")
    func fewer() throws {
        var machine = BulkheadMachine(try BulkheadOptions(permits: 3, queueLimit: 1))
        for _ in 0..<3 { _ = machine.enter() }
        _ = machine.reconfigure(try BulkheadOptions(permits: 1, queueLimit: 1))
        #expect(machine.enter() == .queued(1))
        #expect(machine.leave() == [])
        #expect(machine.leave() == [])
        #expect(machine.leave() == [1])
    }

    @Test("rule 17: permits come back on every way out: result, error, cancellation, full queue, wait too long")
    func released() async throws {
        let options = try BulkheadOptions(permits: 1, queueLimit: 1, longestWait: .seconds(5))
        let bulkhead = Bulkhead(options, clock: clock)
        let clock = clock
        #expect(try await bulkhead.run { 7 } == 7)
        await #expect(throws: Trouble.busy) { try await bulkhead.run { throw Trouble.busy } }
        let inside = Task { try await bulkhead.run { try await clock.sleep(until: .distantFuture, tolerance: nil) } }
        await clock.waitForSleepers()
        let waiting = Task { try await bulkhead.run { Issue.record("it got in") } }
        while bulkhead.snapshot.waiting == 0 { await Task.yield() }
        await #expect(throws: PolicyError(.bulkheadFull, policy: "bulkhead")) { try await bulkhead.run {} }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(5))
        await #expect(throws: PolicyError(.bulkheadFull, policy: "bulkhead")) { try await waiting.value }
        let cancelled = Task { try await bulkhead.run { Issue.record("it got in") } }
        while bulkhead.snapshot.waiting == 0 { await Task.yield() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        inside.cancel()
        await #expect(throws: CancellationError.self) { try await inside.value }
        #expect(bulkhead.snapshot.inUse == 0)
        #expect(bulkhead.snapshot.waiting == 0)
        #expect(bulkhead.snapshot.refused == 2)
        #expect(try await bulkhead.run { 8 } == 8)
    }

    @Test("On every schedule, with cancellations, no more than the permits run, and all come back")
    func schedules() throws {
        for seed in 0..<300 {
            let result = try Simulation.run(seed: UInt64(seed)) { sim in
                let options = try BulkheadOptions(permits: 3, queueLimit: 10, longestWait: .milliseconds(5))
                let bulkhead = Bulkhead(options, clock: sim.clock)
                let live = Live()
                var dice = sim.fork()
                let tasks = (0..<20).map { number in
                    let (wait, work) = (Int.random(in: 0...4, using: &dice), Int.random(in: 0...4, using: &dice))
                    let task = sim.task("\(number)") {
                        try await sim.clock.pause(for: .milliseconds(wait))
                        try await bulkhead.run {
                            live.began()
                            defer { live.ended() }
                            try await sim.clock.pause(for: .milliseconds(work))
                        }
                    }
                    return (task, Int.random(in: 0...3, using: &dice))
                }
                for (task, moment) in tasks where moment == 0 {
                    try await sim.clock.pause(for: .milliseconds(1))
                    task.cancel()
                }
                for (task, _) in tasks { _ = await task.result }
                return [live.most, bulkhead.snapshot.inUse, bulkhead.snapshot.waiting]
            }
            #expect(result.value[0] <= 3 && result.value[1...] == [0, 0], "seed \(seed): \(result.value)")
        }
    }

    @Test("Who gives up is passed over, and the order of the others stays", arguments: 0..<10)
    func givingUp(seed: UInt64) throws {
        var generator = SmallGenerator(seed: seed)
        var machine = BulkheadMachine(try BulkheadOptions(permits: 1, queueLimit: 1_000))
        _ = machine.enter()
        var waiting: [BulkheadMachine.Ticket] = []
        for _ in 0..<5_000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0...1:
                guard case .queued(let ticket) = machine.enter() else { continue }
                waiting.append(ticket)
            case 2:
                guard let ticket = waiting.randomElement(using: &generator) else { continue }
                #expect(machine.giveUp(ticket) == true)
                #expect(machine.giveUp(ticket) == false)
                waiting.removeAll { $0 == ticket }
            default:
                guard let next = waiting.first else { continue }
                #expect(machine.leave() == [next])
                waiting.removeFirst()
            }
            #expect(machine.waiting == waiting.count)
            #expect(machine.inUse == 1)
        }
    }

    @Test("First come, first served")
    func fairness() async throws {
        let bulkhead = Bulkhead(try BulkheadOptions(permits: 1, queueLimit: 100), clock: clock)
        let order = Order()
        let clock = clock
        let inside = Task { try await bulkhead.run { try await clock.sleep(until: .distantFuture, tolerance: nil) } }
        await clock.waitForSleepers()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<50 {
            tasks.append(Task { try await bulkhead.run { order.add(number) } })
            while bulkhead.snapshot.waiting <= number { await Task.yield() }
        }
        inside.cancel()
        for task in tasks { try await task.value }
        #expect(order.numbers == Array(0..<50))
    }
}

private final class Order: Sendable {
    private let state = Mutex<[Int]>([])

    var numbers: [Int] { state.withLock { $0 } }

    func add(_ number: Int) { state.withLock { $0.append(number) } }
}
