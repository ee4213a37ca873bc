#if SQLite
/// What sqlite3 refused, and why.
public struct SQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The extended result code of sqlite3, such as 2067 for a broken UNIQUE constraint.
    public let code: Int32
    /// The words of sqlite3.
    public let message: String

    /// The primary result code: 19 for every broken constraint.
    public var primaryCode: Int32 { code & 0xFF }

    /// Whether another connection holds the lock.
    var isBusy: Bool { primaryCode == 5 || primaryCode == 6 }

    public var description: String { "\(message) (sqlite3 result code \(code))" }
}
#endif
