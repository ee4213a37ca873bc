import Foundation

/// Where the work and the ledger are kept.
package struct StorePlace: Sendable, Equatable {
    /// The store's file; `nil` for memory.
    package let file: String?
    package let ledger: String
    /// What the user is told about a choice that was made for him.
    package let notes: [String]

    /// - Parameters:
    ///   - store: what the user asked for; `nil` for a file in a fresh temporary folder.
    ///   - ledger: the user's; `nil` for one beside the store.
    ///   - input: the user's; only compared with the others.
    ///   - program: its name is in that of the folder.
    ///   - work: the name of the files.
    ///   - hasSQLite: whether this build can keep a store in a file.
    package init(
        store: StoreChoice?,
        ledger asked: String?,
        input: String?,
        program: String,
        work: String,
        hasSQLite: Bool = StorePlace.hasSQLite
    ) throws(ExitError) {
        func folder() throws(ExitError) -> String { try Self.temporaryFolder(program) }
        switch store {
        case .memory:
            file = nil
            ledger = if let asked { asked } else { try folder() + "/\(work).ledger" }
            notes = asked == nil ? ["ledger: \(ledger)"] : []
        case .sqlite(let path):
            guard hasSQLite else { throw .usage("--store sqlite:FILE needs a build with --traits SQLite") }
            file = path
            ledger = asked ?? path + ".ledger"
            notes = []
        case nil where hasSQLite:
            let path = try folder() + "/\(work).db"
            file = path
            ledger = asked ?? path + ".ledger"
            notes = ["store: sqlite:\(path)", "ledger: \(ledger)"]
        case nil:
            file = nil
            ledger = if let asked { asked } else { try folder() + "/\(work).ledger" }
            notes = ["store: memory, since this build is without the trait SQLite", "ledger: \(ledger)"]
        }
        let paths = [file, ledger, input].compactMap(\.self).map(Self.resolved)
        guard Set(paths).count == paths.count else {
            throw .noInput("store, ledger and input have to be different files; two of them are the same")
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// One that joins others needs what they work on.
    package func requireFile() throws(ExitError) {
        guard let file, !FileManager.default.fileExists(atPath: file) else { return }
        throw .noInput("--join needs an existing store: \(file) does not exist")
    }

    /// The option that names this place.
    package var option: String { file.map { "sqlite:\($0)" } ?? "memory" }

    package static var hasSQLite: Bool {
        #if SQLite
        true
        #else
        false
        #endif
    }

    private static func temporaryFolder(_ program: String) throws(ExitError) -> String {
        let name = "\(program)-\(UUID().uuidString.prefix(8).lowercased())"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .noInput("the folder \(folder.path) cannot be made")
        }
        return folder.path
    }
}
