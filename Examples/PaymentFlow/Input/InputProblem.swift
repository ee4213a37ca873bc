/// What is wrong with a field of a payment.
struct FieldProblem: Error, Equatable {
    let field: String
    let reason: String

    init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }
}

/// A line of the input that is no payment; the others are processed.
struct InputProblem: Sendable, Equatable, CustomStringConvertible {
    let file: String
    let line: Int
    /// `nil` where the line as a whole is wrong.
    let field: String?
    let reason: String

    var description: String { "\(file):\(line): " + (field.map { "\($0) " } ?? "") + reason }
}
