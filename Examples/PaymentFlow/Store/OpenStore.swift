import Foundation
import ResilienceCore
import RetryOrchestrator

#if SQLite
import SQLiteStore
#endif

/// Opens the store of a run.
enum OpenStore {
    /// The store in that file, or in memory.
    ///
    /// - Parameter isAlone: whether no other process works on the file.
    static func open(_ file: String?, clock: any WallClock, isAlone: Bool) throws -> any RecordStore {
        guard let file else { return InMemoryStore(clock: clock) }
        #if SQLite
        var options = SQLiteStoreOptions()
        options.sharedByProcesses = !isAlone
        options.lockWait = .seconds(30)
        do {
            return try SQLiteStore(path: file, clock: clock, options: options)
        } catch {
            throw ExitError.noInput("\(error)")
        }
        #else
        throw ExitError.usage("\(file) needs a build with --traits SQLite")
        #endif
    }

    /// The latest instant that a file holds; `nil` if it holds none, or is not there.
    static func latestInstant(in file: String?) async throws -> Timestamp? {
        guard let file, FileManager.default.fileExists(atPath: file) else { return nil }
        let store = try open(file, clock: SystemClock(), isAlone: false)
        do {
            let instant = try await latestInstant(in: store)
            await close(store)
            return instant
        } catch {
            throw ExitError.noInput("\(file) cannot be read: \(error)")
        }
    }

    /// The latest of: when an item is due or its lease ends, when an item was submitted, succeeded or was given up.
    static func latestInstant(in store: any RecordStore) async throws -> Timestamp? {
        var instants: [Timestamp] = []
        for space in [Spaces.first, Spaces.again] {
            let last = try await store.scan(Scan(space, by: .due(through: .distantFuture), reversed: true, limit: 1))
            instants += last.compactMap(\.due)
        }
        let done = try await store.scan(Scan(Spaces.done, by: .due(through: .distantFuture), reversed: true, limit: 1))
        instants += try done.map { try $0.value.get(QueueOutcome<Payment, Receipt>.self).finishedAt }
        let failed = try await store.scan(
            Scan(Spaces.failed, by: .tag, from: "at|", until: "at}", reversed: true, limit: 1)
        )
        instants += try failed.map { try $0.value.get(FailedOperation<Payment>.self).updatedAt }
        return instants.max()
    }

    /// Ends the store's threads.
    static func close(_ store: any RecordStore) async {
        #if SQLite
        await (store as? SQLiteStore)?.close()
        #endif
    }
}

/// The spaces of the queue of payments.
enum Spaces {
    static let queue = "payments"
    static let first = "retry.payments"
    static let again = "retry.payments.again"
    static let done = "retry.payments.done"
    static let failed = "failed.payments"

    /// Those whose records are items of the queue.
    static func holdsItems(_ space: String) -> Bool { space == first || space == again }
}
