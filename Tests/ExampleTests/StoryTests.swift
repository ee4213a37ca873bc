import ExampleSupport
import Foundation
import ResilienceCore
import Testing

@testable import PaymentFlow

#if SQLite
import SQLiteStore
#endif

/// A ledger and its store belong together.
@Suite struct StoryTests {
    private let folder: Folder

    init() throws { folder = try Folder(payments: 1) }

    private func ledger(_ name: String) throws -> LedgerFile<LedgerState> { try LedgerFile(folder.path(name)) }

    private func use(_ ledger: LedgerFile<LedgerState>) async throws {
        try await ledger.decide(gather: {}) { _ in ((), LedgerLine(kind: .call, id: "a", attempt: 1)) }
    }

    @Test func aStoreGoesOnWithItsOwnLedgerOnly() async throws {
        let (one, two) = (InMemoryStore(), InMemoryStore())
        for (store, name) in [(one, "1"), (two, "2")] {
            try await Story.require(store, in: nil, ledger(name))
            try await use(ledger(name))
        }
        try await Story.require(one, in: nil, ledger("1"))
        try await Story.require(two, in: nil, ledger("2"))
        await #expect(throws: ExitError.self) { try await Story.require(one, in: nil, ledger("2")) }
        await #expect(throws: ExitError.self) { try await Story.require(one, in: nil, ledger("new")) }
        await #expect(throws: ExitError.self) { try await Story.require(InMemoryStore(), in: nil, ledger("1")) }
    }

    @Test func whoDiesAfterTheFirstLineOfTheLedgerIsFollowedByTheNext() async throws {
        let story = try ledger("l").begin(Story())
        let store = InMemoryStore()
        try await Story.require(store, in: nil, ledger("l"))
        #expect(try ledger("l").story == story)
        try await use(ledger("l"))
        try await Story.require(store, in: nil, ledger("l"))
    }

    @Test(arguments: [
        "some text\nand more\n", "some text", #"{"name":1}"#, #"{"name":1}"# + "\n", "some text\nand {", "\n\n",
        #"{"kind":"call","id":"a","attempt":1}"# + "\nsome text",
    ])
    func aFileThatIsNoLedgerStaysAsItIs(text: String) throws {
        try folder.write(text, to: "l")
        #expect(throws: ExitError.self) { try ledger("l") }
        #expect(try folder.read("l") == text)
    }

    @Test(arguments: ["payment-flow", "booking-flow", "sms-rental-flow"])
    func aProgramLeavesAFileThatIsNoLedger(program: String) async throws {
        try folder.write("my diary\ngoes on", to: "diary")
        let ended = try await Program.run(["--store", "memory", "--ledger", folder.path("diary")], of: program)
        #expect(ended.status == 66, "\(ended.errors)")
        #expect(ended.errors.contains("is no ledger of this program"), "\(ended.errors)")
        #expect(try folder.read("diary") == "my diary\ngoes on")
    }

    #if SQLite
    @Test func aStoreWithOtherWorkIsRefused() async throws {
        let store = try SQLiteStore(path: folder.path("s.db"))
        try await Story.require(store, in: folder.path("s.db"), ledger("l"))
        try await Story.require(store, in: folder.path("s.db"), ledger("l"))
        await store.close()
        let other = try SQLiteStore(path: folder.path("o.db"))
        _ = try await other.commit(Batch([Space<Int>("work").put(1, at: "a", expect: .absent)]))
        await #expect(throws: ExitError.self) { try await Story.require(other, in: folder.path("o.db"), ledger("n")) }
        await other.close()
    }
    #endif
}
