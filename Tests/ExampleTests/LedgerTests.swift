import ExampleSupport
import Foundation
import ResilienceCore
import ResilienceTesting
import Testing

@testable import PaymentFlow

@Suite struct LedgerTests {
    private func line(_ id: String, _ kind: LedgerLine.Kind, fence: UInt64, key: String? = nil) -> LedgerLine {
        var line = LedgerLine(kind: kind, id: id, attempt: 1, fence: fence)
        line.key = key
        line.transaction = kind == .payment ? "0x\(fence)" : nil
        return line
    }

    @Test func twoHandlesOnOneFileSeeEachOther() async throws {
        let folder = try Folder(payments: 1)
        let (one, two) = (try LedgerFile<LedgerState>(folder.path("l")), try LedgerFile<LedgerState>(folder.path("l")))
        try await one.decide(gather: {}) { _ in ((), line("a", .payment, fence: 1, key: "k")) }
        #expect(try await two.decide(gather: {}) { ($0.result(forKey: "k"), nil) } == "0x1")
        try await two.decide(gather: {}) { _ in ((), line("a", .query, fence: 5)) }
        #expect(try await one.decide(gather: {}) { ($0.isStale(4, for: "a"), nil) })
        #expect(try await one.decide(gather: {}) { (!$0.isStale(5, for: "a"), nil) })
        #expect(try await one.decide(gather: {}) { (!$0.isStale(nil, for: "a"), nil) })
    }

    @Test func aTornLastLineIsCutOffAndTheNextStandsOnItsOwn() async throws {
        let folder = try Folder(payments: 1)
        let ledger = try LedgerFile<LedgerState>(folder.path("l"))
        try await ledger.decide(gather: {}) { _ in ((), line("a", .payment, fence: 1)) }
        let whole = try folder.read("l")
        try folder.write(whole + #"{"kind":"payment","id":"b","atte"#, to: "l")
        let later = try LedgerFile<LedgerState>(folder.path("l"))
        #expect(try await later.decide(gather: {}) { ($0.payments, nil) } == 1)
        #expect(try folder.read("l") == whole)
        try await later.decide(gather: {}) { _ in ((), line("c", .payment, fence: 2)) }
        #expect(try folder.paid("l") == ["a": 1, "c": 1])
    }

    @Test func theTableAddsUpAndAnAttemptGoesTheSameWayEachTime() {
        #expect(Misbehaviour.table.reduce(0) { $0 + $1.rate } == 1_000)
        let ways = Misbehaviour(seed: 3)
        var actions: Set<Misbehaviour.Action> = []
        for number in 0..<400 {
            let first = ways.attempt(1, of: "p\(number)")
            let again = ways.attempt(1, of: "p\(number)")
            #expect(first.0.message == again.0.message && first.there == again.there && first.back == again.back)
            actions.insert(first.0.action)
        }
        #expect(actions.count == 4)
        let other = Misbehaviour(seed: 4)
        let differs = (0..<50).contains {
            ways.attempt(1, of: "\($0)").0.message != other.attempt(1, of: "\($0)").0.message
        }
        #expect(differs)
    }

    private func gateway(_ kind: Options.GatewayKind, _ folder: Folder, _ clock: any WallClock) throws -> Gateway {
        Gateway(
            kind: kind,
            ledger: try LedgerFile<LedgerState>(folder.path("l")),
            clock: clock,
            misbehaviour: Misbehaviour(seed: 1)
        )
    }

    /// A payment whose first and second attempt are simply paid.
    private func easyPayment() throws -> Payment {
        let ways = Misbehaviour(seed: 1)
        let id = (0...).lazy.map { "p\($0)" }.first { id in
            [1, 2].allSatisfy { ways.attempt($0, of: id).0.action == .pay }
        }
        return Payment(
            id: try #require(id),
            apiID: "",
            fromCurrency: "eth",
            fromNetwork: "eth",
            amount: try Amount("1"),
            payinAddress: "0x1",
            context: .instant
        )
    }

    private func pay(_ gateway: Gateway, _ payment: Payment, attempt: Int, fence: UInt64, _ time: VirtualTime)
        async throws -> Receipt
    {
        try await time.perform {
            try await gateway.pay(payment, .init(attempt: attempt, key: "k", fence: fence)) {}
        }
    }

    @Test(arguments: [(Options.GatewayKind.idempotent, 1), (.queryOnly, 2)])
    func onlyAnIdempotentGatewayPaysAKeyOnce(kind: Options.GatewayKind, times: Int) async throws {
        let folder = try Folder(payments: 1)
        let payment = try easyPayment()
        let time = VirtualTime(startingAt: TimeKeeping.epoch)
        let gateway = try gateway(kind, folder, time)
        let first = try await pay(gateway, payment, attempt: 1, fence: 1, time)
        let second = try await pay(gateway, payment, attempt: 2, fence: 2, time)
        #expect(try folder.paid("l") == [payment.id: times])
        #expect((first == second) == (times == 1))
    }
}
