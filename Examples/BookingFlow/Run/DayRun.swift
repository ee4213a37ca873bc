import ExampleSupport
import HoldTimer
import ResilienceCore
import Saga

/// One run: enters the requests and serves them until all are over and no hold is open, or a signal comes.
struct DayRun: Sendable {
    private let options: Options
    private let speed: RunSpeed
    private let place: StorePlace
    private let time: TimeKeeping
    /// As this run sees it that is never cut off.
    private let store: GatedStore
    private let base: any RecordStore
    private let ledger: LedgerFile<AnswerSum>
    private let lives: Lives

    /// What only shows while it happens.
    struct Counts: Codable, Sendable, Equatable {
        /// Lives that were cut off.
        var crashes = 0
    }

    /// What came of a run, beside what is in the store.
    struct Result: Sendable {
        var input: DayInput
        var counts = Counts()
        var lostWorkers: [String] = []
        var end = RunEnd()
    }

    init(
        _ options: Options,
        _ speed: RunSpeed,
        _ place: StorePlace,
        _ time: TimeKeeping,
        _ store: any RecordStore,
        _ ledger: LedgerFile<AnswerSum>
    ) {
        self.options = options
        self.speed = speed
        self.place = place
        self.time = time
        base = store
        self.store = GatedStore(base: store, time: time.virtual, gate: nil)
        self.ledger = ledger
        lives = Lives(of: 1_000...5_000, time)
    }

    func perform(_ input: DayInput) async throws -> Result {
        var result = Result(input: input)
        let day = try await open(&result)
        try await enter(day, &result)
        if options.workers > 1 {
            let crew = try Crew(of: options.workers, arguments: workerArguments)
            do { result.end.signal = try await watch(crew) } catch { crew.stop(); throw error }
            if result.end.signal != nil { crew.stop() }
            let counts: [Counts]
            (result.lostWorkers, counts) = await crew.result()
            for one in counts { result.counts.crashes += one.crashes }
            return result
        }
        result.end.signal = try await lives.run {
            try await live($0, day)
        } until: {
            try await watch(nil)
        }
        result.counts.crashes = lives.crashes
        return result
    }

    /// What makes a worker process of this run.
    private var workerArguments: [String] {
        [
            "--join", "--store", place.option, "--ledger", place.ledger, "--seed", "\(options.seed)",
            "--concurrency", "\(options.concurrency)", "--speed", speed.description, "--json",
        ] + (options.broken.map { ["--break", $0.rawValue] } ?? [])
    }

    // MARK: Entering

    /// The day of the store; a new one if there is none.
    private func open(_ result: inout Result) async throws -> Day {
        while true {
            let entry = try await Spaces.day.read("day", in: store)
            var day = entry?.value ?? Day(opening: time.clock.now, resources: [:])
            for (name, resource) in result.input.resources {
                let known = day.resources[name] ?? resource
                guard known == resource else {
                    throw ExitError.noInput("the resource \(name) is in the store with another capacity")
                }
                day.resources[name] = resource
            }
            day.contacts.merge(result.input.contacts) { known, _ in known }
            do {
                let put = Spaces.day.put(day, at: "day", expect: entry?.unchanged ?? .absent)
                try await store.commitSettling(Batch([put]))
                return day
            } catch {
                // Another process was faster.
                guard case .conflict = error else { throw error }
            }
        }
    }

    private func enter(_ day: Day, _ result: inout Result) async throws {
        var refused: Set<String> = []
        var new: [Write] = []
        for request in result.input.requests.items {
            if let known = try await Spaces.visits.read(request.id, in: store)?.value {
                result.end.alreadyKnown += 1
                if known.request != request { refused.insert(request.id) }
                continue
            }
            let visit = Visit(request, seed: options.seed, at: time.clock.now)
            let due = day.opening.advanced(by: .seconds(request.at))
            new.append(Spaces.visits.put(visit, at: request.id, expect: .absent, due: due))
        }
        result.end.alreadyKnown -= refused.count
        for contact in day.contacts.values {
            let note = ContactNote(contact, at: day.opening)
            guard try await Spaces.contacts.read(contact.customer, in: store) == nil else { continue }
            new.append(Spaces.contacts.put(note, at: contact.customer, expect: .absent))
        }
        for problem in result.input.reject(refused) { Console.error(problem.description) }
        try await store.commitAll(new)
    }

    // MARK: Serving

    /// One life after the other, each cut off somewhere.
    private func live(_ number: Int, _ day: Day) async throws {
        try await lives.live(seed: options.seed &+ UInt64(number) ^ 0xB00C) { life, generator, group in
            let gated = GatedStore(base: base, time: time.virtual, gate: life)
            let store = options.broken == .expectation ? AlteringStore.loose(gated) as any RecordStore : gated
            try serve(day, on: store, life, workerOptions(seed: generator.next()), &group)
        }
    }

