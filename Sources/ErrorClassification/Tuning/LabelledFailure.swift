/// A failure from a file, with the verdict that it should get, where the file says.
package struct LabelledFailure: Sendable {
    /// Its name in the file, or the line.
    package var id: String
    package var failure: Failure
    package var category: Category?
    package var disposition: Disposition?
    package var isAmbiguous: Bool?
    package var retryAfter: Duration?
    /// Categories that would be the mistake.
    package var mustNot: [Category] = []

    package init(id: String, failure: Failure) {
        self.id = id
        self.failure = failure
    }

    /// Reads a row by its column names. Empty fields count as not given.
    ///
    /// Throws ``LabelError`` for a number, category, disposition or truth value that is none.
    package init(id fallback: String, fields: [String: String]) throws(LabelError) {
        func field(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }
        id = field("id") ?? fallback
        failure = Failure(source: field("source"), code: field("code"), message: fields["message"] ?? "")
        if let text = field("http_status") ?? field("status") {
            guard let status = Int(text) else { throw LabelError(field: "status", value: text, allowed: "a number") }
            failure.status = status
        }
        if let text = field("category") { category = try Category(label: text) }
        if let text = field("disposition") { disposition = try Disposition(label: text) }
        if let text = field("ambiguous") {
            guard let value = Bool(text) else {
                throw LabelError(field: "ambiguous", value: text, allowed: "true, false")
            }
            isAmbiguous = value
        }
        if let text = field("retry_after_seconds") {
            guard let seconds = Double(text) else {
                throw LabelError(field: "retry_after_seconds", value: text, allowed: "a number")
            }
            retryAfter = .microseconds(Int64((seconds * 1_000_000).rounded()))
        }
        for text in field("must_not")?.split(separator: ",") ?? [] { mustNot.append(try Category(label: String(text))) }
    }
}

/// A label that is none of those allowed.
package struct LabelError: Error, CustomStringConvertible {
    package let field: String
    package let value: String
    package let allowed: String

    package init(field: String, value: String, allowed: String) {
        self.field = field
        self.value = value
        self.allowed = allowed
    }

    package var description: String { "\(field) is \(value); allowed is \(allowed)" }
}

extension Category {
    /// A category by its name, or as data files write it: `rate_limited`, `server_error`.
    package init(label: String) throws(LabelError) {
        let name = ["server_error": "server", "permanent_other": "permanent"][label] ?? label.camelCased
        guard let category = Category(rawValue: name) else {
            let allowed = Category.allCases.map(\.rawValue).joined(separator: ", ")
            throw LabelError(field: "category", value: label, allowed: allowed)
        }
        self = category
    }
}

extension Disposition {
    /// A disposition by its name, or as data files write it: `retry_after`, `ignore_success`.
    package init(label: String) throws(LabelError) {
        let name = label == "ignore_success" ? "treatAsDone" : label.camelCased
        guard let disposition = Disposition(rawValue: name) else {
            let allowed = Disposition.allCases.map(\.rawValue).joined(separator: ", ")
            throw LabelError(field: "disposition", value: label, allowed: allowed)
        }
        self = disposition
    }
}

extension String {
    fileprivate var camelCased: String {
        let words = split(separator: "_")
        guard words.count > 1 else { return self }
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
