import ExampleSupport

/// What an input holds: payments, and the lines that are none.
struct PaymentInput: Sendable {
    private(set) var payments = InputItems<Payment>(shown: 40)
    private(set) var problems: [InputProblem] = []
    /// Lines that repeat an earlier one; harmless.
    private(set) var repeated = 0
    let name: String

    /// Reads a file, or the standard input for `-`.
    static func read(_ path: String) throws(ExitError) -> PaymentInput { PaymentInput(try InputFile(path)) }

    /// The file that ships with the example.
    static func bundled() throws(ExitError) -> String {
        try InputFile.bundled("payments.jsonl", of: "PaymentFlow", beside: #filePath)
    }

    init(_ file: InputFile) {
        name = file.name
        var (payments, repeated) = (payments, 0)
        problems = file.problems(reading: PaymentLine.self) { line, read in
            if try payments.isNew(read.payment, read.payment.id) {
                payments.add(read.payment, read.payment.id, on: line)
            } else {
                repeated += 1
            }
        }
        self.payments = payments
        self.repeated = repeated
    }

    /// Takes out payments that turned out to be in the store under the same id with other content; gives what is to be said of them.
    mutating func reject(_ ids: Set<String>) -> [InputProblem] {
        let new = payments.reject(ids, in: name)
        problems += new
        return new
    }
}
