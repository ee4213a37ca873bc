import ExampleSupport
import PaymentVerify
import ResilienceCore
import RetryOrchestrator

/// One run: submits the payments and works until all have an outcome, or a signal comes.
struct FlowRun: Sendable {
    let options: Options
    let place: StorePlace
    let time: TimeKeeping
    let tally: Tally
    private let speed: RunSpeed
    /// The store without the decorators of the workers.
    private let store: any RecordStore
    /// One for each worker in this process; the first also submits and counts.
    private let queues: [PaymentQueue]
    private let stoppages: [Stoppage]
    private let notices: Notices

    /// What came of a run, beside what is in the store.
    struct Result: Sendable {
        var input: PaymentInput?
        var counts = Tally.Counts()
        var stops = 0
        var lostWorkers: [String] = []
        var end = RunEnd()
    }

    init(
        _ options: Options,
        _ speed: RunSpeed,
        _ place: StorePlace,
        _ time: TimeKeeping,
        _ store: any RecordStore,
        _ gateway: Gateway,
        payments: Int
    ) throws {
        self.options = options
        self.place = place
        self.time = time
        self.speed = speed
        self.store = store
        tally = Tally(isLoud: time.virtual == nil)
        let lease = speed.lease
        let keys = try Self.keys(options, time.clock, tally)
        // Virtual time must know of those who wait for the store, or it jumps ahead of them.
        let seen = time.virtual.map { GatedStore(base: store, time: $0, gate: nil) as any RecordStore } ?? store
        notices = try Notices(on: seen, seed: options.seed, tally: tally)
        guard let virtual = time.virtual else {
            let queue = try PaymentQueue(
                on: store,
                gateway,
                options,
                keys: keys,
                notices: notices,
                lease: lease,
                tally: tally
            )
            queues = [queue]
            stoppages = []
            return
        }
        // Two workers, as of two processes; the second is stopped now and then, and comes back too late.
        let stoppage = Stoppage(clock: virtual, lease: lease, payments: payments, seed: options.seed)
        stoppages = [stoppage]
        queues = try [nil, stoppage].enumerated().map { [tally, notices] number, own in
            try PaymentQueue(
                on: GatedStore(base: store, time: virtual, gate: own),
                gateway,
                options,
                keys: keys,
                notices: notices,
                lease: lease,
                tally: tally,
                stoppage: own,
                other: own == nil ? stoppage : nil,
                seed: options.seed &+ UInt64(2 * number)
            )
        }
    }

    private static func keys(_ options: Options, _ clock: any WallClock, _ tally: Tally) throws -> NodeKeys? {
        guard options.nodeKeys > 0 else { return nil }
        return try NodeKeys(options.nodeKeys, seed: options.seed, clock: clock, observer: tally)
    }

    func perform(_ input: PaymentInput?) async throws -> Result {
        var result = Result(input: input)
        if !options.join, input != nil { try await submit(&result) }
        if options.workers > 1 {
            let crew = try Crew(of: options.workers, arguments: workerArguments)
            do { try await watch(crew, &result) } catch { crew.stop(); throw error }
            if result.end.signal != nil { crew.stop() }
            let counts: [Tally.Counts]
            (result.lostWorkers, counts) = await crew.result()
            for one in counts { result.counts.add(one) }
        } else {
            try await work(&result)
            result.counts = tally.counts
        }
        result.stops = stoppages.reduce(0) { $0 + $1.stops }
        return result
    }

    /// What makes a worker process of this run.
    private var workerArguments: [String] {
        [
            "--join", "--store", place.option, "--ledger", place.ledger, "--gateway", options.gateway.rawValue,
            "--seed", "\(options.seed)", "--concurrency", "\(options.concurrency)", "--speed", speed.description,
            "--json",
        ]
            + (options.nodeKeys > 0 ? ["--node-keys", "\(options.nodeKeys)"] : [])
            + (options.broken.map { ["--break", $0.rawValue] } ?? [])
    }

    // MARK: Submitting

    private func submit(_ result: inout Result) async throws {
        guard let input = result.input, let queue = queues.first?.queue else { return }
        try await Batches(on: store).record(input.payments.items)
        do {
            let items = input.payments.items.map { (id: $0.id, payload: $0) }
            let answers = try await queue.submit(contentsOf: items)
            result.end.alreadyKnown = answers.count { $0 == .alreadySubmitted }
        } catch is RetryQueueError {
            try await submitOneByOne(input, queue, &result)
        }
    }

    /// Some payments are in the store under the same id with other content: finds out which.
    private func submitOneByOne(
        _ input: PaymentInput,
        _ queue: RetryQueue<Payment, Receipt>,
        _ result: inout Result
    ) async throws {
        var refused: Set<String> = []
        result.end.alreadyKnown = 0
        for payment in input.payments.items {
            do {
                let answer = try await queue.submit(payment, id: payment.id)
                if answer == .alreadySubmitted { result.end.alreadyKnown += 1 }
            } catch RetryQueueError.idInUse(let id) {
                refused.insert(id)
            }
        }
        for problem in result.input?.reject(refused) ?? [] { Console.error(problem.description) }
    }

    // MARK: Working

    private func work(_ result: inout Result) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for queue in queues { group.addTask { await queue.queue.run() } }
            group.addTask { await notices.notifier.run() }
            defer { group.cancelAll() }
            try await watch(nil, &result)
            guard result.end.signal == nil else { return }
            // A worker that is stopped comes back and tries what it was about to do: that is part of the run.
            for stoppage in stoppages {
                await stoppage.pass()
                try await time.clock.pause(for: .seconds(1))
            }
        }
    }

    /// Returns when nothing is pending and all who are to be told know of what is given up, a signal came, or the last worker process died.
    private func watch(_ crew: Crew?, _ result: inout Result) async throws {
        guard let queue = queues.first?.queue else { return }
        var progress = Progress()
        defer { progress.end() }
        while true {
            result.end.signal = Signals.first
            guard result.end.signal == nil else { return }
            let (pending, succeeded, failed) = try await queue.counts()
            if progress.isDue {
                let retrying = try await store.count(Scan(Spaces.again))
                let all = pending + succeeded + failed
                let numbers = "done \(succeeded) of \(all), retrying \(retrying), failed \(failed)"
                progress.show(numbers, finished: succeeded + failed)
            }
            if crew?.isAtWork == false { return }
            if pending == 0, try await notices.waiting() == 0 { return }
            try await time.clock.pause(for: speed.interval)
        }
    }
}
