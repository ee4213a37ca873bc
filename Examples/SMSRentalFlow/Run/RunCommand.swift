import ExampleSupport
import Foundation
import RentalVerify
import ResilienceCore

/// Prepares a run: input, store, time, ledger; then makes it and reports.
struct RunCommand {
    let options: Options

    func execute() async throws -> Int32 {
        let begin = ContinuousClock.now
        Signals.watch()
        let place = try StorePlace(
            store: options.store,
            ledger: options.ledger,
            input: options.input,
            program: "sms-rental-flow",
            work: "rentals"
        )
        for note in place.notes { Console.print(note) }
        let input =
            try options.input.map { path throws(ExitError) in try RentalInput.read(path) }
            ?? RentalInput.read(RentalInput.bundled())
        for problem in input.problems { Console.error(problem.description) }

        let books = try LedgerFile<VendorSum>(place.ledger)
        let speed = options.speed ?? .virtual
        let booked = try books.sum().latest
        let time = try await TimeKeeping(speed, file: place.file, isAlone: true) {
            try await OpenStore.latestInstant(in: place.file) { try await StoredRecords.latestInstant(in: $0, booked) }
        }
        let store = try OpenStore.open(place.file, clock: time.clock, isAlone: time.virtual != nil)
        try await Story.require(store, in: place.file, books)
        let run = RentalRun(options, speed, time, store, books)
        var result = try await time.perform { try await run.perform(input) }
        result.end.virtualSeconds = time.virtualSeconds
        let requests = try await StoredRecords.requests(in: store)
        let rentals = try await StoredRecords.rentals(in: store)
        let refusals = try await StoredRecords.refusals(in: store)
        let inMemory = place.file == nil ? try await store.contents(of: StoredRentals.spaces) : [:]
        await OpenStore.close(store)
        result.end.seconds = (ContinuousClock.now - begin) / .seconds(1)

        let stored = try place.file.map { try StoredRentals(contentsOf: $0) } ?? StoredRentals(inMemory)
        // The requests of this run's input, and what earlier runs left here.
        let asked = RentalInput.asked(requests + result.input.requests.items)
        let findings = RentalCheck.findings(asked, try VendorContents(contentsOf: place.ledger), stored)
        let report = RunReport(
            options: options,
            speed: speed,
            place: place,
            result: result,
            findings: findings,
            board: run.board,
            rentals: rentals,
            refusals: refusals
        )
        report.print()
        return report.status
    }
}

/// Makes the check from files alone.
struct VerifyCommand {
    let options: Options

    func execute() throws -> Int32 {
        guard let input = options.input, let ledger = options.ledger, case .sqlite(let file) = options.store else {
            return ExitStatus.checkFailed
        }
        return try Program.verify(json: options.json) {
            RentalCheck.findings(
                try AskedRentals(contentsOf: input),
                try VendorContents(contentsOf: ledger),
                try StoredRentals(contentsOf: file)
            )
        }
    }
}
