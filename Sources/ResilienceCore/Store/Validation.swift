/// The checks that every store makes before it does anything; implementors of stores call them.
///
/// Each throws ``StoreError/invalid(_:)`` with the field, the value and what is allowed.
extension Batch {
    /// Checks the number of writes, that no key stands twice, and every key and tag.
    public func validate() throws(StoreError) {
        guard !writes.isEmpty, writes.count <= StoreLimits.writes else {
            throw .invalid(.init(field: "writes", value: writes.count, allowed: "1...\(StoreLimits.writes)"))
        }
        let lent = writes.span
        for index in lent.indices { try lent[index].validate() }
        if let twice = repeatedKey() {
            throw .invalid(.init(field: "writes", value: twice, allowed: "each key once in a batch"))
        }
    }

    private func repeatedKey() -> RecordKey? {
        guard writes.count > 1 else { return nil }
        guard writes.count > 8 else {
            let writes = writes.span
            for index in 1..<writes.count {
                for earlier in 0..<index where writes[earlier].key == writes[index].key { return writes[index].key }
            }
            return nil
        }
        var seen: Set<RecordKey> = []
        return writes.first { !seen.insert($0.key).inserted }?.key
    }
}

extension Write {
    fileprivate func validate() throws(StoreError) {
        try key.validate()
        guard case .put(_, _, let tags, _) = effect, !tags.isEmpty else { return }
        guard tags.count <= StoreLimits.tags else {
            throw .invalid(.init(field: "tags", value: tags.count, allowed: "at most \(StoreLimits.tags)"))
        }
        for (index, tag) in tags.enumerated() {
            try Bounds.check(tag, field: "tag", maximum: StoreLimits.tagBytes)
            guard !tags[..<index].contains(where: { Bytes.equal($0, tag) }) else {
                throw .invalid(.init(field: "tags", value: tag, allowed: "each tag once"))
            }
        }
    }
}

extension RecordKey {
    /// Checks the lengths of space and name and that neither holds NUL.
    public func validate() throws(StoreError) {
        try Bounds.check(space, field: "space", maximum: StoreLimits.nameBytes)
        try Bounds.check(name, field: "name", maximum: StoreLimits.nameBytes)
    }

    /// Checks the keys of a read and their number.
    public static func validate(_ keys: [RecordKey]) throws(StoreError) {
        guard keys.count <= StoreLimits.results else {
            throw .invalid(.init(field: "keys", value: keys.count, allowed: "at most \(StoreLimits.results)"))
        }
        for key in keys { try key.validate() }
    }
}

extension Scan {
    /// Checks the space, the limit and that the position speaks of this order.
    public func validate() throws(StoreError) {
        try Bounds.check(space, field: "space", maximum: StoreLimits.nameBytes)
        guard (1...StoreLimits.results).contains(limit) else {
            throw .invalid(.init(field: "limit", value: limit, allowed: "1...\(StoreLimits.results)"))
        }
        switch (order, after) {
        case (_, nil), (.name, .name), (.tag, .tag), (.due, .due): break
        default: throw .invalid(.init(field: "after", value: "another order", allowed: "a position of \(order)"))
        }
        if case .due = order, from != nil || until != nil {
            throw .invalid(.init(field: "from, until", value: "set", allowed: "no bounds in due order"))
        }
    }
}

extension Claim {
    /// Checks the space, the limit and the lease.
    public func validate() throws(StoreError) {
        try Bounds.check(space, field: "space", maximum: StoreLimits.nameBytes)
        guard (1...StoreLimits.results).contains(limit) else {
            throw .invalid(.init(field: "limit", value: limit, allowed: "1...\(StoreLimits.results)"))
        }
        guard lease > .zero else {
            throw .invalid(.init(field: "lease", value: lease, allowed: "more than zero"))
        }
    }
}

private enum Bounds {
    static func check(_ text: String, field: String, maximum: Int) throws(StoreError) {
        let count = text.utf8.count
        guard count >= 1, count <= maximum else {
            throw .invalid(.init(field: field, value: "\(count) bytes", allowed: "1...\(maximum) bytes"))
        }
        guard !Bytes.containsNUL(text) else {
            throw .invalid(.init(field: field, value: "holds NUL", allowed: "no NUL"))
        }
    }
}
