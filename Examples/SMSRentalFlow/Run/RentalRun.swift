import ExampleSupport
import ProviderScoring
import ResilienceCore
import RetryOrchestrator
import Saga
import Synchronization

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
    private let deadline: Deadline?
    private let crashes = Counted()
    let board = Scoreboard()
    let begin: Timestamp

    /// What came of a run, beside what is in the store.
    struct Result: Sendable {
        var input: RentalInput
        var alreadyKnown = 0
        /// Lives that were cut off.
        var crashes = 0
        var signal: Int32?
        var seconds = 0.0
        var virtualSeconds: Double?
    }

    private final class Counted: Sendable {
        let count = Mutex(0)
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
        deadline = options.killAt.map { Deadline(operation: $0) }
        begin = time.clock.now
    }

    func perform(_ input: RentalInput) async throws -> Result {
        var result = Result(input: input)
        let opening = try await open()
        try await enter(&result)
        let requests = try await StoredRecords.requests(in: store).sorted { ($0.at, $0.id) < ($1.at, $1.id) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            // In virtual time two, as of two processes: what one of them dies over the other takes up.
            for number in 0..<(time.virtual == nil ? 1 : 2) {
                group.addTask { try await live(number, requests, opening) }
            }
            defer { group.cancelAll() }
            try await watch(requests.count, &result)
        }
        board.wipe()
        result.crashes = crashes.count.withLock { $0 }
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
        for (_, request) in result.input.requests {
            if let known = try await Spaces.requests.read(request.id, in: store)?.value {
                if known == request { result.alreadyKnown += 1 } else { refused.insert(request.id) }
            } else {
                new.append(Spaces.requests.put(request, at: request.id, expect: .absent))
            }
        }
        let before = result.input.problems.count
        result.input.reject(refused)
        for problem in result.input.problems.dropFirst(before) { Console.error(problem.description) }
        for start in stride(from: 0, to: new.count, by: StoreLimits.writes) {
            try await store.commitSettling(Batch(Array(new[start..<min(start + StoreLimits.writes, new.count)])))
        }
    }

    // MARK: Renting

    /// One life after the other, each cut off somewhere.
    private func live(_ number: Int, _ requests: [RentalRequest], _ opening: Timestamp) async throws {
        var generator = SmallGenerator(seed: options.seed &+ UInt64(number) ^ 0x5E17)
        while !Task.isCancelled {
            let life = Life(operations: Int.random(in: 300...2_000, using: &generator), deadline: deadline)
            let gated = GatedStore(base: base, time: time.virtual, gate: life)
            let store = options.broken == .intent ? ForgetfulStore(base: gated) as any RecordStore : gated
            let service = try RentalService(
                on: store, weather, books, life, time, options, lease: speed.lease * 2, seed: generator.next(), board
            )
            await withThrowingTaskGroup(of: Void.self) { group in
                service.serve(requests, since: opening, &group)
                await life.ended()
                group.cancelAll()
            }
            guard !Task.isCancelled else { return }
            crashes.count.withLock { $0 += 1 }
            // The next process is up soon.
            try await time.clock.pause(for: .seconds(1))
        }
    }

    // MARK: Watching

    /// Returns when all is over, or a signal came.
    private func watch(_ requests: Int, _ result: inout Result) async throws {
        let interval = time.virtual == nil ? Duration.milliseconds(100) * speed.factor : .seconds(1)
        while true {
            result.signal = Signals.first
            guard result.signal == nil else { return }
            let over = try await store.count(Scan.prefix("s=", in: Spaces.sagas, by: .tag))
            board.draw("over \(over) of \(requests) requests")
            if over >= requests { return }
            try await time.clock.pause(for: interval)
        }
    }
}
