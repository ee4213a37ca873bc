import BookingVerify
import Foundation
import Testing

/// The check of a day finds each violation, in files written by hand.
@Suite struct BookingCheckTests {
    private let folder: Folder
    private static let deadline = 1_767_225_900_000_000
    private static let midnight = 1_767_312_000_000_000

    init() throws {
        folder = try Folder(payments: 1)
        try folder.write(
            """
            {"name":"court"}
            {"name":"pool","pooled":3}
            {"id":"a","customer":"Ann","resource":"court","from":"08:00","until":"09:00","at":0,"plan":"confirm"}
            {"id":"b","customer":"Bob","resource":"court","from":"08:30","until":"09:30","at":0,"plan":"pay","cents":500}

            """,
            to: "in"
        )
    }

    // MARK: The parts of a day

    private func answer(_ request: String, _ answer: String, hold: String, until: Int? = nil) -> String {
        let more = until.map { #","until":\#($0)"# } ?? ""
        return #"{"kind":"answer","request":"\#(request)","answer":"\#(answer)","hold":"\#(hold)","at":1\#(more)}"#
            + "\n"
    }

    private func money(_ kind: String, _ request: String, cents: Int = 500) -> String {
        #"{"kind":"\#(kind)","request":"\#(request)","key":"\#(request)/card","cents":\#(cents),"at":1}"# + "\n"
    }

    private func hold(_ id: String, _ holder: String, _ state: String, from: Int = 480, until: Int = 540) -> (
        name: String, value: [UInt8]
    ) {
        let span = #"{"interval":{"from":\#(time(from)),"until":\#(time(until))}}"#
        let items = #"[{"resource":"court","span":\#(span),"quantity":1,"capacity":{"pooled":{"_0":1}}}]"#
        let json = #"{"id":"\#(id)","holder":"\#(holder)","state":"\#(state)","items":\#(items),"createdAt":0,"#
        return (id, Array((json + #""expiresAt":\#(Self.deadline)}"#).utf8))
    }

    private func time(_ minute: Int) -> Int { Self.midnight + minute * 60_000_000 }

    private func note(_ request: String, hold: String, askedAt: Int = 5, isLate: Bool = false) -> (
        name: String, value: [UInt8]
    ) {
        (request, Array(#"{"hold":"\#(hold)","askedAt":\#(askedAt),"isLate":\#(isLate)}"#.utf8))
    }

    private func check(
        _ ledger: String,
        holds: [(name: String, value: [UInt8])] = [],
        notes: [(name: String, value: [UInt8])] = []
    ) throws -> BookingFindings {
        try folder.write(ledger, to: "l")
        let day = ("day", Array(#"{"midnight":\#(Self.midnight)}"#.utf8))
        return BookingCheck.findings(
            try AskedDay(contentsOf: folder.path("in")),
            try AnswerContents(contentsOf: folder.path("l")),
            StoredDay(["booking.day": [day], "hold.facility": holds, "booking.notes": notes])
        )
    }

    private var held: String { answer("a", "held", hold: "h", until: Self.deadline) }
    private var confirmed: String { held + answer("a", "confirmed", hold: "h") }
    private var refused: String { answer("b", "unavailable", hold: "") }

    // MARK: Findings

    @Test func aDayAsItShouldBeHolds() throws {
        let found = try check(
            confirmed + refused,
            holds: [hold("h", "Ann", "confirmed")],
            notes: [note("a", hold: "h")]
        )
        #expect(found.holds, "\(found.lines)")
        #expect(found.bookings == 1)
    }

    @Test func aConfirmationThatIsNoBookingIsFound() throws {
        #expect(try check(confirmed + refused).lostConfirmations == ["a"])
        let expired = try check(
            confirmed + refused,
            holds: [hold("h", "Ann", "expired")],
            notes: [note("a", hold: "h")]
        )
        #expect(expired.lostConfirmations == ["a"])
        let unnoted = try check(confirmed + refused, holds: [hold("h", "Ann", "confirmed")])
        #expect(unnoted.lostConfirmations == ["a"])
    }

    @Test func twoBookingsOfOnePlaceAreFoundByTheStoreAndByTheAnswersAlone() throws {
        let both = confirmed + money("payment", "b") + answer("b", "confirmed", hold: "g")
        let twice = try check(
            both,
            holds: [hold("h", "Ann", "confirmed"), hold("g", "Bob", "confirmed", from: 510, until: 570)],
            notes: [note("a", hold: "h"), note("b", hold: "g", isLate: true)]
        )
        #expect(twice.doubleBookings == ["court at 08:30: 2 of 1"])
        #expect(try check(both).doubleBookings == ["court at 08:30: 2 of 1"])
    }

    @Test func aHoldPastItsDeadlineIsFound() throws {
        let open = try check(held + refused, holds: [hold("h", "Ann", "active")])
        #expect(open.holdsPastDeadline == ["hold h"])
        #expect(open.unfinished == ["a"])
        for (asked, isLate, found) in [
            (Self.deadline - 1, false, []), (Self.deadline, false, ["a"]), (Self.deadline, true, []),
        ] {
            let notes = [note("a", hold: "h", askedAt: asked, isLate: isLate)]
            let late = try check(confirmed + refused, holds: [hold("h", "Ann", "confirmed")], notes: notes)
            #expect(late.holdsPastDeadline == found)
        }
    }

    @Test func moneyThatIsNeitherBookedNorGivenBackIsFound() throws {
        let paid = confirmed + money("payment", "b")
        let (holds, notes) = ([hold("h", "Ann", "confirmed")], [note("a", hold: "h")])
        #expect(try check(paid + refused, holds: holds, notes: notes).paymentsAstray == ["b/card"])
        let back = paid + money("refund", "b") + answer("b", "refunded", hold: "g")
        #expect(try check(back, holds: holds, notes: notes).holds)
        #expect(try check(back + money("refund", "b"), holds: holds, notes: notes).paymentsAstray == ["b/card"])
        #expect(try check(back + money("payment", "b"), holds: holds, notes: notes).paymentsAstray == ["b/card"])
        // Paid by one whose booking costs nothing, and not paid by one whose booking does.
        #expect(
            try check(confirmed + refused + money("payment", "a"), holds: holds, notes: notes).paymentsAstray == [
                "a/card"
            ]
        )
        let unpaid = try check(answer("b", "confirmed", hold: "g") + answer("a", "unavailable", hold: ""))
        #expect(unpaid.unpaid == ["b"])
    }

    @Test func aBookingOfSomethingElseAndOneThatNobodyAskedForAreFound() throws {
        let notes = [note("a", hold: "h")]
        for other in [hold("h", "Ann", "confirmed", until: 570), hold("h", "Eve", "confirmed")] {
            #expect(try check(confirmed + refused, holds: [other], notes: notes).different == ["a"])
        }
        let stray = [hold("h", "Ann", "confirmed"), hold("x", "Eve", "confirmed", from: 600, until: 660)]
        #expect(try check(confirmed + refused, holds: stray, notes: notes).different == ["hold x"])
    }

    @Test func whatNobodyWasToldIsFound() throws {
        let expired = held + answer("a", "expired", hold: "h") + refused
        #expect(try check(expired, holds: [hold("h", "Ann", "expired")]).untold == ["hold h"])
        let told = expired + #"{"kind":"expiry","hold":"h","at":1}"# + "\n"
        #expect(try check(told, holds: [hold("h", "Ann", "expired")]).holds)
        let silent = try check(held + refused, holds: [hold("h", "Ann", "confirmed")], notes: [note("a", hold: "h")])
        #expect(silent.untold == ["a"])
    }

    @Test func whatCannotBeReadFailsTheCheckAndATornLastLineDoesNot() throws {
        let (holds, notes) = ([hold("h", "Ann", "confirmed")], [note("a", hold: "h")])
        #expect(try check(confirmed + refused + #"{"kind":"ans"#, holds: holds, notes: notes).holds)
        #expect(try !check("{\n" + confirmed + refused, holds: holds, notes: notes).holds)
        #expect(try !check(confirmed + refused, holds: holds + [("x", Array("{}".utf8))], notes: notes).holds)
    }

    @Test func itSharesNoCodeWithWhatItChecks() throws {
        let sources = BookingFiles.shipped.deletingLastPathComponent().appending(path: "../BookingVerify")
        let files = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        #expect(files.count >= 5)
        for file in files {
            for line in try String(contentsOf: sources.appending(path: file), encoding: .utf8).split(separator: "\n") {
                guard let place = line.range(of: "import "), !line.contains("//") else { continue }
                #expect(["Foundation", "VerifyFiles"].contains(String(line[place.upperBound...])), "\(file): \(line)")
            }
        }
    }
}
