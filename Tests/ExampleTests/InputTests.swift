import ExampleSupport
import Foundation
import PaymentVerify
import Testing

@testable import PaymentFlow

@Suite struct InputTests {
    @Test(arguments: [
        ("1", "1"), ("0.50", "0.5"), ("007.10", "7.1"), ("0.000000000000000001", "0.000000000000000001"), ("10.", nil),
        (".5", nil), ("", nil), ("0", nil), ("0.00", nil), ("-1", nil), ("+1", nil), ("1e3", nil), ("NaN", nil),
        ("1,5", nil),
        (" 1", nil), ("0x10", nil), ("١", nil), ("1.2.3", nil), ("1234567890123456789", nil),
        ("1.0000000000000000001", nil),
    ])
    func anAmountIsAPositiveDecimalNumber(text: String, shortest: String?) {
        #expect((try? Amount(text))?.description == shortest)
    }

    private static let good = #""id":"a","amount":"1","payinAddress":"0x1""#

    @Test(
        arguments: [
            ("{]", nil, "is not JSON"), ("[1]", nil, "is JSON, but no object"), ("17", nil, "is JSON, but no object"),
            (#"{"id":"a","payinAddress":"0x1"}"#, "amount", "is missing"),
            (#"{"id":"a","amount":null,"payinAddress":"0x1"}"#, "amount", "is missing"),
            (#"{"id":"a","amount":"-4","payinAddress":"0x1"}"#, "amount", #"is negative: "-4""#),
            (#"{"id":"a","amount":-4,"payinAddress":"0x1"}"#, "amount", #"is negative: "-4""#),
            (#"{"id":"a","amount":"0.0","payinAddress":"0x1"}"#, "amount", "is zero"),
            (#"{"id":"a","amount":"ten","payinAddress":"0x1"}"#, "amount", #"is no decimal number: "ten""#),
            (#"{"id":"a","amount":[1],"payinAddress":"0x1"}"#, "amount", "is no decimal number"),
            (#"{"amount":"1","payinAddress":"0x1"}"#, "id", "is missing"),
            (#"{"id":"","amount":"1","payinAddress":"0x1"}"#, "id", "is empty"),
            (#"{"id":7,"amount":"1","payinAddress":"0x1"}"#, "id", "is not a string"),
            (#"{"id":"a\u0000b","amount":"1","payinAddress":"0x1"}"#, "id", "holds a control character"),
            (#"{"id":"a","amount":"1"}"#, "payinAddress", "is missing"),
            ("{\(good),\"context\":\"later\"}", "context", #"is "later"; it may be one of instant, threshold, batch"#),
        ] as [(String, String?, String)]
    )
    func aBadLineIsReportedWithFileLineAndField(line: String, field: String?, reason: String) {
        let text = "\n" + line + "\n" + #"{"id":"b","amount":2.50,"payinAddress":"0x2"}"#
        let input = PaymentInput(InputFile(name: "f.jsonl", bytes: Data(text.utf8)))
        #expect(input.problems == [InputProblem(file: "f.jsonl", line: 2, field: field, reason: reason)])
        #expect(input.payments.items.map(\.id) == ["b"])
        #expect(input.payments.items.first?.amount.description == "2.5")
        #expect(input.payments.placed.first?.line == 3)
    }

    @Test func aRepeatedIDIsFineWithTheSameContentAndReportedWithOther() {
        let text = """
            {\(Self.good)}\r
            {"payinAddress":"0x1","amount":"1.0","id":"a","note":"ignored"}
            {"id":"a","amount":"2","payinAddress":"0x1"}
            """
        let input = PaymentInput(InputFile(name: "f", bytes: Data(text.utf8)))
        #expect(input.payments.count == 1)
        #expect(input.repeated == 1)
        #expect(
            input.problems.map(\.description) == ["f:3: id \"a\" stands on line 1 with other content; that one counts"]
        )
    }

    @Test func theCheckTakesTheSameLinesForPaymentsThoughItSharesNoCode() throws {
        let fields = [
            #""amount":"1""#, #""amount":"-1""#, #""amount":0"#, #""amount":0.10"#, #""amount":1e2"#, #""amount":null"#,
            #""amount":"1234567890123456789""#, #""amount":true"#, #""apiID":7,"amount":"1""#,
            #""apiID":null,"amount":"1""#,
            #""context":"batch","amount":"1""#, #""context":"","amount":"1""#, #""id":"x","amount":"9""#,
            #""id":"","amount":"9""#,
            "\"amount\":\"1\",\"apiID\":\"\(String(repeating: "a", count: 257))\"", #""payinAddress":"","amount":"1""#,
        ]
        let lines = fields.enumerated().map { number, fields in
            var line = fields
            if !line.contains("\"id\"") { line += #","id":"\#(number)""# }
            if !line.contains("payinAddress") { line += #","payinAddress":"0x1""# }
            return "{\(line)}"
        }
        let text = (lines + [#"{"id":"x","amount":"8","payinAddress":"0x1"}"#, "{", "[]", ""]).joined(separator: "\n")
        let folder = try Folder(payments: 1)
        try folder.write(text, to: "mixed.jsonl")
        let flow = try PaymentInput.read(folder.path("mixed.jsonl"))
        let check = try InputPayments(contentsOf: folder.path("mixed.jsonl"))
        #expect(Set(flow.payments.items.map(\.id)) == Set(check.payments.keys))
        #expect(flow.problems.count == check.badLines)
        #expect(flow.problems.count > 5)
        #expect(flow.payments.count > 4)
    }

    @Test func theShippedInputIs2000PaymentsWithoutAProblem() throws {
        let input = try PaymentInput.read(Folder.shipped.path)
        #expect(input.payments.count == 2_000)
        #expect(input.problems.isEmpty)
        #expect(Set(input.payments.items.map(\.context)) == Set(Payment.Context.allCases))
    }
}
