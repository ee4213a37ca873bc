import ExampleSupport

/// What an input holds: payments, and the lines that are none.
struct PaymentInput: Sendable {
    /// Each with the line on which it stands.
    private(set) var payments: [(line: Int, payment: Payment)] = []
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
        var payments: [(line: Int, payment: Payment)] = []
        var repeated = 0
        var seen: [String: (line: Int, payment: Payment)] = [:]
        problems = file.problems(reading: PaymentLine.self) { line, read in
            let payment = read.payment
            guard let earlier = seen[payment.id] else {
                seen[payment.id] = (line, payment)
                payments.append((line, payment))
                return
            }
            guard earlier.payment != payment else {
                repeated += 1
                return
            }
            let id = payment.id.prefix(40)
            throw FieldProblem("id", "\"\(id)\" stands on line \(earlier.line) with other content; that one counts")
        }
        self.payments = payments
        self.repeated = repeated
    }

    /// Takes out payments that turned out to be in the store under the same id with other content.
    mutating func reject(_ ids: Set<String>) {
        for (line, payment) in payments where ids.contains(payment.id) {
            let reason = "\"\(payment.id.prefix(40))\" is in the store with other content; that one counts"
            problems.append(InputProblem(file: name, line: line, field: "id", reason: reason))
        }
        payments.removeAll { ids.contains($0.payment.id) }
    }
}
