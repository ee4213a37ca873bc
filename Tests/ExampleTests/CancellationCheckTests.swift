import BookingVerify
import Foundation
import Testing

/// The check of cancellations finds each violation, in files written by hand.
@Suite struct CancellationCheckTests {
    private let folder: Folder
    private static let midnight = 1_767_312_000_000_000
    private static let week = 7 * 86_400_000_000

    init() throws {
        folder = try Folder(payments: 1)
        try folder.write(
            """
            {"name":"court"}
            {"contact":"Ann","mail":"ann@x.example","devices":["phone"],"gone":{"watch":3}}
            {"id":"a","customer":"Ann","resource":"court","from":"08:00","until":"09:00","at":0,"plan":"pay","cents":500,\
            "cancel":60,"note":"rain","trainer":true}

            """,
            to: "in"
        )
    }

    // MARK: The parts of a day

    private static let told = [
        #"{"kind":"payment","request":"a","key":"a/card","cents":500,"at":1}"#,
        #"{"kind":"answer","request":"a","answer":"confirmed","hold":"h","at":1}"#,
    ]
    private static let signedIn = #"{"kind":"call","service":"identity","action":"verify","request":"a","to":"Ann","answer":"verified","at":7}"#
    private static let off = ["lock", "trainer"].map {
        #"{"kind":"effect","service":"\#($0)","action":"off","request":"a","key":"\#($0)","at":8}"#
    }
    private static let on = ["lock", "trainer"].map {
        #"{"kind":"effect","service":"\#($0)","action":"on","request":"a","key":"\#($0)/undo","at":9}"#
    }
    private static func refund(_ cents: Int = 500) -> String {
        #"{"kind":"effect","service":"payments","action":"refund","request":"a","to":"a/card","key":"r","cents":\#(cents),"at":9}"#
    }
    private static func messages(_ occasion: String) -> [String] {
        [("mail", "ann@x.example"), ("push", "phone")].map { service, to in
            #"{"kind":"effect","service":"\#(service)","action":"\#(occasion)","request":"a","to":"\#(to)","at":9}"#
        }
    }
    private static func answer(_ answer: String) -> String {
        #"{"kind":"answer","request":"a","answer":"\#(answer)","hold":"h","at":10}"#
    }
    private static let cancelled =
        told + [signedIn] + off + [refund()] + messages("confirmed") + messages("cancelled") + [answer("cancelled")]
    private static let kept = told + [signedIn] + off + on + messages("confirmed") + [answer("kept")]