    private func serve(
        _ day: Day,
        on store: any RecordStore,
        _ life: Life,
        _ options: WorkerOptions,
        _ group: inout ThrowingTaskGroup<Void, any Error>
    ) throws {
        let (seed, broken) = (self.options.seed, self.options.broken)
        let book = AnswerBook(ledger: ledger, clock: time.clock, life: life, time: time.virtual)
        let desk = try HoldDesk(Spaces.desk, on: store, options: holdOptions(.seconds(900), options))
        let line = ServiceLine(book: book, temper: Temper(seed: seed), killing: KillPoint(self.options.killAt))
        let (cancellations, messages) = try office(store, desk, line, options)
        let counter = Counter(
            store: store,
            day: day,
            desk: desk,
            longDesk: try HoldDesk(Spaces.desk, on: store, options: holdOptions(.seconds(3_600), options)),
            book: book,
            cancellations: cancellations,
            messages: messages
        )
        let visits = try Worker(Spaces.visits, on: store, options: options) {
            try await counter.serve($0.value, $0.lease)
        }
        group.addTask { await visits.run() }
        group.addTask { await cancellations.runner.run() }
        group.addTask { await messages.run() }
        let bookkeeping = try Bookkeeping(
            on: store,
            line.temper,
            options,
            booksAtOnce: broken == .webhooks
        )
        group.addTask { await bookkeeping.run() }
        group.addTask { await WebhookSender(line: line, bookkeeping: bookkeeping).run() }
        group.addTask {
            // Without anybody who records expiries, what is compared at a confirmation is all there is.
            if broken == .deadline { try await waitForVisits() }
            try await desk.run(options: options) { try await book.tellOfExpiry($0.body) }
        }
    }

    /// Where bookings are cancelled, and messages sent.
    private func office(
        _ store: any RecordStore,
        _ desk: HoldDesk,
        _ line: ServiceLine,
        _ workers: WorkerOptions
    ) throws -> (Cancellations, Messages) {
        let (seed, broken) = (options.seed, options.broken)
        let messages = try Messages(on: store, line, workers, seed: seed, forgets: broken == .recipients)
        let steps = CancellationSteps(
            store: store,
            desk: desk,
            line: line,
            messages: messages,
            newRefundKeys: broken == .refundKey,
            newUndoKeys: broken == .undoKey
        )
        let signIn = try SignIn(IdentityService(line: line), letsStrangersIn: broken == .session)
        return (try Cancellations(steps, signIn, workers, seed: seed), messages)
    }

    private func holdOptions(_ longest: Duration, _ workers: WorkerOptions) -> HoldOptions {
        var options = HoldOptions()
        options.longest = longest
        options.retention = .seconds(365 * 86_400)
        options.worker = workers
        options.confirmGrace = self.options.broken == .deadline
        return options
    }

    /// - Parameter seed: of the jitter, so that a day goes as it went before.
    private func workerOptions(seed: UInt64) -> WorkerOptions {
        var options = WorkerOptions()
        options.seed = seed
        options.concurrency = self.options.concurrency
        options.hold(for: speed.lease, grace: speed.lease)
        // A crash is no reason to give up on a customer.
        options.maximumDeliveries = 10_000
        return options
    }

    // MARK: Watching

    /// Returns when all is over, the last worker process died, or a signal came, which it gives.
    private func watch(_ crew: Crew?) async throws -> Int32? {
        var progress = Progress()
        defer { progress.end() }
        while true {
            if let signal = Signals.first { return signal }
            let open = try await openVisits()
            if progress.isDue {
                let all = try await store.count(Scan(Spaces.visits.name))
                progress.show("over \(all - open) of \(all) visits", finished: all - open)
            }
            if crew?.isAtWork == false { return nil }
            if open == 0, try await isQuiet() { return nil }
            try await time.clock.pause(for: speed.interval)
        }
    }

    private func openVisits() async throws -> Int {
        try await store.count(Scan(Spaces.visits.name, by: .due(through: .distantFuture)))
    }

    private func waitForVisits() async throws {
        while try await openVisits() > 0 { try await time.clock.pause(for: speed.interval) }
    }

    /// Whether no hold is open, and all messages were delivered or given up.
    private func isQuiet() async throws -> Bool {
        guard try ledger.sum().unheard.isEmpty else { return false }
        for space in Spaces.toEmpty {
            guard try await store.count(Scan(space)) == 0 else { return false }
        }
        var next: Scan? = Scan(Spaces.holds.name)
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page where try Space<Hold>.Entry(record).value.state == .active { return false }
            next = scan.following(page)
        }
        return true
    }
}
