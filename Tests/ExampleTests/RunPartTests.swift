import ExampleSupport
import PaymentVerify
import RentalVerify
import ResilienceCore
import Testing
import VerifyFiles

/// What the programs share, without a run.
@Suite struct RunPartTests {
    private struct Broken: Error {}

    @Test func anErrorOfALifeEndsTheRun() async throws {
        let time = try await TimeKeeping(.virtual, file: nil) { nil }
        let lives = Lives(of: 1...2, time)
        await #expect(throws: Broken.self) {
            try await time.perform {
                try await lives.run { _ in
                    throw Broken()
                } until: {
                    try await time.clock.pause(for: .seconds(1_000_000))
                }
            }
        }
    }

    @Test(arguments: [1, 7_201, 86_401, 1_000_000]) func aWorkerTakesWhatEverySpeedAsksFor(factor: Int) throws {
        let speed = RunSpeed.times(factor)
        var options = WorkerOptions()
        options.hold(for: speed.lease * 2, grace: speed.lease)
        #expect(throws: Never.self) { try Worker(Space<Int>("x"), on: InMemoryStore(), options: options) { _ in } }
    }

    @Test func whoIsAloneIsAloneAtEverySpeed() async throws {
        let folder = try Folder(payments: 1)
        let file = folder.path("s.db")
        let first = try await TimeKeeping(.times(60), file: file, isAlone: true) { nil }
        for speed in [RunSpeed.times(60), .virtual] {
            await #expect(throws: ExitError.self) { try await TimeKeeping(speed, file: file, isAlone: true) { nil } }
        }
        withExtendedLifetime((first, folder)) {}
    }

    @Test func storeLedgerAndInputAreDifferentFiles() {
        for (store, ledger, input) in [
            (StoreChoice.memory, "/a/b", "/a/../a/b"), (.sqlite("/a/b"), "/a/b", "/c"), (.sqlite("/a/b"), "/c", "/a/b"),
        ] {
            #expect(throws: ExitError.self) {
                try StorePlace(store: store, ledger: ledger, input: input, program: "p", work: "w", hasSQLite: true)
            }
        }
    }

    @Test func aCheckNeedsItsLedger() {
        #expect(throws: VerifyError.self) { try VendorContents(contentsOf: "/no/such") }
        #expect(throws: VerifyError.self) { try LedgerContents(contentsOf: "/no/such") }
    }
}
