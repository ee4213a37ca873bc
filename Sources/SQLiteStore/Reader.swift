#if SQLite
internal import ResilienceCore

/// What a reader is asked for.
enum ReadWork: Sendable {
    case read([RecordKey])
    case scan(Scan)
    case count(Scan)
    /// Whether anything is due in a space.
    case isDue(String)
}

/// What a reader answers.
struct ReadReply: Sendable {
    var records: [Record?] = []
    var found: [Record] = []
    var count = 0
    var isDue = false
}

/// Looks at records, each time at one snapshot. Not Sendable: it belongs to one thread.
struct Reader {
    let connection: Connection
    let clock: any WallClock
    let coder: any ValueCoder
    private let tables: RecordTables

    init(connection: Connection, clock: any WallClock, coder: any ValueCoder) {
        self.connection = connection
        self.clock = clock
        self.coder = coder
        tables = RecordTables(connection: connection, coder: coder)
    }

    func perform(_ work: ReadWork) throws(SQLError) -> ReadReply {
        switch work {
        case .read(let keys): ReadReply(records: try read(keys))
        case .scan(let scan): ReadReply(found: try self.scan(scan))
        case .count(let scan): ReadReply(count: try count(scan))
        case .isDue(let space): ReadReply(isDue: try isDue(space))
        }
    }

    private func read(_ keys: [RecordKey]) throws(SQLError) -> [Record?] {
        // A single statement is a snapshot by itself.
        guard keys.count > 1 else { return try keys.map { key throws(SQLError) in try tables.record(key) } }
        try connection.statement(.begin).run()
        do {
            let records = try keys.map { key throws(SQLError) in try tables.record(key) }
            try connection.statement(.commit).run()
            return records
        } catch {
            if connection.isInTransaction { try connection.statement(.rollback).run() }
            throw error
        }
    }

    private func scan(_ scan: Scan) throws(SQLError) -> [Record] {
        let statement = try connection.statement(scan.query)
        try statement.bind(scan)
        var found: [Record] = []
        while try statement.step() { found.append(statement.record(in: scan.space, coder: coder)) }
        return found
    }

    private func count(_ scan: Scan) throws(SQLError) -> Int {
        let statement = try connection.statement(scan.countQuery)
        try statement.bind(scan, withLimit: false)
        guard try statement.step() else { return 0 }
        defer { statement.reset() }
        return Int(statement.integer(0))
    }

    private func isDue(_ space: String) throws(SQLError) -> Bool {
        let statement = try connection.statement(.isDue)
        try statement.bind(space, at: 1)
        try statement.bind(clock.now.microseconds, at: 2)
        defer { statement.reset() }
        return try statement.step()
    }
}
#endif
