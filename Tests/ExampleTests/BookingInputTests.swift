import BookingVerify
import ExampleSupport
import Foundation
import ResilienceCore
import Testing

@testable import BookingFlow

@Suite struct BookingInputTests {
    private static let good = #""id":"a","customer":"Ann","resource":"court","from":"08:00","until":"09:00","at":0"#

    @Test(
        arguments: [
            ("{]", nil, "is not JSON"), ("[1]", nil, "is JSON, but no object"),
            ("{\(good)}", "plan", "is missing"),
            (
                "{\(good),\"plan\":\"steal\"}", "plan",
                #"is "steal"; it may be one of confirm, pay, payAtDesk, release, leave"#
            ),
            ("{\(good),\"plan\":\"pay\",\"quantity\":2}", "quantity", "is 2; of court there are 1"),
            ("{\(good),\"plan\":\"pay\",\"quantity\":0}", "quantity", "is 0; allowed is 1 to 10000"),
            ("{\(good),\"plan\":\"pay\",\"after\":\"soon\"}", "after", "is not a whole number"),
            ("{\(good),\"plan\":\"pay\",\"with\":[\"court\"]}", "with", #""court" is unknown or named twice"#),
            ("{\(good),\"plan\":\"pay\",\"with\":\"hall\"}", "with", "is not a list of names"),
            (
                #"{"id":"a","customer":"Ann","resource":"court","from":"09:00","until":"09:00"}"#, "until",
                "is not after from"
            ),
            (
                #"{"id":"a","customer":"Ann","resource":"court","from":"8:00","until":"09:00"}"#, "from",
                #"is no time of the day like 08:30: "8:00""#
            ),
            (
                #"{"id":"a|b","customer":"Ann","resource":"court","from":"08:00","until":"09:00","at":0,"plan":"pay"}"#,
                "id", "holds a |"
            ),
            (#"{"name":"hall","units":2,"pooled":3}"#, "pooled", "stands beside units; one is allowed"),
            (#"{"name":"court","units":2}"#, "name", #""court" stands on line 1 with other content; that one counts"#),
            (#"{"customer":"Ann"}"#, "id", "is missing"),
            ("{\(good),\"plan\":\"pay\",\"keep\":5}", "keep", "stands without cancel"),
            ("{\(good),\"plan\":\"pay\",\"cancel\":0}", "cancel", "is 0; allowed is 1 to 86400"),
            ("{\(good),\"plan\":\"pay\",\"trainer\":1}", "trainer", "is neither true nor false"),
            ("{\(good),\"plan\":\"pay\",\"note\":\"\"}", "note", "is empty"),
            (#"{"contact":"Ann","devices":"phone"}"#, "devices", "is not a list of names"),
            (#"{"contact":"Ann","devices":["a","a"]}"#, "devices", "name a token twice"),
            (
                #"{"contact":"Ann","gone":{"a":-1}}"#, "gone",
                "is no object of at most 20 tokens with 0 to 365 days each"
            ),
        ] as [(String, String?, String)]
    )
    func aBadLineIsReportedWithFileLineAndField(line: String, field: String?, reason: String) {
        let after =
            #"{"id":"b","customer":"Bob","resource":"court","from":"10:00","until":"24:00","at":5,"plan":"leave"}"#
        let text = "{\"name\":\"court\"}\n" + line + "\n" + after
        let input = DayInput(InputFile(name: "f.jsonl", bytes: Data(text.utf8)))
        #expect(input.problems == [InputProblem(file: "f.jsonl", line: 2, field: field, reason: reason)])
        #expect(input.requests.items.map(\.id) == ["b"])
        #expect(input.requests.items.first?.until == 1_440)
    }

    @Test func theCheckTakesTheSameLinesThoughItSharesNoCode() throws {
        let fields = [
            #""plan":"pay""#, #""plan":"pay","quantity":2"#, #""plan":"pay","quantity":true"#,
            #""plan":"pay","after":0"#,
            #""plan":"pay","with":["hall"]"#, #""plan":"pay","with":["hall","hall"]"#, #""plan":"none""#,
            #""plan":null"#,
            #""plan":"pay","cents":0"#, #""plan":"payAtDesk","payments":2"#, #""plan":"payAtDesk","payments":3"#,
            #""plan":"pay","extend":901"#, #""plan":"pay","at":-1"#, #""plan":"pay","until":"24:01""#,
            #""plan":"pay","from":"08:60""#, #""plan":"pay","customer":"""#, #""plan":"pay","resource":"nothing""#,
            #""plan":"leave","id":"x""#, #""plan":"pay","id":"x""#, #""plan":"pay","id":"a|b""#,
            #""plan":"pay","id":"""#,
            #""plan":"pay","cancel":60,"keep":5,"note":"n","trainer":true"#, #""plan":"pay","keep":5"#,
            #""plan":"pay","cancel":0"#, #""plan":"pay","note":"""#, #""plan":"pay","trainer":1"#,
        ]
        let usual = [
            "id": #""0""#, "customer": #""Ann""#, "resource": #""court""#, "from": #""08:00""#, "until": #""09:00""#,
            "at": "0",
        ]
        let lines = fields.enumerated().map { number, own in
            let rest = usual.filter { !own.contains("\"\($0.key)\"") }
                .map { "\"\($0.key)\":\($0.key == "id" ? "\"\(number)\"" : $0.value)" }
            return "{" + ([own] + rest).joined(separator: ",") + "}"
        }
        let contacts = [
            #"{"contact":"Ann","mail":"ann@x.example","devices":["p"],"gone":{"q":9}}"#, #"{"contact":"Ann"}"#,
            #"{"contact":"Bob","devices":["p","p"]}"#, #"{"contact":"Cem","gone":{"q":366}}"#, #"{"contact":"Dan"}"#,
        ]
        let resources = [#"{"name":"court"}"#, #"{"name":"hall","units":0}"#, #"{"name":"hall","units":3}"#]
        let text = (resources + contacts + lines + ["{", ""]).joined(separator: "\n")
        let folder = try Folder(payments: 1)
        try folder.write(text, to: "mixed.jsonl")
        let flow = try DayInput.read(folder.path("mixed.jsonl"))
        let check = try AskedDay(contentsOf: folder.path("mixed.jsonl"))
        let asked = DayInput.asked(flow.resources.values, flow.contacts.values, flow.requests.items)
        #expect(asked.requests == check.requests)
        #expect(asked.resources == check.resources)
        #expect(asked.contacts == check.contacts)
        #expect(flow.contacts.count == 2)
        #expect(flow.problems.count == check.badLines)
        #expect(flow.problems.count > 10)
        #expect(flow.requests.count == 5)
    }

    @Test func theShippedDayIs400RequestsForSixResourcesWithoutAProblem() throws {
        let input = try DayInput.read(BookingFiles.shipped.path)
        #expect(input.problems.isEmpty)
        #expect(input.requests.count == 400)
        #expect(input.resources.count == 6)
        #expect(input.resources.values.contains { $0.pooled != nil })
        #expect(Set(input.requests.items.map(\.plan)) == Set(Request.Plan.allCases))
        #expect(input.requests.items.count { $0.cancel != nil } > 100)
        #expect(input.contacts.count == Set(input.requests.items.map(\.customer)).count)
    }

    @Test func S35_ofSixDevicesThatAreGoneThoseGoThatWereMarkedOverAWeekAgo() {
        let now = TimeKeeping.epoch
        let gone = ["a": 30, "b": 8, "c": 7, "d": 3, "e": 1]
        var note = ContactNote(Contact(customer: "Ann", mail: "a@x", devices: ["f", "g"], gone: gone), at: now)
        #expect(note.tokens == ["f", "g"])
        #expect(note.devices.count == 7)
        let isNew = note.mark("f", at: now)
        #expect(isNew)
        #expect(note.devices.keys.sorted() == ["c", "d", "e", "f", "g"])
        #expect(note.tokens == ["g"])
        let repeated = [note.mark("f", at: now), note.mark("unknown", at: now), note.mark("a@x", at: now)]
        #expect(repeated == [false, false, true])
        #expect(note.mailGoneAt == now)
    }

    @Test func aPaymentIsTheSameWithinFiveMinutesOrOfTheSameSlip() {
        let start = TimeKeeping.epoch
        let note = SlipNote(entries: [.init(slip: "one", at: start)])
        #expect(note.hasRecorded("two", at: start.advanced(by: .seconds(299))))
        #expect(!note.hasRecorded("two", at: start.advanced(by: .seconds(300))))
        #expect(note.hasRecorded("one", at: start.advanced(by: .seconds(9_999))))
    }
}
