import Foundation

/// One folder of this run, for databases; removed when the process ends in order.
enum TemporaryFolder {
    private static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "benchmarks-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()

    /// The path of a file of that kind that does not exist yet.
    static func file(_ kind: String) -> String { folder.appending(path: "\(kind)-\(UUID().uuidString).sqlite").path }

    static func remove() { try? FileManager.default.removeItem(at: folder) }
}
