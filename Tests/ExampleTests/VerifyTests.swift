import Foundation
import PaymentVerify
import Testing

@Suite struct VerifyTests {
    private let folder: Folder

    init() throws {
        folder = try Folder(payments: 1)
        try folder.write(
            """
            {"id":"a","amount":"1.50","payinAddress":"0xa"}
            {"id":"b","amount":"2","payinAddress":"0xb"}

            """,
            to: "in"
        )
    }

    private func paid(_ id: String, _ amount: String, to: String) -> String {
        #"{"kind":"payment","id":"\#(id)","amount":"\#(amount)","to":"\#(to)","attempt":1}"# + "\n"
    }

    private func call(_ id: String, attempt: Int, _ more: String = "") -> String {
        #"{"kind":"call","id":"\#(id)","attempt":\#(attempt),"answer":"nonce too low"\#(more)}"# + "\n"
    }

    private func check(_ ledger: String, store: StoreContents? = nil) throws -> Findings {
        try folder.write(ledger, to: "ledger")
        let (input, ledger) = (folder.path("in"), folder.path("ledger"))
        return Verification.check(
            try InputPayments(contentsOf: input),
            try LedgerContents(contentsOf: ledger),
            store: store
        )
    }

    private var both: String { paid("a", "1.5", to: "0xa") + paid("b", "2", to: "0xb") }

    @Test func eachPaidOnceHolds() throws {
        let findings = try check(both)
        #expect(findings.holds)
        #expect(findings.paid == 2)
    }

    @Test func aPaymentPaidTwiceIsFound() throws {
        #expect(try check(both + paid("b", "2", to: "0xb")).paidTwice == ["b"])
    }

    @Test func amountsOfABatchThatWouldBePaidTwiceOrNeverAreFound() throws {
        func wrong(_ ledger: String, failed: StoreContents.Failed?, batch: String?) throws -> [String] {
            let failed = failed.map { ["a": $0] } ?? [:]
            let store = StoreContents(
                failed: failed,
                unfinished: [],
                accumulations: [Accumulation("a.1", batch: batch)]
            )
            return try check(ledger, store: store).wrongBatches
        }
        let onlyB = paid("b", "2", to: "0xb")
        let gone = StoreContents.Failed(code: "X", isAmbiguous: false)
        #expect(try wrong(both, failed: nil, batch: "a") == [])
        #expect(try wrong(both, failed: nil, batch: nil) == ["a.1"], "its payment was made, and it waits for another")
        #expect(try wrong(onlyB, failed: gone, batch: nil) == [])
        #expect(try wrong(onlyB, failed: gone, batch: "a") == ["a.1"], "its payment is given up, and it does not wait")
        let unknown = StoreContents.Failed(code: "X", isAmbiguous: true)
        #expect(try wrong(onlyB, failed: unknown, batch: "a") == [])
        let brought = StoreContents.Failed(code: "X", isAmbiguous: false, isRecovered: true)
        #expect(try check(onlyB, store: StoreContents(failed: ["a": brought], unfinished: [])).lost == ["a"])
        #expect(try check(both, store: StoreContents(failed: ["a": brought], unfinished: [])).holds)
    }

    @Test func anotherAmountOrAddressIsFound() throws {
        #expect(try check(paid("a", "1.51", to: "0xa") + paid("b", "2", to: "0xb")).different == ["a"])
        #expect(try check(paid("a", "1.5", to: "0xb") + paid("b", "2", to: "0xb")).different == ["a"])
    }

    @Test func aPaymentThatNobodyAskedForIsFound() throws {
        #expect(try check(both + paid("c", "1", to: "0xc")).unknown == ["c"])
    }

    @Test func ofTwoFilesTheLedgerTellsWhatWasLost() throws {
        let a = paid("a", "1.5", to: "0xa")
        #expect(try check(a).lost == ["b"])
        #expect(try check("").lost == ["a", "b"])
        #expect(try check(a + call("b", attempt: 2)).lost == ["b"])
        #expect(try check(a + call("b", attempt: 3)).holds)
        #expect(try check(a + call("b", attempt: 1, #","final":true"#)).notMade == ["b": "nonce too low"])
    }

    @Test func withTheStoreEachMissingPaymentMustBeAmongTheFailedOnes() throws {
        let a = paid("a", "1.5", to: "0xa") + call("b", attempt: 3)
        #expect(try check(a, store: StoreContents(failed: [:], unfinished: [])).lost == ["b"])
        let failed = StoreContents(failed: ["b": .init(code: "NONCE_CONFLICT", isAmbiguous: false)], unfinished: [])
        #expect(try check(a, store: failed).holds)
        #expect(try check(a, store: failed).notMade == ["b": "NONCE_CONFLICT"])
        let waiting = try check(a, store: StoreContents(failed: [:], unfinished: ["b"]))
        #expect(waiting.unfinished == ["b"])
        #expect(!waiting.holds)
    }

    @Test func aPaymentThatWasMadeAndGivenUpIsFoundUnlessAPersonIsToldToLook() throws {
        for isAmbiguous in [true, false] {
            let failed = ["b": StoreContents.Failed(code: "X", isAmbiguous: isAmbiguous)]
            let findings = try check(both, store: StoreContents(failed: failed, unfinished: []))
            #expect(findings.holds == isAmbiguous)
            #expect(findings.paidAndGivenUp == (isAmbiguous ? [] : ["b"]))
        }
    }

    @Test func aLineThatCannotBeReadFailsTheCheckAndATornLastOneDoesNot() throws {
        #expect(try check(both + #"{"kind":"pay"#).holds)
        #expect(try !check("{\n" + both).holds)
    }

    @Test func aCheckThatHoldsSaysByItsStatusThatLinesWereLeftOut() async throws {
        let input = try folder.read("in")
        try folder.write(both, to: "ledger")
        for (more, status) in [("", Int32(0)), ("not json\n", 2)] {
            try folder.write(input + more, to: "in")
            let verified = try await Program.run(
                "verify",
                "--input",
                folder.path("in"),
                "--ledger",
                folder.path("ledger")
            )
            #expect(verified.status == status, "\(verified.output)")
        }
    }

    @Test func theLineThatNamesTheStoryOfALedgerIsPassedOver() throws {
        #expect(try check(#"{"story":"x"}"# + "\n" + both).holds)
        #expect(try !check(both + #"{"story":"x"}"# + "\n").holds)
    }

    @Test func itSharesNoCodeWithWhatItChecks() throws {
        let sources = Folder.shipped.deletingLastPathComponent().appending(path: "../PaymentVerify").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        #expect(files.count >= 5)
        for file in files {
            for line in try String(contentsOf: sources.appending(path: file), encoding: .utf8).split(separator: "\n") {
                guard let place = line.range(of: "import "), !line.contains("//") else { continue }
                let module = String(line[place.upperBound...])
                #expect(["Foundation", "CSQLite", "VerifyFiles"].contains(module), "\(file) imports \(module)")
            }
        }
    }
}
