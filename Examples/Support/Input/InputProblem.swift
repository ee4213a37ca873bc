/// What is wrong with a field of a line.
package struct FieldProblem: Error, Equatable {
    package let field: String
    package let reason: String

    package init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }
}

/// A line of the input that cannot be used; the others are processed.
package struct InputProblem: Sendable, Equatable, CustomStringConvertible {
    package let file: String
    package let line: Int
    /// `nil` where the line as a whole is wrong.
    package let field: String?
    package let reason: String

    package init(file: String, line: Int, field: String?, reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }

    package var description: String { "\(file):\(line): " + (field.map { "\($0) " } ?? "") + reason }
}

/// The line is JSON, but no object.
package struct NotAnObject: Error {
    package init() {}
}
