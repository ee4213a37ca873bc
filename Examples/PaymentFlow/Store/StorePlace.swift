import Foundation

/// Where the work and the ledger are kept.
struct StorePlace: Sendable, Equatable {
    /// The store's file; `nil` for memory.
    let file: String?
    let ledger: String
    /// What the user is told about a choice that was made for him.
    let notes: [String]

    /// - Parameter hasSQLite: whether this build can keep a store in a file.
    init(_ options: Options, hasSQLite: Bool = StorePlace.hasSQLite) throws(ExitError) {
        switch options.store {
        case .memory:
            file = nil
            ledger = try Self.ledger(options)
            notes = options.ledger == nil ? ["ledger: \(ledger)"] : []
        case .sqlite(let path):
            guard hasSQLite else { throw .usage("--store sqlite:FILE needs a build with --traits SQLite") }
            file = path
            ledger = options.ledger ?? path + ".ledger"
            notes = []
        case nil where hasSQLite:
            let path = try Self.temporaryFolder() + "/payments.db"
            file = path
            ledger = options.ledger ?? path + ".ledger"
            notes = ["store: sqlite:\(path)", "ledger: \(ledger)"]
        case nil:
            file = nil
            ledger = try Self.ledger(options)
            notes = ["store: memory, since this build is without the trait SQLite", "ledger: \(ledger)"]
        }
    }

    /// The option that names this place.
    var option: String { file.map { "sqlite:\($0)" } ?? "memory" }

    static var hasSQLite: Bool {
        #if SQLite
        true
        #else
        false
        #endif
    }

    private static func ledger(_ options: Options) throws(ExitError) -> String {
        if let ledger = options.ledger { return ledger }
        return try temporaryFolder() + "/payments.ledger"
    }

    private static func temporaryFolder() throws(ExitError) -> String {
        let name = "payment-flow-\(UUID().uuidString.prefix(8).lowercased())"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .noInput("the folder \(folder.path) cannot be made")
        }
        return folder.path
    }
}
