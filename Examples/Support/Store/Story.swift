import Foundation
package import ResilienceCore
import VerifyFiles

/// What a store and its ledger have in common: a name that their first run draws and writes into both, before anything
/// else.
package struct Story: Codable, Sendable, Equatable {
    private static let space = Space<Story>("example.story")

    /// The name, of which there is no second one.
    package let story: String

    package init() { story = UUID().uuidString.lowercased() }

    /// Begins a story where store and ledger are new; else makes sure that both are of the same one.
    ///
    /// - Parameter file: the store's; `nil` for memory.
    /// - Throws: ``ExitError`` if they are not: what the one knows, the other one would do again.
    package static func require<Sum>(
        _ store: any RecordStore,
        in file: String?,
        _ ledger: LedgerFile<Sum>
    ) async throws {
        // Another process may begin the story meanwhile: it comes first there, so it is looked for last here.
        let isLedgerNew = try ledger.isNew
        let isStoreNew = try isNew(file)
        if let known = try await space.read("story", in: store)?.value { return try requireSame(known, ledger.story) }
        guard isLedgerNew else { throw ExitError.strangeLedger(ledger.path) }
        guard isStoreNew else {
            throw ExitError.noInput(
                "the store \(file ?? "") holds what no run of this program has begun: give another --store"
            )
        }
        let own = try ledger.begin(Story())
        do {
            try await store.commitSettling(Batch([space.put(own, at: "story", expect: .absent)]))
        } catch {
            guard case .conflict = error, let known = try await space.read("story", in: store)?.value else {
                throw error
            }
            try requireSame(known, own)
        }

        func requireSame(_ known: Story, _ own: Story?) throws {
            guard known != own else { return }
            throw ExitError.noInput(
                "the ledger \(ledger.path) is not that of the store: give the one that it was begun with"
            )
        }
    }

    private static func isNew(_ file: String?) throws -> Bool {
        do {
            return try file.map { try StoreFile($0).count("1") == 0 } ?? true
        } catch {
            throw ExitError.noInput("\(error)")
        }
    }
}
