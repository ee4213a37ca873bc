#if SQLite
internal import ResilienceCore

extension Scan {
    /// The statement that gives the records.
    var query: Query {
        switch order {
        case .name: reversed ? .byNameReversed : .byName
        case .tag: reversed ? .byTagReversed : .byTag
        case .due: reversed ? .byDueReversed : .byDue
        }
    }

    /// The statement that counts the records.
    var countQuery: Query {
        switch order {
        case .name: .countByName
        case .tag: .countByTag
        case .due: .countByDue
        }
    }

    /// The names from the first to before the last that the scan covers; no end is the end of all.
    ///
    /// Names and tags hold no NUL, so the next text after one is that text with a NUL behind it.
    fileprivate func names() -> (low: String, high: String?) {
        guard case .name(let name) = after else { return (from ?? "", until) }
        if reversed { return (from ?? "", until.map { Bytes.compare($0, name) < 0 ? $0 : name } ?? name) }
        let next = name + "\u{0}"
        return (from.map { Bytes.compare($0, next) > 0 ? $0 : next } ?? next, until)
    }

    /// The same of tags, ties by name.
    fileprivate func tags() -> (low: (String, String), high: (String, String)?) {
        let (low, high) = ((from ?? "", ""), until.map { ($0, "") })
        guard case .tag(let tag, let name) = after else { return (low, high) }
        if reversed { return (low, high.map { Bytes.compare($0.0, tag) <= 0 ? $0 : (tag, name) } ?? (tag, name)) }
        return (Bytes.compare(low.0, tag) > 0 ? low : (tag, name + "\u{0}"), high)
    }
}

extension Statement {
    /// Binds the bounds of a scan, and how many results it may have.
    func bind(_ scan: Scan, withLimit: Bool = true) throws(SQLError) {
        try bind(scan.space, at: 1)
        switch scan.order {
        case .name:
            let (low, high) = scan.names()
            try bind(low, at: 2)
            try bind(end: high, at: 3)
        case .tag:
            let (low, high) = scan.tags()
            try bind(low.0, at: 2)
            try bind(low.1, at: 3)
            try bind(end: high?.0, at: 4)
            try bind(end: high?.1, at: 5)
        case .due(let instant):
            try bind(dueThrough: instant, scan)
        }
        guard withLimit else { return }
        if case .name = scan.order { try bind(Int64(scan.limit), at: 4) } else { try bind(Int64(scan.limit), at: 6) }
    }

    private func bind(dueThrough instant: Timestamp, _ scan: Scan) throws(SQLError) {
        var low: (Timestamp, String) = (.distantPast, "")
        var high: (Timestamp, String?) = (instant, nil)
        if case .due(let due, let name) = scan.after {
            if scan.reversed {
                if due <= instant { high = (due, name) }
            } else {
                low = (due, name + "\u{0}")
            }
        }
        try bind(low.0.microseconds, at: 2)
        try bind(low.1, at: 3)
        try bind(high.0.microseconds, at: 4)
        try bind(end: high.1, at: 5)
    }

    /// Binds the end of a range; a blob comes after every text.
    private func bind(end: String?, at index: Int32) throws(SQLError) {
        if let end { try bind(end, at: index) } else { try bind(blob: [], at: index) }
    }
}
#endif
