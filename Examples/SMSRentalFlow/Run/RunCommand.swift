import ExampleSupport
import Foundation
import RentalVerify
import ResilienceCore
import VerifyFiles

/// Prepares a run: input, store, time, ledger; then makes it and reports.
struct RunCommand {
    let options: Options

    func execute() async throws -> Int32 {
        let begin = ContinuousClock.now
        Signals.watch()
        let place = try StorePlace(
            store: options.store,
            ledger: options.ledger,
            program: "sms-rental-flow",
            work: "rentals"
        )
        for note in place.notes { Console.print(note) }
        let input = try options.input.map { path throws(ExitError) in try RentalInput.read(path) }
            ?? RentalInput.read(RentalInput.bundled())
        for problem in input.problems { Console.error(problem.description) }

        let books = try LedgerFile<VendorSum>(place.ledger)
        let speed = options.speed ?? .virtual
        let booked = try books.sum().latest
        let time = try await TimeKeeping(speed, file: place.file) {
            try await OpenStore.latestInstant(in: place.file) { try await StoredRecords.latestInstant(in: $0, booked) }
        }
        let store = try OpenStore.open(place.file, clock: time.clock, isAlone: time.virtual != nil)
        try await requireSameStory(store, books)
        let run = RentalRun(options, speed, time, store, books)
        var result: RentalRun.Result
        if let virtual = time.virtual {
            result = try await virtual.perform { try await run.perform(input) }
        } else {
            result = try await run.perform(input)
        }
        result.virtualSeconds = time.virtual.map { run.begin.duration(to: $0.now) / .seconds(1) }
        let requests = try await StoredRecords.requests(in: store)
        let rentals = try await StoredRecords.rentals(in: store)
        let refusals = try await StoredRecords.refusals(in: store)
        let inMemory = place.file == nil ? try await StoredRecords.raw(in: store) : [:]
        await OpenStore.close(store)
        result.seconds = (ContinuousClock.now - begin) / .seconds(1)

        let stored = try place.file.map { try StoredRentals(contentsOf: $0) } ?? StoredRentals(inMemory)
        // The requests of this run's input, and what earlier runs left here.
        let asked = RentalInput.asked(requests + result.input.requests.map(\.request))
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

    /// A ledger belongs to one store: another one knows nothing of what was bought, and would buy again.
    private func requireSameStory(_ store: any RecordStore, _ books: LedgerFile<VendorSum>) async throws {
        guard try books.sum().lines > 0, try await Spaces.opening.read("opening", in: store) == nil else { return }
        let advice = "give the store that it belongs to, or another --ledger"
        throw ExitError.noInput(
            "the ledger \(books.path) is of an earlier run, of which the store knows nothing: \(advice)"
        )
    }
}

/// Makes the check from files alone.
struct VerifyCommand {
    let options: Options

    func execute() throws -> Int32 {
        guard let input = options.input, let ledger = options.ledger, case .sqlite(let file) = options.store else {
            return ExitStatus.checkFailed
        }
        do {
            let findings = RentalCheck.findings(
                try AskedRentals(contentsOf: input),
                try VendorContents(contentsOf: ledger),
                try StoredRentals(contentsOf: file)
            )
            for line in findings.lines { Console.print(line) }
            if options.json { Console.print(JSONLine.text(findings.fields)) }
            return findings.holds ? ExitStatus.success : ExitStatus.checkFailed
        } catch {
            throw ExitError.noInput("\(error)")
        }
    }
}
