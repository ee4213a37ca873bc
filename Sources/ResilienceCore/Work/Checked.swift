/// The name of a space that belongs to one primitive: its prefix and a name that the user chose.
package enum SpaceName {
    /// The full name.
    ///
    /// - Throws: `InvalidArgument` for a name that is empty, too long or holds NUL.
    package static func checked(_ prefix: String, _ name: String) throws(InvalidArgument) -> String {
        let most = StoreLimits.nameBytes - prefix.utf8.count
        guard !name.isEmpty, name.utf8.count <= most, !Bytes.containsNUL(name) else {
            throw InvalidArgument(field: "name", value: name, allowed: "1...\(most) bytes without NUL")
        }
        return prefix + name
    }
}

extension Duration {
    /// This duration, if it is more than zero.
    package func positive(_ field: String) throws(InvalidArgument) -> Duration {
        guard self > .zero else { throw InvalidArgument(field: field, value: self, allowed: "more than zero") }
        return self
    }
}
