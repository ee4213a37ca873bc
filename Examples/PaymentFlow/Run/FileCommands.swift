import ExampleSupport
import PaymentVerify
import VerifyFiles

/// The commands that only look at files.
enum FileCommands {
    /// Makes the check from files alone.
    static func verify(_ options: Options) throws -> Int32 {
        guard let input = options.input, let ledger = options.ledger else { return ExitStatus.checkFailed }
        return try Program.verify(json: options.json) {
            var store: StoreContents?
            if case .sqlite(let file) = options.store { store = try StoreContents(contentsOf: file) }
            return Verification.check(
                try InputPayments(contentsOf: input),
                try LedgerContents(contentsOf: ledger),
                store: store
            )
        }
    }

    /// Counts what is in a store, without disturbing who works on it.
    static func inspect(_ options: Options) throws -> Int32 {
        guard case .sqlite(let file) = options.store else { return ExitStatus.checkFailed }
        do {
            Console.print(JSONLine.text(try StoreCounts(contentsOf: file).fields))
        } catch {
            throw ExitError.noInput("\(error)")
        }
        return ExitStatus.success
    }
}
