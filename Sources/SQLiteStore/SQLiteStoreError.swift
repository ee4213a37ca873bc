#if SQLite
internal import ResilienceCore

/// Why a file cannot be used as a store. Names the file.
public struct SQLiteStoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    public enum Reason: Sendable, Hashable {
        /// An option is out of bounds.
        case option
        /// The directory of the file does not exist, or the path is one itself.
        case directory
        /// The file or its directory cannot be written. A file without any write permission counts as read-only, also
        /// for an administrator.
        case readOnly
        /// The file is not a database of SQLite, or a damaged one.
        case notADatabase
        /// The file holds tables of another program under the store's names.
        case tablesOfAnotherProgram
        /// The file was written by a newer version of this package.
        case newerSchema
        /// Another process held its lock for longer than the store waits.
        case busy
        /// The store was closed.
        case closed
        /// SQLite failed otherwise: a full disk, a failing one.
        case failed
    }

    /// The kind of reason, for a program.
    public let reason: Reason
    /// The file, as it was given.
    public let path: String
    /// The details, for a person.
    public let detail: String

    init(_ reason: Reason, _ path: String, _ detail: String) {
        self.reason = reason
        self.path = path
        self.detail = detail
    }

    init(_ error: SQLError, _ path: String) {
        // 5 and 6 are the codes of a lock, 11 and 26 those of a file that is no sound database, 8 of a read-only one.
        switch error.primaryCode {
        case 5, 6: self.init(.busy, path, "another connection holds its lock: \(error)")
        case 8: self.init(.readOnly, path, "it cannot be written: \(error)")
        case 11, 26: self.init(.notADatabase, path, "it is not a sound database: \(error)")
        default: self.init(.failed, path, "\(error)")
        }
    }

    init(_ argument: InvalidArgument, _ path: String) { self.init(.option, path, "\(argument)") }

    public var description: String { "cannot use \"\(path)\" as a store: \(detail)" }
}
#endif
