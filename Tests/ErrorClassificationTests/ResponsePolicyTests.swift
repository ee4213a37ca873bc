import ErrorClassification
import ResilienceCore
import Synchronization
import Testing

@Suite struct ResponsePolicyTests {
    private let busy = Classification(.unavailable, rule: "test")
    private let wrong = Classification(.validation, rule: "test")
    private let late = Classification(.timeout, rule: "test")

    @Test("Each kind of operation has its severity, stance and actions")
    func table() {
        let expected: [OperationKind: Response] = [
            .payment: Response(.critical, .failSafe, [.retry, .pageOnCall]),
            .booking: Response(.high, .failSafe, [.resolveConflict, .notifyUser]),
            .notification: Response(.medium, .failOpen, [.retry, .batchedAlert]),
            .enrichment: Response(.low, .failOpen, [.degrade]),
            .analytics: Response(.low, .failOpen, [.retry]),
        ]
        for (kind, response) in expected {
            #expect(ResponsePolicy.standard.response(to: busy, of: kind) == response)
        }
    }

    @Test("A wrong request fails fast everywhere: the caller is told, nobody is woken, nothing is retried")
    func failFast() {
        for kind in [OperationKind.payment, .notification, .enrichment, OperationKind("other")] {
            let response = ResponsePolicy.standard.response(to: wrong, of: kind)
            #expect(response.stance == .failFast)
            #expect(!response.stance.proceeds)
            #expect(response.actions.isDisjoint(with: [.retry, .pageOnCall, .batchedAlert, .degrade]))
        }
    }

    @Test("What is not critical fails open: the flow goes on without it")
    func failOpen() {
        #expect(ResponsePolicy.standard.response(to: late, of: .enrichment).stance.proceeds)
        #expect(ResponsePolicy.standard.response(to: late, of: .analytics).stance.proceeds)
    }

    @Test("Money fails safe: it stops, and what may have been paid is not sent again by itself")
    func failSafe() {
        let response = ResponsePolicy.standard.response(to: late, of: .payment)
        #expect(response.stance == .failSafe)
        #expect(!response.stance.proceeds)
        #expect(response.actions == [.pageOnCall])
    }

    @Test("Kinds of one's own are open, with a fallback")
    func ownKinds() {
        var policy = ResponsePolicy.standard
        #expect(policy.response(to: busy, of: OperationKind("export")).stance == .failSafe)
        policy.responses[OperationKind("export")] = Response(.low, .failOpen, [.degrade])
        #expect(policy.response(to: busy, of: OperationKind("export")).stance == .failOpen)
    }

    @Test("The stance of a category can be one's own, whatever the operation, and takes the place of the standard's")
    func ownStances() {
        var policy = ResponsePolicy.standard
        policy.stances = [.timeout: .failOpen, .conflict: .failFast]
        let clash = Classification(.conflict, rule: "test")
        for kind in [OperationKind.payment, .booking, .enrichment, OperationKind("other")] {
            let usual = policy.responses[kind] ?? policy.fallback
            #expect(policy.response(to: late, of: kind).stance == .failOpen)
            #expect(policy.response(to: clash, of: kind).stance == .failFast)
            #expect(policy.response(to: wrong, of: kind).stance == usual.stance)
        }
        // What settles itself and what tells the user stays; who runs it is left alone.
        #expect(policy.response(to: clash, of: .booking).actions == [.resolveConflict, .notifyUser])
        #expect(policy.response(to: clash, of: .payment).actions.isEmpty)
        #expect(Stance.allCases.filter(\.proceeds) == [.failOpen])
    }

    private final class Sink: AlertSink {
        let name = "test"
        let seen = Mutex<[ResilienceAlert]>([])

        func send(_ alerts: [ResilienceAlert]) async throws { seen.withLock { $0 += alerts } }
    }

    @Test("A page and a batched alert reach the router, other responses do not")
    func alerts() async throws {
        let sink = Sink()
        let router = try AlertRouter(to: [sink])
        let policy = ResponsePolicy.standard
        for (kind, isSent) in [
            (OperationKind.payment, true), (.notification, true), (.enrichment, false), (.analytics, false),
        ] {
            let response = policy.response(to: busy, of: kind)
            let sent = router.report(response, to: busy, of: kind, subject: "s", at: Timestamp(seconds: 1))
            #expect(sent == isSent)
        }
        let run = Task { await router.run() }
        run.cancel()
        await run.value
        #expect(sink.seen.withLock { $0.map(\.name).sorted() } == ["notification.failed", "payment.failed"])
        #expect(sink.seen.withLock { $0.first { $0.name == "payment.failed" }?.severity } == .critical)
    }
}
