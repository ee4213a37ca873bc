import ExampleSupport
import ResilienceCore
import Testing

@testable import SMSRentalFlow

/// Parts of the rental program, without a run.
@Suite struct RentalPartTests {
    private struct Died: Error {}
    private let folder: Folder

    init() throws { folder = try Folder(payments: 1) }

    @Test func theLastRequestsAreStartedThoughNoLifeStartsMany() async throws {
        let requests = (0..<10).map {
            RentalRequest(id: "r\($0)", service: "wa", country: "us", at: 0, maxPrice: nil)
        }
        let started = Started()
        let clock = VirtualTime(startingAt: TimeKeeping.epoch)
        var begun: [String] = []
        for _ in 0..<4 {
            var left = 3
            try? await started.start(requests, since: TimeKeeping.epoch, clock) { request in
                guard left > 0 else { throw Died() }
                left -= 1
                begun.append(request.id)
            }
        }
        #expect(begun == requests.map(\.id))
    }

    @Test(arguments: [1, 7_201, 86_401, 1_000_000]) func theServiceTakesEverySpeed(factor: Int) async throws {
        let time = try await TimeKeeping(.virtual, file: nil) { nil }
        #expect(throws: Never.self) {
            try RentalService(
                on: InMemoryStore(clock: time.clock),
                Weather(seed: 1),
                LedgerFile<VendorSum>(folder.path("l")),
                Life(operations: nil),
                time,
                Options(),
                .times(factor),
                seed: 1,
                Scoreboard()
            )
        }
    }
}
