import BookingVerify
import ExampleSupport
import Foundation
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
            program: "booking-flow",
            work: "bookings"
        )
        for note in place.notes { Console.print(note) }
        if options.join { try place.requireFile() }
        let input = try readInput()
        for problem in input.problems { Console.error(problem.description) }

        let ledger = try LedgerFile<AnswerSum>(place.ledger)
        let speed = TimeKeeping.speed(
            options.speed,
            workers: options.workers,
            joins: options.join,
            place.file,
            shared: 600
        )
        let told = try ledger.sum().latest
        let time = try await TimeKeeping(speed, file: place.file) {
            try await OpenStore.latestInstant(in: place.file) { try await StoredRecords.latestInstant(in: $0, told) }
        }
        let store = try OpenStore.open(place.file, clock: time.clock, isAlone: time.virtual != nil)
        try await Story.require(store, in: place.file, ledger)
        let run = DayRun(options, speed, place, time, store, ledger)
        var result = try await time.perform { try await run.perform(input) }
        result.end.virtualSeconds = time.virtualSeconds
        let (day, visits) = (try await StoredRecords.day(in: store), try await StoredRecords.visits(in: store))
        let inMemory = place.file == nil ? try await store.contents(of: StoredDay.spaces) : [:]
        await OpenStore.close(store)
        result.end.seconds = (ContinuousClock.now - begin) / .seconds(1)

        let stored = try place.file.map { try StoredDay(contentsOf: $0) } ?? StoredDay(inMemory)
        // The requests of this run's input, and what earlier runs left here.
        let requests = visits.map(\.request) + result.input.requests.items
        let asked = DayInput.asked(day.resources.values, day.contacts.values, requests)
        let findings = BookingCheck.findings(asked, try AnswerContents(contentsOf: place.ledger), stored)
        let picture = DayPicture(day.resources.values.sorted { $0.name < $1.name }, stored)
        let report = RunReport(options, speed, place, result, findings, picture)
        report.print()
        return report.status
    }

    /// One that joins others serves what they have entered.
    private func readInput() throws(ExitError) -> DayInput {
        if options.join, options.input == nil { return DayInput(InputFile(name: "none", bytes: Data())) }
        guard let file = options.input else { return try DayInput.read(try DayInput.bundled()) }
        return try DayInput.read(file)
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
            BookingCheck.findings(
                try AskedDay(contentsOf: input),
                try AnswerContents(contentsOf: ledger),
                try StoredDay(contentsOf: file)
            )
        }
    }
}
