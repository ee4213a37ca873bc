import ResilienceCore
import ResilienceTesting
import Testing

/// Cash taken at a desk: a clerk's request is recorded once, and so is the same amount for a booking within 5 minutes.
@Suite struct OfflinePaymentTests {
    let clock = ManualClock()
    let store: InMemoryStore
    let requests: Idempotency<String>
    let recent: Idempotency<String>
    let payments = Space<Int>("payments")

    init() throws {
        store = InMemoryStore(clock: clock)
        requests = try Idempotency("requests", on: store, retention: .seconds(72 * 3600))
        recent = try Idempotency("recent", on: store, retention: .seconds(300))
    }

    /// Gives the name of the payment that stands for this request.
    private func record(_ amount: Int, for booking: String, request: String) async throws -> String {
        let content = "\(booking)|\(amount)"
        return try await requests.run(request, fingerprint: content) { _ in
            switch try await recent.begin(content, fingerprint: content) {
            case .replay(let payment): return .init(payment, also: [])
            case .proceed(let ticket):
                let payment = payments.put(amount, at: request, expect: .absent)
                return .init(request, also: [ticket.complete(with: request), payment])
            case .inProgress, .mismatch: throw Unexpected()
            }
        }.outcome
    }

    private func recorded() async throws -> Int { try await store.count(Scan("payments")) }

    @Test func S26_twoClerksAtOnceGiveOneRecord() async throws {
        async let ann = record(20, for: "b1", request: "ann-1")
        async let bob = record(20, for: "b1", request: "bob-1")
        // One may have found the other at work: its clerk sends the request again.
        for (request, first) in [("ann-1", try? await ann), ("bob-1", try? await bob)] where first == nil {
            _ = try await record(20, for: "b1", request: request)
        }
        #expect(try await recorded() == 1)
        let names = [
            try await record(20, for: "b1", request: "ann-1"), try await record(20, for: "b1", request: "bob-1"),
        ]
        #expect(Set(names).count == 1)
    }

    @Test func S27_theSameAmountAfterFiveMinutesIsASecondPayment() async throws {
        _ = try await record(20, for: "b1", request: "ann-1")
        clock.advance(by: .seconds(299))
        #expect(try await record(20, for: "b1", request: "ann-2") == "ann-1")
        #expect(try await record(30, for: "b1", request: "ann-3") == "ann-3")
        clock.advance(by: .seconds(1))
        #expect(try await record(20, for: "b1", request: "ann-4") == "ann-4")
        #expect(try await record(20, for: "b1", request: "ann-1") == "ann-1")
        #expect(try await recorded() == 3)
    }

    @Test func S28_aCrashBetweenCheckAndRecordLeavesOneAfterTheRestart() async throws {
        guard case .proceed = try await requests.begin("ann-1", fingerprint: "b1|20"),
            case .proceed = try await recent.begin("b1|20", fingerprint: "b1|20")
        else { throw Unexpected() }
        // The process ends here. Its leases end after 30 s.
        await #expect(throws: IdempotencyError.self) { try await record(20, for: "b1", request: "ann-1") }
        clock.advance(by: .seconds(30))
        #expect(try await record(20, for: "b1", request: "ann-1") == "ann-1")
        #expect(try await record(20, for: "b1", request: "ann-1") == "ann-1")
        #expect(try await recorded() == 1)
    }
}
