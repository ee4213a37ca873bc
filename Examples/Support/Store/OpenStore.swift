import Foundation
package import ResilienceCore

#if SQLite
import SQLiteStore
#endif

/// Opens the store of a run.
package enum OpenStore {
    /// The store in that file, or in memory.
    ///
    /// - Parameter isAlone: whether no other process works on the file.
    package static func open(_ file: String?, clock: any WallClock, isAlone: Bool) throws -> any RecordStore {
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
    ///
    /// - Parameter latest: finds it in the store.
    package static func latestInstant(
        in file: String?,
        by latest: (any RecordStore) async throws -> Timestamp?
    ) async throws -> Timestamp? {
        guard let file, FileManager.default.fileExists(atPath: file) else { return nil }
        let store = try open(file, clock: SystemClock(), isAlone: false)
        do {
            let instant = try await latest(store)
            await close(store)
            return instant
        } catch {
            throw ExitError.noInput("\(file) cannot be read: \(error)")
        }
    }

    /// Ends the store's threads.
    package static func close(_ store: any RecordStore) async {
        #if SQLite
        await (store as? SQLiteStore)?.close()
        #endif
    }
}
