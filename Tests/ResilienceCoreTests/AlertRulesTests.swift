import ResilienceTesting
import Testing

@testable import ResilienceCore

@Suite struct AlertRulesTests {
    /// What is reported, when, and the names of what is sent for it.
    private struct Step {
        let seconds: Int64
        let name: String
        let code: String?
        let subject: String
        let sent: [String]

        init(_ seconds: Int64, _ name: String, _ code: String?, _ subject: String, _ sent: [String]) {
            (self.seconds, self.name, self.code, self.subject, self.sent) = (seconds, name, code, subject, sent)
        }

        var alert: ResilienceAlert {
            ResilienceAlert(name, .high, code: code, subject: subject, at: Timestamp(seconds: seconds), message: "")
        }
    }

    private func check(_ rules: [AlertRule], deduplication: Duration = .zero, _ steps: [Step]) {
        var machine = AlertRules(rules, deduplication: deduplication)
        for (number, step) in steps.enumerated() {
            let sent = machine.report(step.alert, at: Timestamp(seconds: step.seconds)).map(\.name)
            #expect(sent == step.sent, "step \(number)")
        }
    }

    private let threshold = ["alert.threshold"]

    @Test func withoutARuleThatMatchesNothingIsSent() {
        check([], [Step(0, "a", nil, "1", [])])
        check([.each(name: "a"), .each(code: "X")], [Step(0, "b", nil, "1", []), Step(0, "b", "Y", "1", [])])
    }

    @Test func anAlertThatSeveralRulesSendIsSentOnce() {
        check([.each(), .each(name: "a"), .each(code: "X")], [Step(0, "a", "X", "1", ["a"])])
    }

    @Test func anyInsufficientFundsIsSentAtMostOnceIn60Seconds() {
        let rule = AlertRule.each(code: "INSUFFICIENT_FUNDS", atMostOncePer: .seconds(60))
        check(
            [rule],
            [
                Step(0, "payment.failed", "INSUFFICIENT_FUNDS", "1", ["payment.failed"]),
                Step(59, "payment.failed", "INSUFFICIENT_FUNDS", "2", []),
                Step(59, "payment.failed", "OTHER", "2", []),
                Step(60, "payment.failed", "INSUFFICIENT_FUNDS", "3", ["payment.failed"]),
                Step(61, "payment.failed", "INSUFFICIENT_FUNDS", "4", []),
            ]
        )
    }

    @Test func moreThanFiveInAnHourIsSentOnTheSixthAndThenOncePerHour() {
        let rule = AlertRule.moreThan(5, name: "payment.failed", within: .seconds(3600))
        var steps = (0..<5).map { Step($0 * 600, "payment.failed", nil, "\($0)", []) }
        steps += [
            Step(2500, "other", nil, "x", []),
            Step(3599, "payment.failed", nil, "6", threshold),
            Step(3600, "payment.failed", nil, "7", []),
        ]
        // The seventh begins anew: by 7199 there are more than five again, but the hour of silence is not over.
        steps += (0..<6).map { Step(6000 + $0, "payment.failed", nil, "n\($0)", []) }
        steps += [Step(7199, "payment.failed", nil, "z", threshold)]
        check([rule], steps)
    }

    @Test func exactlyAWindowApartIsNotWithinIt() {
        let rule = AlertRule.moreThan(1, within: .seconds(10))
        check([rule], [Step(0, "a", nil, "1", []), Step(10, "a", nil, "2", []), Step(19, "a", nil, "3", threshold)])
    }

    @Test func moreThanZeroIsTheFirst() {
        check(
            [.moreThan(0, within: .seconds(10))],
            [
                Step(0, "a", nil, "1", threshold), Step(9, "a", nil, "2", []), Step(10, "a", nil, "3", threshold),
            ]
        )
    }

    @Test func moreThanTenOfACodeCountAlsoWhatIsNotSentAgain() {
        let rules: [AlertRule] = [.each(), .moreThan(10, code: "RATE_LIMIT_EXCEEDED", within: .seconds(3600))]
        var steps = [Step(0, "limited", "RATE_LIMIT_EXCEEDED", "gateway", ["limited"])]
        steps += (1..<10).map { Step($0, "limited", "RATE_LIMIT_EXCEEDED", "gateway", []) }
        steps += [Step(10, "limited", "RATE_LIMIT_EXCEEDED", "gateway", threshold)]
        check(rules, deduplication: .seconds(60), steps)
    }

    @Test func theSameAlertIsNotSentAgainWithinTheWindow() {
        check(
            [.each()],
            deduplication: .seconds(60),
            [
                Step(0, "a", "X", "1", ["a"]), Step(59, "a", "X", "1", []), Step(59, "a", "X", "2", ["a"]),
                Step(59, "a", "Y", "1", ["a"]), Step(60, "a", "X", "1", ["a"]), Step(100, "a", "X", "1", []),
            ]
        )
    }

    @Test func aRepetitionDoesNotUseUpWhatARuleMaySend() {
        check(
            [.each(name: "a"), .each(code: "X", atMostOncePer: .seconds(60))],
            deduplication: .seconds(600),
            [
                Step(0, "a", "X", "1", ["a"]), Step(70, "a", "X", "1", []), Step(71, "b", "X", "2", ["b"]),
            ]
        )
    }

    @Test func whatIsRememberedIsBounded() {
        var machine = AlertRules([.each()], deduplication: .seconds(3600))
        let now = Timestamp(seconds: 0)
        func report(_ number: Int) -> Int {
            machine.report(ResilienceAlert("a", .low, subject: "\(number)", at: now, message: ""), at: now).count
        }
        let most = AlertRules.rememberedIDs
        for number in 0..<(2 * most + 5) { #expect(report(number) == 1) }
        #expect(report(2 * most + 4) == 0)
        #expect(report(0) == 1)
    }

    @Test func theAlertOfACountSaysWhatWasCounted() throws {
        var machine = AlertRules([.moreThan(1, name: "failed", code: "X", within: .seconds(60))], deduplication: .zero)
        let now = Timestamp(seconds: 0)
        let alert = ResilienceAlert("failed", .critical, code: "X", subject: "p2", at: now, message: "")
        _ = machine.report(alert, at: now)
        let sent = try #require(machine.report(alert, at: now).first)
        #expect(sent.severity == .critical)
        #expect(sent.subject == "failed X")
        #expect(sent.message == "More than 1 within 60 s")
        #expect(sent.attributes["latest"] == "p2")
    }

    @Test func rulesThatCannotBeAreRefused() {
        let wrong: [AlertRule] = [
            .moreThan(-1, within: .seconds(1)), .moreThan(.max, within: .seconds(1)), .moreThan(1, within: .zero),
            .each(atMostOncePer: .seconds(-1)),
        ]
        for rule in wrong { #expect(throws: InvalidArgument.self) { try AlertRouter(to: [], rules: [rule]) } }
    }
}
