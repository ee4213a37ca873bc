import ExampleSupport
import Foundation
import PaymentVerify
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
            program: "payment-flow",
            work: "payments"
        )
        for note in place.notes { Console.print(note) }
        if options.join { try place.requireFile() }
        let input = try readInput()
        for problem in input?.problems ?? [] { Console.error(problem.description) }

        let ledger = try LedgerFile<LedgerState>(place.ledger)
        let speed = TimeKeeping.speed(
            options.speed,
            workers: options.workers,
            joins: options.join,
            place.file,
            shared: 60
        )
        let time = try await TimeKeeping(speed, file: place.file) {
            try await OpenStore.latestInstant(in: place.file, by: Spaces.latestInstant)
        }
        let store = try OpenStore.open(place.file, clock: time.clock, isAlone: time.virtual != nil)
        try await Story.require(store, in: place.file, ledger)
        var gateway = Gateway(
            kind: options.gateway,
            ledger: ledger,
            clock: time.clock,
            misbehaviour: Misbehaviour(seed: options.seed)
        )
        if let virtual = time.virtual { gateway.gather = { await virtual.gather() } }
        let run = try FlowRun(options, speed, place, time, store, gateway, payments: input?.payments.count ?? 0)
        var result = try await time.perform { try await run.perform(input) }
        let contents = try await QueueContents(in: store)
        await OpenStore.close(store)
        result.end.virtualSeconds = time.virtualSeconds
        result.end.seconds = (ContinuousClock.now - begin) / .seconds(1)
        let findings = try contents.check(input: result.input, ledger: place.ledger)
        let report = RunReport(options, speed, place, result, contents, findings)
        report.print()
        return report.status
    }

    private func readInput() throws(ExitError) -> PaymentInput? {
        if options.join, options.input == nil { return nil }
        guard let file = options.input else { return try PaymentInput.read(try PaymentInput.bundled()) }
        return try PaymentInput.read(file)
    }
}
