/// The items of an input by their id, each with the line on which it stands.
///
/// Of lines with the same id the first counts.
package struct InputItems<Item: Sendable & Equatable>: Sendable {
    private var known: [String: (line: Int, item: Item)] = [:]
    private var order: [String] = []
    private let field: String
    private let shown: Int

    /// - Parameters:
    ///   - field: which holds the id.
    ///   - shown: how much of an id is shown to people.
    package init(by field: String = "id", shown: Int = 100) {
        self.field = field
        self.shown = shown
    }

    /// In the order of their lines.
    package var placed: [(line: Int, item: Item)] { order.compactMap { known[$0] } }

    package var items: [Item] { placed.map(\.item) }

    package var byID: [String: Item] { known.mapValues(\.item) }

    package var count: Int { order.count }

    package subscript(id: String) -> Item? { known[id]?.item }

    /// Whether it is not there yet.
    ///
    /// - Throws: ``FieldProblem`` if other content is there under its id.
    package func isNew(_ item: Item, _ id: String) throws(FieldProblem) -> Bool {
        guard let earlier = known[id] else { return true }
        guard earlier.item != item else { return false }
        throw FieldProblem(
            field,
            "\"\(id.prefix(shown))\" stands on line \(earlier.line) with other content; that one counts"
        )
    }

    /// Adds one that is new.
    package mutating func add(_ item: Item, _ id: String, on line: Int) {
        known[id] = (line, item)
        order.append(id)
    }

    /// Takes out what is in the store under the same id with other content, and gives what is to be said of it.
    ///
    /// - Parameter file: what the user knows the input by.
    package mutating func reject(_ ids: Set<String>, in file: String) -> [InputProblem] {
        let problems = order.filter(ids.contains).map { id in
            let reason = "\"\(id.prefix(shown))\" is in the store with other content; that one counts"
            return InputProblem(file: file, line: known[id]?.line ?? 0, field: field, reason: reason)
        }
        order.removeAll(where: ids.contains)
        known = known.filter { !ids.contains($0.key) }
        return problems
    }
}
