import ResilienceCore

/// What checks compare of a record: all of it, texts by their bytes.
struct Facts: Hashable, CustomStringConvertible {
    let key: RecordKey
    var revision: Revision
    var deliveries: Int
    var due: Timestamp?
    /// A record's tags are a set: no order is promised.
    var tags: Set<Text>
    var value: Text

    init(_ record: Record) {
        key = record.key
        revision = record.revision
        deliveries = record.deliveries
        due = record.due
        tags = Set(record.tags.map(Text.init(_:)))
        value = (try? record.value.get(String.self)).map(Text.init(_:)) ?? "not a string"
    }

    var name: Text { Text(key.name) }

    var description: String {
        let due = due.map { "due \($0)" } ?? "not due"
        return "\(key) at \(revision), \(deliveries) deliveries, \(due), tags \(tags.sorted()), value \(value)"
    }
}

/// A string that compares by bytes, as everything in a store does. (`String` takes é and e + ´ for equal.)
package struct Text: Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral text: String) { self.text = text }

    package static func == (left: Text, right: Text) -> Bool { Bytes.equal(left.text, right.text) }
    package static func < (left: Text, right: Text) -> Bool { Bytes.compare(left.text, right.text) < 0 }
    package func hash(into hasher: inout Hasher) { Bytes.hash(text, into: &hasher) }

    /// The text; characters beyond ASCII by their numbers, so that é and e + ´ are told apart.
    package var description: String {
        let shown = text.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
        return text.utf8.count > 60 ? "\"\(shown)...\" (\(text.utf8.count) bytes)" : "\"\(shown)\""
    }
}
