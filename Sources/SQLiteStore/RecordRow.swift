#if SQLite
internal import ResilienceCore

/// What a write must know of the record that is there.
struct RecordHead {
    let revision: UInt64
    let deliveries: Int
    let due: Timestamp?
    let tags: [String]
}

extension Statement {
    /// Binds the key of a record, the first two parameters of every statement that concerns one.
    func bind(_ key: RecordKey) throws(SQLError) {
        try bind(key.space, at: 1)
        try bind(key.name, at: 2)
    }

    /// Reads the columns of ``Query/head``.
    func head() -> RecordHead {
        RecordHead(
            revision: UInt64(bitPattern: integer(0)),
            deliveries: Int(integer(1)),
            due: isNull(2) ? nil : Timestamp(microseconds: integer(2)),
            tags: tags(3)
        )
    }

    /// Reads the columns of ``Query/record`` and of the scans.
    func record(in space: String, coder: any ValueCoder) -> Record {
        Record(
            key: RecordKey(space, text(0)),
            revision: Revision(rawValue: UInt64(bitPattern: integer(1))),
            deliveries: Int(integer(2)),
            due: isNull(3) ? nil : Timestamp(microseconds: integer(3)),
            tags: tags(4),
            value: StoredValue(encoded: bytes(5), coder: coder)
        )
    }

    private func tags(_ column: Int32) -> [String] {
        guard !isNull(column) else { return [] }
        return withBytes(column) { bytes in bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Binds the tags of a record: their bytes with a NUL between, which no tag holds.
    func bind(tags: [String], at index: Int32) throws(SQLError) {
        guard !tags.isEmpty else { return try bindNull(at: index) }
        try bind(blob: Array(tags.map { Array($0.utf8) }.joined(separator: [0])), at: index)
    }
}
#endif
