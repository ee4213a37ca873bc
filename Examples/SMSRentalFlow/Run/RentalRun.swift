import ExampleSupport
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Saga

/// One run: enters the requests and rents numbers for them until all are over, or a signal comes.
struct RentalRun: Sendable {
    private let options: Options
    private let speed: RunSpeed
    private let time: TimeKeeping
    /// As this run sees it that is never cut off.
    private let store: GatedStore
    private let base: any RecordStore
    private let books: LedgerFile<VendorSum>
    private let weather: Weather
    private let lives: Lives
    private let started = Started()
    let board = Scoreboard()

    /// What came of a run, beside what is in the store.
    struct Result: Sendable {
        var input: RentalInput
        /// Lives that were cut off.
        var crashes = 0
        var end = RunEnd()
    }

    init(
        _ options: Options,
        _ speed: RunSpeed,
        _ time: TimeKeeping,
        _ store: any RecordStore,
        _ books: LedgerFile<VendorSum>
    ) {
        self.options = options
        self.speed = speed
        self.time = time
        base = store
        self.store = GatedStore(base: store, time: time.virtual, gate: nil)
        self.books = books
        weather = Weather(seed: options.seed)
        lives = Lives(of: 300...2_000, deadline: options.killAt.map { Deadline(operation: $0) }, time)
    }

    func perform(_ input: RentalInput) async throws -> Result {
        var result = Result(input: input)
        let opening = try await open()
        try await enter(&result)
        let requests = try await StoredRecords.requests(in: store).sorted { ($0.at, $0.id) < ($1.at, $1.id) }
        result.end.signal = try await lives.run {
            try await live($0, requests, opening)
        } until: {
            try await watch(requests.count)
        }
        board.wipe()
        result.crashes = lives.crashes
        return result
    }

    // MARK: Entering

    /// When the first run on this store began.
    private func open() async throws -> Timestamp {
        let new = Opening(at: time.clock.now)
        do {
            try await store.commitSettling(Batch([Spaces.opening.put(new, at: "opening", expect: .absent)]))
            return new.at
        } catch {
            guard case .conflict = error else { throw error }
            return try await Spaces.opening.read("opening", in: store)?.value.at ?? new.at
        }
    }

    private func enter(_ result: inout Result) async throws {
        var refused: Set<String> = []
        var new: [Write] = []
        for request in result.input.requests.items {
            if let known = try await Spaces.requests.read(request.id, in: store)?.value {
                if known == request { result.end.alreadyKnown += 1 } else { refused.insert(request.id) }
            } else {
                new.append(Spaces.requests.put(request, at: request.id, expect: .absent))
            }
        }
        for problem in result.input.reject(refused) { Console.error(problem.description) }
        try await store.commitAll(new)
    }

    // MARK: Renting

    /// One life after the other, each cut off somewhere.
    private func live(_ number: Int, _ requests: [RentalRequest], _ opening: Timestamp) async throws {
        try await lives.live(seed: options.seed &+ UInt64(number) ^ 0x5E17) { life, generator, group in
            let gated = GatedStore(base: base, time: time.virtual, gate: life)
            let store = options.broken == .intent ? Forgetfulness.store(on: gated) as any RecordStore : gated
            let service = try RentalService(
                on: store,
                weather,
                books,
                life,
                time,
                options,
                speed,
                seed: generator.next(),
                board
            )
            service.serve(requests, since: opening, started, &group)
        }
    }

    // MARK: Watching

    /// Returns when all is over, or a signal came, which it gives.
    private func watch(_ requests: Int) async throws -> Int32? {
        while true {
            if let signal = Signals.first { return signal }
            let over = try await store.count(Scan.prefix("s=", in: Spaces.sagas, by: .tag))
            board.draw("over \(over) of \(requests) requests")
            if over >= requests { return nil }
            try await time.clock.pause(for: speed.interval)
        }
    }
}
