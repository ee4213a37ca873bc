import Foundation
import Synchronization

/// What the lines of a ledger add up to.
package protocol LedgerSum: Sendable {
    associatedtype Line: Codable & Sendable

    /// Of no lines.
    init()

    mutating func add(_ line: Line)
}

/// A durable file of what was done outside the store: one JSON object a line, appended and synced before anybody is told.
///
/// Several processes share it. Each works under the file's lock: it reads what others have appended, decides, appends.
/// The death of a process at any instant leaves whole lines and at most one torn line at the end, which the next holder
/// of the lock cuts off: nobody was told of it.
package final class LedgerFile<Sum: LedgerSum>: Sendable {
    package let path: String
    private let state: Mutex<OpenedLedger<Sum>>

    package init(_ path: String) throws(ExitError) {
        self.path = path
        state = Mutex(OpenedLedger(file: try FileDescriptor(opening: path, as: "the ledger")))
    }

    /// Decides under the lock, with all that anybody has appended before, and appends what it gives.
    ///
    /// - Parameter gather: is waited for before the sync, so that several decisions share it.
    /// - Returns: the decision, when it is on the disk, and with it all that it was based on. Blocks its thread for a sync.
    package func decide<Result: Sendable>(
        gather: () async -> Void,
        _ body: (Sum) throws -> (Result, Sum.Line?)
    ) async throws -> Result {
        let (result, end) = try append(body)
        await gather()
        try state.withLock { opened in
            guard opened.durable < end else { return }
            let all = opened.offset
            try opened.file.sync()
            opened.durable = all
        }
        return result
    }

    /// What the lines add up to now.
    package func sum() throws -> Sum { try append { ($0, nil) }.0 }

    private func append<Result: Sendable>(_ body: (Sum) throws -> (Result, Sum.Line?)) throws -> (Result, end: Int) {
        try state.withLock { opened in
            try opened.file.lock()
            defer { opened.file.unlock() }
            try opened.catchUp()
            let (result, line): (Result, Sum.Line?) = try body(opened.sum)
            if let line { try opened.append(line) }
            return (result, opened.offset)
        }
    }
}

private struct OpenedLedger<Sum: LedgerSum>: ~Copyable {
    let file: FileDescriptor
    /// How much was read or written.
    var offset: Int = 0
    /// How much of that is known to be on the disk.
    var durable = 0
    var sum = Sum()
    private let encoder = JSONEncoder()
    private let decoder = JSONDecoder()

    init(file: consuming FileDescriptor) { self.file = file }

    /// Reads what others have appended, and cuts off what one of them died over.
    mutating func catchUp() throws {
        let bytes = try file.read(from: offset)
        guard !bytes.isEmpty else { return }
        let whole = (bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? bytes.startIndex) - bytes.startIndex
        for line in bytes.prefix(whole).split(separator: 0x0A) {
            // A line that cannot be read is left for the check to find.
            if let read = try? decoder.decode(Sum.Line.self, from: Data(line)) { sum.add(read) }
        }
        offset += whole
        if whole < bytes.count { try file.truncate(to: offset) }
    }

    mutating func append(_ line: Sum.Line) throws {
        var bytes = try encoder.encode(line)
        bytes.append(0x0A)
        do {
            try file.append(bytes)
        } catch {
            // Half a line must not stand in front of the next one.
            try? file.truncate(to: offset)
            throw error
        }
        offset += bytes.count
        sum.add(line)
    }
}
