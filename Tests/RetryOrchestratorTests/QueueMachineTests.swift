import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Testing

@Suite("The machine of a queued item")
struct QueueMachineTests {
    private typealias Machine = QueueMachine<String>
    private let now = Timestamp(seconds: 1_000_000)
    private let fence = Revision(rawValue: 7)
    private let busy = Classification(.rateLimited, isAmbiguous: false, code: "BUSY", rule: "test")
    private let timeout = Classification(.timeout, isAmbiguous: true, code: "TIMEOUT", rule: "test")
    private let refused = Classification(.validation, isAmbiguous: false, code: "REFUSED", rule: "test")

    private func machine(asks: Bool = false, idempotent: Bool = false, attempts: Int = 0) -> Machine {
        var item = RetryItem("payload", submittedAt: now)
        item.attempts = attempts
        let rules = QueueRules(
            attemptLimit: 3,
            deliveryLimit: 10,
            isIdempotent: idempotent,
            canAsk: asks,
            settleTime: .seconds(5),
            questionLimit: 3,
            questionWait: .seconds(10)
        )
        return Machine(item: item, rules: rules)
    }

    /// A decision that waits a minute while attempts are left and the failure passes.
    private func decide(_ state: RetryState, _ verdict: Classification) -> Duration? {
        verdict.disposition.resends && state.attempts < 3 ? .seconds(60) : nil
    }

    private func isCall(_ action: Machine.Action, _ attempt: Int) -> Bool {
        if case .call(let number) = action { number == attempt } else { false }
    }

    private func isAsk(_ action: Machine.Action, _ attempt: Int) -> Bool {
        if case .ask(let intent) = action { intent.attempt == attempt } else { false }
    }

    private func givenUp(_ action: Machine.Action) -> Machine.GivenUp? {
        if case .giveUp(let reason) = action { reason } else { nil }
    }

    private func givenUp(_ ending: Machine.Ending) -> Machine.GivenUp? {
        if case .giveUp(let reason) = ending { reason } else { nil }
    }

    private func wait(_ ending: Machine.Ending) -> Duration? {
        if case .wait(let delay) = ending { delay } else { nil }
    }

    @Test func aNewItemIsCalledAndItsIntentIsRemembered() {
        var machine = machine()
        #expect(isCall(machine.delivered(times: 1, at: now), 1))
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(machine.item.attempts == 1)
        #expect(machine.item.intent?.attempt == 1)
        #expect(machine.item.intent?.fence == fence)
    }