    private func check(
        _ ledger: [String],
        _ state: String?,
        hold: String,
        status: String,
        session: String = #"{"customer":"Ann","verifiedAt":7,"isCached":false}"#,
        description: String? = #"{"text":"summary: rain"}"#,
        contact: String = #"{"mail":"ann@x.example","devices":{"phone":null,"watch":1}}"#,
        settled: [Int]? = nil
    ) throws -> BookingFindings {
        try folder.write(ledger.joined(separator: "\n") + "\n", to: "l")
        let span = #"{"interval":{"from":\#(Self.midnight + 28_800_000_000),"until":\#(Self.midnight + 32_400_000_000)}}"#
        let item = #"{"resource":"court","span":\#(span),"quantity":1,"capacity":{"pooled":{"_0":1}}}"#
        let json = #"{"id":"h","holder":"Ann","state":"\#(hold)","items":[\#(item)],"createdAt":0,"expiresAt":9}"#
        func record(_ name: String, _ json: String) -> (name: String, value: [UInt8]) { (name, Array(json.utf8)) }
        var values = [record("a|input", #"{"session":\#(session)}"#)]
        if let description { values.append(record("a|output|describe", description)) }
        let booked = (settled ?? (ledger.contains(Self.refund()) ? [500] : [])).enumerated().map { number, cents in
            record("e\(number)", #"{"id":"e","key":"r","request":"a","cents":\#(cents)}"#)
        }
        var records = [
            "booking.settlements": booked,
            "booking.day": [record("day", #"{"midnight":\#(Self.midnight)}"#)],
            "hold.facility": [record("h", json)],
            "booking.notes": [record("a", #"{"hold":"h","askedAt":1,"isLate":true,"status":"\#(status)"}"#)],
            "booking.contacts": [record("Ann", contact)],
        ]
        if let state {
            records["saga.cancellation"] = [record("a", #"{"state":"\#(state)"}"#)]
            records["saga.cancellation.log"] = values
        }
        return BookingCheck.findings(
            try AskedDay(contentsOf: folder.path("in")),
            try AnswerContents(contentsOf: folder.path("l")),
            StoredDay(records)
        )
    }

    private func cancelled(_ ledger: [String] = Self.cancelled) throws -> BookingFindings {
        try check(ledger, "completed", hold: "released", status: "cancelled")
    }

    private func kept(_ ledger: [String] = Self.kept) throws -> BookingFindings {
        try check(ledger, "compensated", hold: "confirmed", status: "booked")
    }

    // MARK: Findings

    @Test func whatIsCancelledInEveryPartOrKeptInEveryPartHolds() throws {
        for found in [try cancelled(), try kept()] { #expect(found.holds, "\(found.lines)") }
        #expect(try kept().undone == 2)
    }

    @Test func aRefundThatIsMissingOrDoubleOrOfAnotherAmountIsFound() throws {
        let without = Self.cancelled.filter { $0 != Self.refund() }
        #expect(try cancelled(without).refundsAstray == ["a/card"])
        #expect(try cancelled(Self.cancelled + [Self.refund()]).refundsAstray == ["a/card"])
        #expect(try cancelled(without + [Self.refund(499)]).refundsAstray == ["a/card"])
        // Paid back though it is kept.
        #expect(try kept(Self.kept + [Self.refund()]).refundsAstray == ["a/card"])
    }

    @Test(arguments: [[], [500, 500], [400]])
    func aRefundThatIsNotBookedOrTwiceIsFound(settled: [Int]) throws {
        let found = try check(Self.cancelled, "completed", hold: "released", status: "cancelled", settled: settled)
        #expect(found.settlementsAstray.contains("r"))
        #expect(found.refundsAstray.isEmpty)
        // Booked though it was never made.
        let never = try check(Self.kept, "compensated", hold: "confirmed", status: "booked", settled: [500])
        #expect(never.settlementsAstray == ["r"])
    }

    @Test func aBookingThatIsHalfCancelledIsFound() throws {
        for part in Self.off { #expect(try cancelled(Self.cancelled.filter { $0 != part }).halfCancelled == ["a"]) }
        for part in Self.on { #expect(try kept(Self.kept.filter { $0 != part }).halfCancelled == ["a"]) }
        let held = try check(Self.cancelled, "completed", hold: "confirmed", status: "cancelled")
        #expect(held.halfCancelled == ["a"])
        let marked = try check(Self.kept, "compensated", hold: "confirmed", status: "cancelling")
        #expect(marked.halfCancelled == ["a"])
        // Called off without any cancellation.
        let stray = try check(Self.told + Self.off, nil, hold: "confirmed", status: "booked")
        #expect(stray.halfCancelled == ["a"])
        let running = try check(Self.told + [Self.signedIn], "running", hold: "confirmed", status: "booked")
        #expect(running.unfinished == ["a"] && running.halfCancelled.isEmpty)
    }

    @Test func aStepThatIsDoneOrUndoneTwiceIsFound() throws {
        for part in Self.off + Self.on {
            #expect(try kept(Self.kept.dropLast() + [part, Self.answer("kept")]).doneTwice.count == 1)
        }
    }

    @Test func aCancellationThatNeedsAPersonIsInOrderIfOneWasCalled() throws {
        let alert = #"{"kind":"alert","request":"a","answer":"refund REFUSED","at":9}"#
        let ledger = Self.told + [Self.signedIn] + Self.off + Self.messages("confirmed") + [Self.answer("inReview")]
        let called = try check(ledger + [alert], "needsAttention", hold: "confirmed", status: "cancelling")
        #expect(called.holds, "\(called.lines)")
        #expect(called.inReview == ["a": "refund REFUSED"])
        #expect(try check(ledger, "needsAttention", hold: "confirmed", status: "cancelling").untold == ["a"])
        let twice = try check(ledger + [alert, Self.refund(), Self.refund()], "needsAttention", hold: "confirmed", status: "cancelling")
        #expect(twice.refundsAstray == ["a/card"])
    }

    @Test func aStrangerWhoCancelsIsFound() throws {
        let rejected = Self.signedIn.replacing("verified", with: "rejected")
        #expect(try cancelled(Self.cancelled + [rejected]).strangers == ["a"])
        #expect(try cancelled(Self.cancelled.filter { $0 != Self.signedIn }).strangers == ["a"])
        for session in [
            #"{"customer":"Eve","verifiedAt":7,"isCached":false}"#, #"{"customer":"Ann","verifiedAt":8,"isCached":true}"#,
        ] {
            let found = try check(Self.cancelled, "completed", hold: "released", status: "cancelled", session: session)
            #expect(found.strangers == ["a"])
        }
    }

    @Test func aMessageThatIsLostOrDoubleAndARecipientWhoIsNotMarkedAreFound() throws {
        let mail = Self.messages("cancelled")[0]
        #expect(try cancelled(Self.cancelled.filter { $0 != mail }).messagesAstray.count == 1)
        #expect(try cancelled(Self.cancelled + [mail]).messagesAstray.count == 1)
        let gone = #"{"kind":"call","service":"push","action":"cancelled","request":"a","to":"phone","answer":"gone","at":9}"#
        #expect(try cancelled(Self.cancelled + [gone]).recipientsAstray == ["phone"])
        for contact in [
            // A device was forgotten that nothing was wrong with, and one that was marked three days ago.
            #"{"mail":"ann@x.example","devices":{"watch":1}}"#, #"{"mail":"ann@x.example","devices":{"phone":null}}"#,
            // Six are gone, one of them for long.
            #"{"mail":"a","devices":{"phone":null,"watch":\#(-Self.week),"b":9,"c":9,"d":9,"e":9,"f":9}}"#,
        ] {
            let found = try check(Self.cancelled, "completed", hold: "released", status: "cancelled", contact: contact)
            #expect(found.recipientsAstray.count == 1, "\(contact)")
        }
    }

    @Test func aNoteWithoutATextOrWithoutTheReasonIsFound() throws {
        for (description, isRight) in [
            (#"{"text":"rain","reason":"timeout"}"#, true), (#"{"text":"rain"}"#, false),
            (#"{"text":"summary: rain","reason":"timeout"}"#, false), (nil, false),
        ] as [(String?, Bool)] {
            let found = try check(
                Self.cancelled,
                "completed",
                hold: "released",
                status: "cancelled",
                description: description
            )
            #expect(found.notesAstray == (isRight ? [] : ["a"]))
        }
    }
}
