#if SQLite
internal import CSQLite

/// The connection on which a commit is being made, for statements of the caller's own that stand or fall with it.
///
/// Given to the closure of ``SQLiteStore/commit(_:also:)`` and of use only until that returns. Every statement takes its
/// values as parameters: `?1`, `?2` and so on. It may not begin or end transactions, change settings, or write to the
/// tables of the store.
public final class SQLConnection {
    private var connection: Connection?

    init(_ connection: Connection) { self.connection = connection }

    /// After this, every statement is refused.
    func end() { connection = nil }

    /// Runs one statement that gives no rows, or whose rows do not matter.
    ///
    /// - Returns: how many rows it inserted, updated or deleted.
    /// - Throws: ``SQLError`` if SQLite refuses it, and if there is more than one statement.
    @discardableResult
    public func execute(_ sql: String, _ values: SQLValue...) throws(SQLError) -> Int {
        let (connection, statement) = try prepare(sql, values)
        let before = connection.totalChanges
        try statement.run()
        return connection.totalChanges - before
    }

    /// Runs one statement and gives its rows, each with its columns in their order.
    ///
    /// - Throws: ``SQLError`` if SQLite refuses it, and if there is more than one statement.
    public func query(_ sql: String, _ values: SQLValue...) throws(SQLError) -> [[SQLValue]] {
        let (_, statement) = try prepare(sql, values)
        var rows: [[SQLValue]] = []
        while try statement.step() { rows.append((0..<statement.columnCount).map(statement.value)) }
        return rows
    }

    private func prepare(_ sql: String, _ values: [SQLValue]) throws(SQLError) -> (Connection, Statement) {
        guard let connection else { throw SQLError(code: SQLITE_MISUSE, message: "the commit is over") }
        let statement = try connection.guarded { () throws(SQLError) in try connection.prepare(sql) }
        guard statement.parameterCount == values.count else {
            throw SQLError(
                code: SQLITE_RANGE,
                message: "\(values.count) values for \(statement.parameterCount) parameters"
            )
        }
        for (index, value) in values.enumerated() { try statement.bind(value, at: Int32(index + 1)) }
        return (connection, statement)
    }
}

/// A value of a column or parameter.
public enum SQLValue: Sendable, Hashable {
    /// NULL.
    case null
    /// INTEGER.
    case integer(Int64)
    /// REAL; SQLite stores an undefined number as NULL.
    case real(Double)
    /// TEXT.
    case text(String)
    /// BLOB.
    case blob([UInt8])
}

extension SQLValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
    public init(stringLiteral value: String) { self = .text(value) }
}

extension Statement {
    fileprivate func bind(_ value: SQLValue, at index: Int32) throws(SQLError) {
        switch value {
        case .null: try bindNull(at: index)
        case .integer(let value): try bind(value, at: index)
        case .real(let value): try bind(value, at: index)
        case .text(let value): try bind(value, at: index)
        case .blob(let value): try bind(blob: value, at: index)
        }
    }

    fileprivate func value(_ column: Int32) -> SQLValue {
        switch type(column) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(double(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(bytes(column))
        default: .null
        }
    }
}
#endif
