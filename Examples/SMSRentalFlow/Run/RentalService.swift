import ErrorClassification
import ExampleSupport
import ProviderScoring
import ResilienceCore
import Saga

/// What one process is made of: vendors, a router before them, and sagas that rent.
struct RentalService: Sendable {
    private let clock: any WallClock
    private let router: ProviderRouter
    private let vendors: [String: Vendor]
    private let runner: SagaRunner<RentalRequest>

    init(
        on store: any RecordStore,
        _ weather: Weather,
        _ books: LedgerFile<VendorSum>,
        _ life: Life,
        _ time: TimeKeeping,
        _ options: Options,
        _ speed: RunSpeed,
        seed: UInt64,
        _ board: Scoreboard
    ) throws {
        clock = store.clock
        let all = VendorProfile.all.map { profile in
            Vendor(
                profile: profile,
                weather: weather,
                books: books,
                clock: store.clock,
                life: life,
                time: time.virtual
            )
        }
        vendors = Dictionary(uniqueKeysWithValues: all.map { ($0.profile.name, $0) })
        router = try ProviderRouter(
            "numbers",
            try VendorProfile.all.map { try Provider($0.name, price: Double($0.cents)) },
            offers: vendors[VendorProfile.smsActivate.name].map { FreePrices(vendor: $0) },
            classifier: .smsRental,
            clock: store.clock,
            generator: SmallGenerator(seed: seed),
            journal: ProviderJournal(Spaces.journal, on: store, generator: SmallGenerator(seed: seed ^ 1)),
            observer: board
        )
        board.follow(router)
        var sagas = SagaOptions()
        sagas.worker.concurrency = options.concurrency
        sagas.worker.hold(for: speed.lease * 2, grace: speed.lease)
        // A purchase that timed out may still be on its way: the slowest arrive 45 s after that.
        sagas.settleTime = options.broken == .settling ? .zero : .seconds(60)
        sagas.questionLimit = 60
        // A crash is no reason to give up on a rental.
        sagas.deliveryLimit = 1_000
        sagas.retention = .seconds(365 * 86_400)
        sagas.seed = seed ^ 2
        sagas.worker.seed = seed ^ 3
        let saving = Saving(store: store, weather: weather)
        let saga = RentalSaga(router: router, vendors: vendors, saving: saving, broken: options.broken)
        runner = try SagaRunner(saga.definition(), on: store, options: sagas)
    }

    /// Rents for requests as they come, until its tasks are cancelled.
    func serve(
        _ requests: [RentalRequest],
        since opening: Timestamp,
        _ started: Started,
        _ group: inout ThrowingTaskGroup<Void, any Error>
    ) {
        group.addTask { await runner.run() }
        group.addTask { await router.keep() }
        group.addTask {
            while true {
                try await router.checkStock { name in try await vendors[name]?.stock() ?? 0 }
                try await clock.pause(for: .seconds(60))
            }
        }
        group.addTask {
            // One that an earlier process has started goes on by itself.
            try await started.start(requests, since: opening, clock) { try await runner.start($0, id: $0.id) }
        }
    }
}
