import Foundation
import RentalVerify
import Testing

/// The check of rentals finds each violation, in files written by hand.
@Suite struct RentalCheckTests {
    private let folder: Folder

    init() throws {
        folder = try Folder(payments: 1)
        try folder.write(
            """
            {"id":"a","service":"wa","country":"us","at":0}
            {"id":"b","service":"tg","country":"gb","at":3,"maxPrice":1500}

            """,
            to: "in"
        )
    }

    // MARK: The parts of a run

    private func sale(_ request: String, _ activation: String, service: String = "wa", country: String = "us") -> String
    {
        #"{"kind":"sale","vendor":"v","reference":"rent/\#(request)/buy","activation":"\#(activation)","phone":"+1","#
            + #""service":"\#(service)","country":"\#(country)","cents":2000,"at":1,"calledAt":1}"# + "\n"
    }

    private func cancellation(_ activation: String, cents: Int = 2_000) -> String {
        #"{"kind":"cancellation","vendor":"v","activation":"\#(activation)","cents":\#(cents),"at":1,"calledAt":1}"#
            + "\n"
    }

    private func rental(_ request: String, _ activation: String, phone: String = "+1", cents: Int = 2_000) -> (
        name: String, value: [UInt8]
    ) {
        let bought = #"{"vendor":"v","id":"\#(activation)","phone":"\#(phone)","cents":\#(cents)}"#
        return (request, Array(#"{"request":{"id":"\#(request)"},"activation":\#(bought),"savedAt":1}"#.utf8))
    }

    private func saga(_ request: String, _ state: String) -> (name: String, value: [UInt8]) {
        (request, Array(#"{"state":"\#(state)","version":1}"#.utf8))
    }

    private func check(
        _ ledger: String,
        _ rentals: [(name: String, value: [UInt8])],
        _ sagas: [(name: String, value: [UInt8])]? = nil,
        log: [(name: String, value: [UInt8])] = []
    ) throws -> RentalFindings {
        try folder.write(ledger, to: "l")
        return RentalCheck.findings(
            try AskedRentals(contentsOf: folder.path("in")),
            try VendorContents(contentsOf: folder.path("l")),
            StoredRentals(["sms.rentals": rentals, "saga.rent": sagas ?? done, "saga.rent.log": log])
        )
    }

    private var done: [(name: String, value: [UInt8])] { [saga("a", "completed"), saga("b", "compensated")] }
    private var good: String { sale("a", "1") + sale("b", "2", service: "tg", country: "gb") + cancellation("2") }

    // MARK: Findings

    @Test func aRunAsItShouldBeHolds() throws {
        let found = try check(good, [rental("a", "1")])
        #expect(found.holds, "\(found.lines)")
        #expect((found.rented, found.refused, found.sold, found.cancelled, found.cents) == (1, 1, 2, 1, 2_000))
    }

    @Test func aSecondPurchaseIsFoundEvenIfItWasCancelled() throws {
        #expect(try check(good + sale("a", "3") + cancellation("3"), [rental("a", "1")]).boughtTwice == ["a"])
    }

    @Test func anActivationThatIsNeitherSavedNorCancelledIsFound() throws {
        let kept = sale("a", "1") + sale("b", "2", service: "tg", country: "gb")
        #expect(try check(kept, [rental("a", "1")]).astray == ["v 2"])
    }

    @Test func whatWasBoughtAndStandsInNoBookIsFound() throws {
        let log: [(name: String, value: [UInt8])] = [
            ("b|0000000000", Array("[]".utf8)), ("b|input", Array("{}".utf8)),
            ("b|output|buy", Array(#"{"vendor":"v","id":"2","phone":"+1","cents":2000}"#.utf8)),
        ]
        #expect(try check(good, [rental("a", "1")], log: log).holds)
        #expect(try check(sale("a", "1"), [rental("a", "1")], log: log).different == ["b"])
        let others = sale("a", "1") + sale("a", "2") + cancellation("2")
        #expect(try check(others, [rental("a", "1")], log: log).different == ["b"])
    }

    @Test func aSaleBelongsToItsRequestWhateverItIsCalled() throws {
        try folder.write(#"{"id":"a/b%2Fc","service":"wa","country":"us","at":0}"# + "\n", to: "in")
        let ledger = sale("a%2Fb%252Fc", "1")
        let found = try check(ledger, [rental("a/b%2Fc", "1")], [saga("a/b%2Fc", "completed")])
        #expect(found.holds, "\(found.lines)")
    }

    @Test func aPriceBeyondAllReasonIsADamagedLine() throws {
        let huge = sale("a", "1").replacing("2000", with: "9223372036854775807")
        for line in [huge, sale("a", "1").replacing("2000", with: "-1"), cancellation("2", cents: .max)] {
            #expect(try check(good + line + line, [rental("a", "1")]).damaged == ["2 lines of the ledger"])
        }
    }

    @Test func whatIsNotPaidBackExactlyOnceIsFound() throws {
        #expect(try check(good + cancellation("2"), [rental("a", "1")]).refundedWrongly == ["v 2"])
        let less = sale("a", "1") + sale("b", "2") + cancellation("2", cents: 1_999)
        #expect(try check(less, [rental("a", "1")]).refundedWrongly == ["v 2"])
    }

    @Test func aRentalWhoseActivationWasCancelledIsFound() throws {
        #expect(try check(good + cancellation("1"), [rental("a", "1")]).savedAndCancelled == ["a"])
        let kept = [rental("a", "1"), rental("b", "2")]
        #expect(try check(good, kept).savedAndCancelled == ["b", "b"])
    }

    @Test func aRentalThatIsNotWhatWasSoldOrAskedForIsFound() throws {
        for wrong in [rental("a", "9"), rental("a", "1", phone: "+2"), rental("a", "1", cents: 1), rental("a", "2")] {
            #expect(try check(good, [wrong]).different == ["a"])
        }
        let other = sale("a", "1", service: "go") + sale("b", "2") + cancellation("2")
        #expect(try check(other, [rental("a", "1")]).different == ["a"])
        // Completed, and nothing is there.
        #expect(try check(cancelledBoth, []).different == ["a"])
    }

    private var cancelledBoth: String { good + cancellation("1") }

    @Test func whatNobodyAskedForAndWhatHasNoEndIsFound() throws {
        let stray = try check(good + sale("x", "7") + cancellation("7"), [rental("a", "1")])
        #expect(stray.unknown == ["v 7"])
        let open = try check(good, [rental("a", "1")], [saga("a", "running")])
        #expect(open.unfinished == ["a", "b"])
        #expect(
            try check(good, [rental("a", "1")], [saga("a", "completed"), saga("b", "needsAttention")]).halted == ["b"]
        )
    }

    @Test func whatCannotBeReadFailsTheCheckAndATornLastLineDoesNot() throws {
        #expect(try check(good + #"{"kind":"sal"#, [rental("a", "1")]).holds)
        #expect(try !check("{\n" + good, [rental("a", "1")]).holds)
        #expect(try !check(good + cancellation("8"), [rental("a", "1")]).holds)
        #expect(try !check(good + sale("a", "1"), [rental("a", "1")]).holds)
        #expect(try !check(good, [rental("a", "1"), ("x", Array("{}".utf8))]).holds)
    }

    @Test func itSharesNoCodeWithWhatItChecks() throws {
        let sources = RentalFiles.shipped.deletingLastPathComponent().appending(path: "../RentalVerify")
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

enum RentalFiles {
    static var shipped: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples/SMSRentalFlow/requests.jsonl").standardizedFileURL
    }
}