    @Test func aPassingFailureWaitsAndAnotherAttemptFollows() {
        var machine = machine()
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.failed(busy, at: now, wait: decide)) == .seconds(60))
        #expect(machine.item.intent == nil)
        #expect(machine.item.history.map(\.outcome) == [.failed])
        #expect(isCall(machine.delivered(times: 1, at: now), 2))
    }

    @Test func theLastAttemptsFailureGivesUpWithItsCode() {
        var machine = machine(attempts: 2)
        machine.begin(attempt: 3, fence: fence, at: now)
        let reason = givenUp(machine.failed(busy, at: now, wait: decide))
        #expect(reason?.code == "BUSY")
        #expect(reason?.isAmbiguous == false)
    }

    @Test func aPermanentFailureGivesUpAtOnce() {
        var machine = machine()
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(givenUp(machine.failed(refused, at: now, wait: decide))?.code == "REFUSED")
    }

    @Test func anAmbiguousFailureIsAskedAboutBeforeAnythingIsSentAgain() {
        var machine = machine(asks: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.failed(timeout, at: now, wait: decide)) == .seconds(5))
        #expect(isAsk(machine.delivered(times: 1, at: now), 1))
    }

    @Test func anAmbiguousFailureThatNobodyCanTellIsGivenUpAsAmbiguous() {
        var machine = machine()
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.failed(timeout, at: now, wait: decide)) == .zero)
        let reason = givenUp(machine.delivered(times: 1, at: now))
        #expect(reason?.isAmbiguous == true)
        #expect(reason?.code == "TIMEOUT")
        #expect(machine.item.history.map(\.outcome) == [.unresolved])
    }

    @Test func anAmbiguousFailureOfAnIdempotentOperationIsSentAgainAndStaysOpen() {
        var machine = machine(idempotent: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.failed(timeout, at: now, wait: decide)) == .seconds(60))
        #expect(isCall(machine.delivered(times: 1, at: now), 2))
        machine.begin(attempt: 2, fence: fence, at: now)
        // The second attempt fails for good; the first may have been applied all the same.
        #expect(givenUp(machine.failed(refused, at: now, wait: decide))?.isAmbiguous == true)
    }

    @Test(arguments: [(true, false), (false, true), (false, false)])
    func anIntentThatACrashLeftIsAskedAboutSentAgainOrGivenUp(asks: Bool, idempotent: Bool) {
        var machine = machine(asks: asks, idempotent: idempotent)
        machine.begin(attempt: 1, fence: fence, at: now)
        let action = machine.delivered(times: 2, at: now)
        switch (asks, idempotent) {
        case (true, _): #expect(isAsk(action, 1))
        case (false, true): #expect(isCall(action, 2))
        case (false, false): #expect(givenUp(action)?.code == FailureCode.outcomeUnknown)
        }
    }

    @Test func theLastAttemptsIntentIsNeverSentAgainOverTheLimit() {
        var machine = machine(idempotent: true, attempts: 2)
        machine.begin(attempt: 3, fence: fence, at: now)
        let reason = givenUp(machine.delivered(times: 2, at: now))
        #expect(reason?.isAmbiguous == true)
    }

    @Test func anAttemptFoundAppliedHasSucceeded() {
        var machine = machine(asks: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        machine.succeeded(.foundApplied, at: now)
        #expect(machine.item.hadAmbiguity)
        #expect(machine.item.intent == nil)
        #expect(machine.item.history.map(\.outcome) == [.foundApplied])
    }

    @Test func anAttemptFoundNotAppliedIsFollowedByAnotherOne() {
        var machine = machine(asks: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        _ = machine.failed(timeout, at: now, wait: decide)
        #expect(wait(machine.notApplied(at: now, wait: decide)) == .seconds(60))
        #expect(isCall(machine.delivered(times: 1, at: now), 2))
    }

    @Test func theLastAttemptFoundNotAppliedIsAnUnambiguousFailure() {
        var machine = machine(asks: true, attempts: 2)
        machine.begin(attempt: 3, fence: fence, at: now)
        _ = machine.failed(timeout, at: now, wait: decide)
        let reason = givenUp(machine.notApplied(at: now, wait: decide))
        #expect(reason?.isAmbiguous == false)
        #expect(reason?.code == "TIMEOUT")
    }

    @Test func aCutOffAttemptFoundNotAppliedIsMadeAgainAtOnceWithinTheLimit() {
        var machine = machine(asks: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.notApplied(at: now, wait: decide)) == .zero)
        var last = self.machine(asks: true, attempts: 2)
        last.begin(attempt: 3, fence: fence, at: now)
        #expect(givenUp(last.notApplied(at: now, wait: decide))?.code == FailureCode.attemptLimitExceeded)
    }

    @Test func aQuestionWithoutAnAnswerIsAskedAgainAndThenGivenUp() {
        var machine = machine(asks: true)
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(wait(machine.stillUnknown(at: now)) == .seconds(10))
        #expect(wait(machine.stillUnknown(at: now)) == .seconds(20))
        let reason = givenUp(machine.stillUnknown(at: now))
        #expect(reason?.isAmbiguous == true)
        #expect(reason?.code == FailureCode.outcomeUnknown)
    }

    @Test func anItemDeliveredTooOftenWithoutAnOutcomeIsPoison() {
        var machine = machine()
        #expect(givenUp(machine.delivered(times: 11, at: now))?.code == FailureCode.poison)
        machine.begin(attempt: 1, fence: fence, at: now)
        #expect(givenUp(machine.delivered(times: 11, at: now))?.isAmbiguous == true)
    }

    @Test func aDeliveryPastTheLimitRunsNothing() {
        var machine = machine(attempts: 3)
        #expect(givenUp(machine.delivered(times: 1, at: now))?.code == FailureCode.attemptLimitExceeded)
    }

    @Test func theHistoryKeepsTheLastTwenty() {
        var machine = machine(asks: true)
        for number in 1...25 {
            machine.begin(attempt: number, fence: fence, at: now)
            _ = machine.notApplied(at: now) { _, _ in .zero }
        }
        #expect(machine.item.history.count == 20)
        #expect(machine.item.history.first?.number == 6)
    }
}
