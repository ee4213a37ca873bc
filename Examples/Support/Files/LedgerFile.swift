import Foundation
import Synchronization
import VerifyFiles

/// What the lines of a ledger add up to.
package protocol LedgerSum: Sendable {
    associatedtype Line: Codable & Sendable

    /// Of no lines.
    init()

    mutating func add(_ line: Line)
}

/// A durable file of what was done outside the store: one JSON object a line, appended and synced before anybody is told.
/// The first line names the story of the ledger.
///
/// Several processes share it. Each works under the file's lock: it reads what others have appended, decides, appends.
/// The death of a process at any instant leaves whole lines and at most one torn line at the end, which the next holder
/// of the lock cuts off: nobody was told of it. A file with other lines is no ledger, and stays as it is.
package final class LedgerFile<Sum: LedgerSum>: Sendable {
    package let path: String
    private let state: Mutex<OpenedLedger<Sum>>

    /// Opens a ledger, and reads it; a file that does not exist is a new one.
    ///
    /// - Throws: ``ExitError`` if it cannot be opened, or is no ledger of such lines.
    package init(_ path: String) throws {
        self.path = path
        state = Mutex(OpenedLedger(path: path, file: try FileDescriptor(opening: path, as: "the ledger")))
        try locked { _ in }
    }

    // MARK: The story

    /// Its story; `nil` if it has none.
    package var story: Story? { get throws { try locked { $0.story } } }

    /// Whether nothing but a story is in it.
    package var isNew: Bool { get throws { try locked { !$0.hasLines } } }

    /// Begins a story, if it has none, and gives the one that it has.
    package func begin(_ new: Story) throws -> Story {
        try locked { opened in
            let story = opened.story ?? new
            if opened.story == nil { try opened.append(new) }
            try opened.file.sync()
            opened.durable = opened.offset
            return story
        }
    }

    // MARK: Lines

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
        try locked { opened in
            let (result, line): (Result, Sum.Line?) = try body(opened.sum)
            if let line { try opened.append(line) }
            return (result, opened.offset)
        }
    }

    /// Does something under the lock, with all that anybody has appended before.
    private func locked<Result: Sendable>(_ body: (inout OpenedLedger<Sum>) throws -> Result) throws -> Result {
        try state.withLock { opened in
            try opened.file.lock()
            defer { opened.file.unlock() }
            try opened.catchUp()
            return try body(&opened)
        }
    }
}

private struct OpenedLedger<Sum: LedgerSum>: ~Copyable, Sendable {
    let path: String
    let file: FileDescriptor
    /// How much was read or written.
    private(set) var offset = 0
    /// How much of that is known to be on the disk.
    var durable = 0
    private(set) var story: Story?
    private(set) var sum = Sum()
    private(set) var hasLines = false
    private let encoder = JSONEncoder()
    private let decoder = JSONDecoder()

    init(path: String, file: consuming FileDescriptor) {
        self.path = path
        self.file = file
    }

    /// Reads what others have appended, and cuts off what one of them died over.
    ///
    /// Nothing is cut off a file that is something else.
    mutating func catchUp() throws {
        let bytes = try file.read(from: offset)
        guard !bytes.isEmpty else { return }
        let lines = Lines(bytes)
        var new: [Sum.Line] = []
        for (index, bytes) in lines.complete.enumerated() {
            if offset == 0, index == 0, let first = try? decoder.decode(Story.self, from: bytes) {
                story = first
            } else if let line = try? decoder.decode(Sum.Line.self, from: bytes) {
                new.append(line)
            } else {
                throw strange(bytes)
            }
        }
        let rest = lines.rest ?? Data()
        guard rest.isEmpty || isTorn(rest) else { throw strange(rest) }
        for line in new { sum.add(line) }
        hasLines = hasLines || !new.isEmpty
        offset += bytes.count - rest.count
        if !rest.isEmpty { try file.truncate(to: offset) }
    }

    /// Whether that may be the beginning of a line, or one without its end.
    private func isTorn(_ rest: Data) -> Bool {
        guard rest.first == UInt8(ascii: "{") else { return false }
        let isWhole = (try? JSONSerialization.jsonObject(with: rest)) != nil
        return !isWhole || (try? decoder.decode(Story.self, from: rest)) != nil
            || (try? decoder.decode(Sum.Line.self, from: rest)) != nil
    }

    private func strange(_ line: Data) -> ExitError {
        let start = String(decoding: line.prefix(40), as: UTF8.self).debugDescription
        return .noInput("\(path) is no ledger of this program: \(start) is no line of one")
    }

    mutating func append(_ line: Sum.Line) throws {
        try write(line)
        sum.add(line)
        hasLines = true
    }

    mutating func append(_ story: Story) throws {
        try write(story)
        self.story = story
    }

    private mutating func write(_ line: some Encodable) throws {
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
    }
}
