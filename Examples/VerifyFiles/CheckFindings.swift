/// What a check found: figures, and violations by name.
public protocol CheckFindings {
    /// Whether nothing was found that must not be.
    var holds: Bool { get }
    /// Lines of the input that were left out.
    var badLines: Int { get }
    /// The check as lines for people, the violations with some of what was found.
    var lines: [String] { get }
    /// The check as the fields of a JSON object.
    var fields: [String: Any] { get }
}

extension CheckFindings {
    /// The last line.
    package var verdict: String { holds ? "the check holds" : "THE CHECK DOES NOT HOLD" }

    /// The line of one violation: how often it was found, and some of what was.
    package static func line(_ violation: String, _ found: [String]) -> String {
        guard !found.isEmpty else { return "\(violation) 0" }
        return "\(violation) \(found.count): " + found.prefix(5).joined(separator: ", ")
            + (found.count > 5 ? ", ..." : "")
    }
}
