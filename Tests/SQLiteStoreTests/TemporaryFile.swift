#if SQLite
import Foundation
import SQLiteStore

/// A fresh directory with the path of a store in it, removed when nobody holds it any more.
final class TemporaryFile: Sendable {
    let directory: String
    let path: String

    init(named name: String = "store.db") throws {
        directory = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
        path = directory + "/" + name
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var bytes: Data? { FileManager.default.contents(atPath: path) }

    /// The names of the files in the directory, in order.
    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
}
#endif
