import ErrorClassification
import ResilienceCore
import RetryOrchestrator
import Saga
import Testing

/// The machine, without store or clock: which state follows from which event, and what is done next in each.
@Suite struct SagaProgressTests {
    private static let now = Timestamp(seconds: 1_000)
    private static let later = Timestamp(seconds: 1_010)

    private static func event(
        _ kind: SagaEvent.Kind,
        _ step: String? = "a",
        attempt: Int? = nil,
        until: Timestamp? = nil,
        state: SagaState? = nil,
        failing part: SagaFailure.Part? = nil
    ) -> SagaEvent {
        var event = SagaEvent(kind, at: now, step: step, attempt: attempt, until: until)
        event.state = state
        event.failure = part.map { SagaFailure(step: step ?? "", part: $0, error: "E", attempts: 1, at: now) }
        return event
    }

    /// The events that bring step `a` into each state.
    private static func way(to state: StepState) -> [SagaEvent] {
        switch state {
        case .pending: []
        case .running: [event(.began)]
        case .uncertain: [event(.began), event(.uncertain, failing: .run)]
        case .waiting: [event(.began), event(.retrying, until: later, failing: .run)]
        case .completed: [event(.began), event(.succeeded)]
        case .skipped: [event(.skipped)]
        case .failed: [event(.began), event(.failed, failing: .run)]
        case .doubtful: [event(.began), event(.doubtful, failing: .run)]
        case .unresolved: [event(.began), event(.unresolved, failing: .run)]
        case .undoing: [event(.cancelled, nil), event(.began), event(.succeeded), event(.undoBegan)]
        case .undoUncertain: way(to: .undoing) + [event(.undoUncertain, failing: .compensate)]
        case .undoWaiting: way(to: .undoing) + [event(.undoRetrying, until: later, failing: .compensate)]
        case .undone: way(to: .undoing) + [event(.undone)]
        case .undoFailed: way(to: .undoing) + [event(.undoFailed, failing: .compensate)]
        }
    }

    /// The state of step `a` after an event, whatever it was before; `nil` where the event leaves it.
    private static func state(after kind: SagaEvent.Kind, _ before: StepState, canAsk: Bool) -> StepState? {
        switch kind {
        case .began: .running
        case .succeeded, .foundApplied: .completed
        case .skipped: .skipped
        case .retrying: .waiting
        case .uncertain: .uncertain
        case .doubtful: .doubtful
        case .unresolved: .unresolved
        case .failed: .failed
        case .undoBegan: .undoing
        case .undone: .undone
        case .undoRetrying: .undoWaiting
        case .undoUncertain: .undoUncertain
        case .undoFailed: .undoFailed
        case .operatorRetried:
            switch before {
            case .unresolved: canAsk ? .uncertain : .pending
            case .undoFailed: .completed
            default: nil
            }
        case .operatorSkipped:
            switch before {
            case .unresolved: .skipped
            case .undoFailed: .undone
            default: nil
            }
        case .stillUnknown: .uncertain
        case .undoStillUnknown: .undoUncertain
        case .started, .cancelled, .ended, .handlerBegan, .handled, .handlerRetrying, .handlerFailed: nil
        }
    }

    @Test(arguments: StepState.allCases, SagaEvent.Kind.allCases)
    func eachEventInEachStateLeadsToItsState(state: StepState, kind: SagaEvent.Kind) {
        for canAsk in [true, false] {
            var progress = SagaProgress([StepRules("a", canAsk: canAsk, compensates: true), StepRules("b", group: 1)])
            for event in Self.way(to: state) { progress.apply(event) }
            #expect(progress.steps[0].state == state)
            progress.apply(Self.event(kind, failing: .run))
            let expected = Self.state(after: kind, state, canAsk: canAsk) ?? state
            #expect(progress.steps[0].state == expected, "\(kind) in \(state)")
            #expect(progress.steps[1].state == .pending)
        }
    }

    @Test func anEventOfAnUnknownStepChangesNothing() {
        var progress = SagaProgress([StepRules("a")])
        let before = progress
        progress.apply(Self.event(.succeeded, "z"))
        #expect(progress == before)
    }

    // MARK: What is next

    struct Case: Sendable, CustomTestStringConvertible {
        var state: StepState
        var rules = StepRules("a", compensates: true)
        var pivotPassed = false
        var cancelled = false
        var at = now
        var expected: SagaProgress.Action
        var testDescription: String { "\(state), \(rules), \(expected)" }
    }

    private static let askable = StepRules("a", canAsk: true, compensates: true)
    private static let idempotent = StepRules("a", compensates: true, isIdempotent: true, attempts: 2)
    private static let undoable = StepRules("a", compensates: true, undoIsIdempotent: true, undoAttempts: 2)
    private static let both = StepRules(
        "a",
        compensates: true,
        isIdempotent: true,
        undoIsIdempotent: true,
        attempts: 2
    )
    private static let forward = StepRules("a", isIdempotent: true, attempts: 1)

    static let cases: [Case] = [
        Case(state: .pending, expected: .run([0])),
        Case(state: .pending, cancelled: true, expected: .end(.compensated)),
        // Cut off, or ambiguous: asked, run again, undone blindly, or left to a person.
        Case(state: .running, expected: .record(.unresolved, 0)),
        Case(state: .running, rules: askable, expected: .ask(0)),
        Case(state: .running, rules: askable, cancelled: true, expected: .ask(0)),
        Case(state: .running, rules: idempotent, expected: .run([0])),
        Case(state: .running, rules: idempotent, cancelled: true, expected: .run([0])),
        Case(state: .running, rules: both, expected: .run([0])),
        Case(state: .running, rules: both, cancelled: true, expected: .record(.doubtful, 0)),
        Case(state: .running, rules: undoable, expected: .record(.doubtful, 0)),
        Case(state: .running, rules: undoable, pivotPassed: true, expected: .record(.unresolved, 0)),
        Case(state: .uncertain, expected: .record(.unresolved, 0)),
        Case(state: .uncertain, rules: askable, expected: .ask(0)),
        Case(state: .uncertain, rules: idempotent, expected: .run([0])),
        Case(state: .uncertain, rules: undoable, expected: .record(.doubtful, 0)),
        Case(state: .uncertain, rules: forward, expected: .record(.unresolved, 0)),
        Case(state: .waiting, expected: .wait(until: later)),
        Case(state: .waiting, at: later, expected: .run([0])),
        Case(state: .waiting, cancelled: true, expected: .end(.compensated)),
        Case(state: .completed, expected: .run([1])),
        Case(state: .completed, cancelled: true, expected: .undo(0)),
        Case(state: .skipped, expected: .run([1])),
        Case(state: .skipped, cancelled: true, expected: .end(.compensated)),
        Case(state: .failed, expected: .end(.compensated)),
        Case(state: .failed, pivotPassed: true, expected: .end(.needsAttention)),
        Case(state: .doubtful, expected: .undo(0)),
        Case(state: .unresolved, expected: .end(.needsAttention)),
        Case(state: .unresolved, cancelled: true, expected: .end(.needsAttention)),
        // A compensation that was cut off: the same three ways.
        Case(state: .undoing, expected: .record(.undoFailed, 0)),
        Case(state: .undoing, rules: askable, expected: .askAboutUndo(0)),
        Case(state: .undoing, rules: undoable, expected: .undo(0)),
        Case(state: .undoUncertain, expected: .record(.undoFailed, 0)),
        Case(state: .undoUncertain, rules: askable, expected: .askAboutUndo(0)),
        Case(state: .undoUncertain, rules: undoable, expected: .undo(0)),
        Case(state: .undoWaiting, rules: undoable, expected: .wait(until: later)),
        Case(state: .undoWaiting, rules: undoable, at: later, expected: .undo(0)),
        Case(state: .undoWaiting, at: later, expected: .record(.undoFailed, 0)),
        Case(state: .undone, expected: .end(.compensated)),
        Case(state: .undoFailed, expected: .end(.needsAttention)),
    ]

    @Test(arguments: cases) func inEachStateItIsSaidWhatIsNext(_ one: Case) {
        var rules = [one.rules, StepRules("b", group: 1)]
        if one.pivotPassed { rules.insert(StepRules("p", group: -1, isPivot: true), at: 0) }
        var progress = SagaProgress(rules)
        if one.pivotPassed { progress.apply(Self.event(.succeeded, "p")) }
        for event in Self.way(to: one.state) { progress.apply(event) }
        if one.cancelled { progress.apply(Self.event(.cancelled, nil)) }
        #expect(progress.next(at: one.at).moved(by: one.pivotPassed ? -1 : 0) == one.expected)
    }

    @Test func aQuestionIsAskedLaterEachTimeAndGivenUpAtItsLimit() {
        var progress = SagaProgress([Self.askable], questionLimit: 3)
        progress.apply(Self.event(.began, attempt: 1))
        let limits = SagaProgress.Limits(settleTime: .zero, questionWait: .seconds(10))
        var waits: [Duration] = []
        for _ in 0..<3 {
            let event = progress.eventAfterUnknown(.stillUnknown, 0, at: Self.now, limits)
            waits.append(Self.now.duration(to: event.until ?? .distantPast))
            progress.apply(event)
            // Also where nobody has seen it fail, as after a crash.
            if waits.count < 3 { #expect(progress.next(at: Self.now) == .wait(until: event.until ?? .distantPast)) }
        }
        #expect(waits == [.seconds(10), .seconds(20), .seconds(40)])
        #expect(progress.next(at: Self.later) == .record(.unresolved, 0))
    }

    @Test func aCallThatWasCutOffIsAskedAboutWhenItHasSettled() {
        for state in [StepState.running, .undoing] {
            var progress = SagaProgress([Self.askable], settleTime: .seconds(10))
            for event in Self.way(to: state) { progress.apply(event) }
            #expect(progress.next(at: Self.now) == .wait(until: Self.later))
            #expect(progress.next(at: Self.later) == (state == .running ? .ask(0) : .askAboutUndo(0)))
        }
    }

    @Test func aFailureIsRetriedAsFarAsThePolicyGoesAndAnAmbiguousOneNeverBlindly() {
        let limits = SagaProgress.Limits(settleTime: .seconds(5), questionWait: .seconds(10))
        func kind(
            _ rules: StepRules,
            _ part: SagaFailure.Part,
            ambiguous: Bool,
            wait: Duration?
        ) -> SagaEvent.Kind {
            var progress = SagaProgress([rules])
            progress.apply(Self.event(.began, attempt: 1))
            let verdict = Classification(.server, .retry, isAmbiguous: ambiguous, rule: "test")
            let failure = SagaFailure(
                step: "a",
                part: part,
                error: "E",
                classification: verdict,
                attempts: 1,
                at: Self.now
            )
            return progress.event(after: failure, of: 0, limits) { _ in wait }.kind
        }
        let plain = StepRules("a", compensates: true)
        #expect(kind(plain, .run, ambiguous: false, wait: .seconds(1)) == .retrying)
        #expect(kind(plain, .run, ambiguous: false, wait: nil) == .failed)
        #expect(kind(plain, .run, ambiguous: true, wait: .seconds(1)) == .uncertain)
        #expect(kind(Self.askable, .run, ambiguous: true, wait: .seconds(1)) == .uncertain)
        #expect(kind(Self.idempotent, .run, ambiguous: true, wait: .seconds(1)) == .retrying)
        #expect(kind(Self.idempotent, .run, ambiguous: true, wait: nil) == .uncertain)
        #expect(kind(plain, .compensate, ambiguous: false, wait: .seconds(1)) == .undoRetrying)
        #expect(kind(plain, .compensate, ambiguous: false, wait: nil) == .undoFailed)
        #expect(kind(plain, .compensate, ambiguous: true, wait: .seconds(1)) == .undoUncertain)
        #expect(kind(Self.undoable, .compensate, ambiguous: true, wait: .seconds(1)) == .undoRetrying)
        #expect(kind(plain, .onFailure, ambiguous: true, wait: .seconds(1)) == .handlerRetrying)
        #expect(kind(plain, .onFailure, ambiguous: false, wait: nil) == .handlerFailed)
    }

    @Test func aRepetitionThatFailsMayStillHaveTakenEffectBefore() {
        var progress = SagaProgress([StepRules("a", compensates: true, isIdempotent: true, attempts: 2)])
        progress.apply(Self.event(.began, attempt: 1))
        // Cut off, and begun again.
        progress.apply(Self.event(.began, attempt: 2))
        let verdict = Classification(.validation, .fail, isAmbiguous: false, rule: "test")
        let failure = SagaFailure(
            step: "a",
            part: .run,
            error: "E",
            classification: verdict,
            attempts: 2,
            at: Self.now
        )
        let limits = SagaProgress.Limits(settleTime: .zero, questionWait: .seconds(10))
        let event = progress.event(after: failure, of: 0, limits) { _ in nil }
        #expect(event.kind == .uncertain)
        progress.apply(event)
        #expect(progress.next(at: Self.now) == .record(.unresolved, 0))
    }

    @Test func aHandlerThatWaitsHoldsUpTheEndAndNothingElse() {
        var progress = SagaProgress([
            StepRules("a", compensates: true), StepRules("b", group: 1, handlesFailure: true, undoAttempts: 3),
        ])
        for event in [Self.event(.began), Self.event(.succeeded), Self.event(.began, "b")] { progress.apply(event) }
        progress.apply(Self.event(.failed, "b", failing: .run))
        #expect(progress.next(at: Self.now) == .handle(1))
        progress.apply(Self.event(.handlerBegan, "b", attempt: 1))
        progress.apply(Self.event(.handlerRetrying, "b", until: Self.later, failing: .onFailure))
        #expect(progress.next(at: Self.now) == .undo(0))
        progress.apply(Self.event(.undoBegan))
        progress.apply(Self.event(.undone))
        #expect(progress.next(at: Self.now) == .wait(until: Self.later))
        #expect(progress.next(at: Self.later) == .handle(1))
        progress.apply(Self.event(.handlerBegan, "b", attempt: 3))
        #expect(progress.next(at: Self.later) == .record(.handlerFailed, 1))
        progress.apply(Self.event(.handlerFailed, "b", failing: .onFailure))
        #expect(progress.next(at: Self.later) == .end(.needsAttention))
    }

    @Test func aFailureIsHandledBeforeAnotherStepBringsTheSagaToItsHalt() {
        var progress = SagaProgress([StepRules("a", handlesFailure: true, undoAttempts: 2), StepRules("b")])
        for event in Self.way(to: .failed) { progress.apply(event) }
        progress.apply(Self.event(.unresolved, "b", failing: .run))
        #expect(progress.next(at: Self.now) == .handle(0))
        progress.apply(Self.event(.handlerBegan, attempt: 1))
        progress.apply(Self.event(.handlerRetrying, until: Self.later, failing: .onFailure))
        #expect(progress.next(at: Self.now) == .wait(until: Self.later))
        progress.apply(Self.event(.handlerBegan, attempt: 2))
        // No attempt is left.
        #expect(progress.next(at: Self.later) == .record(.handlerFailed, 0))
        progress.apply(Self.event(.handled))
        #expect(progress.next(at: Self.later) == .end(.needsAttention))
    }

    @Test(arguments: [SagaEvent.Kind.operatorRetried, .operatorSkipped])
    func aFailureThatIsStillToBeHandledIsKeptForItsHandler(decision: SagaEvent.Kind) {
        var progress = SagaProgress([
            StepRules("p", isPivot: true), StepRules("a", group: 1, handlesFailure: true, undoAttempts: 2),
        ])
        progress.apply(Self.event(.succeeded, "p"))
        for event in Self.way(to: .failed) { progress.apply(event) }
        // Older processes halted before they had called it.
        progress.apply(Self.event(.ended, nil, state: .needsAttention))
        progress.apply(Self.event(decision))
        #expect(progress.next(at: Self.now) == .handle(1))
        #expect(progress.steps[1].failure?.part == .run)
        progress.apply(Self.event(.handlerBegan, attempt: 1))
        progress.apply(Self.event(.handled))
        #expect(progress.next(at: Self.now) == (decision == .operatorRetried ? .run([1]) : .end(.completed)))
        #expect(progress.steps[1].attempts == 0 || decision == .operatorSkipped)
    }

    @Test func aSagaThatTurnedBackStaysSoWhenTheStepThatFailedIsRemoved() throws {
        var started = Self.event(.started, nil)
        started.steps = ["a", "r"]
        let trail = [
            started, Self.event(.began), Self.event(.succeeded), Self.event(.began, "r"),
            Self.event(.failed, "r", failing: .run), Self.event(.undoBegan),
            Self.event(.undoRetrying, until: Self.later, failing: .compensate),
        ]
        var progress = try SagaProgress(
            [StepRules("a", compensates: true, undoAttempts: 2)],
            questionLimit: 10,
            replaying: trail,
            of: "1",
            migration: SagaMigration(removed: ["r"])
        )
        #expect(progress.isBackward)
        #expect(progress.next(at: Self.later) == .undo(0))
        progress.apply(Self.event(.undone))
        #expect(progress.next(at: Self.later) == .end(.compensated))
        #expect(progress.failures.map(\.step) == ["r"])
    }

    @Test(arguments: [(true, false), (false, true), (false, false)])
    func aStepThatMayStandIsNotForgottenWhenAnOperatorRetriesIt(canAsk: Bool, compensates: Bool) {
        let rules = StepRules("a", canAsk: canAsk, compensates: compensates)
        let halted = Self.way(to: .unresolved) + [Self.event(.ended, nil, state: .needsAttention)]
        // The saga has turned back already.
        var progress = SagaProgress([rules, StepRules("b")])
        for event in [Self.event(.failed, "b", failing: .run)] + halted { progress.apply(event) }
        #expect(progress.needsAttention(0))
        #expect(progress.mayRetry(0) == (canAsk || compensates))
        progress.apply(Self.event(.operatorRetried))
        #expect(progress.state == .running)
        let next: SagaProgress.Action = canAsk ? .ask(0) : compensates ? .undo(0) : .end(.needsAttention)
        #expect(progress.next(at: Self.now) == next)
        #expect(progress.failures.map(\.step) == (canAsk || compensates ? ["b"] : ["b", "a"]))
        // It turns back before the step is run again, or after that was refused.
        for repetition in [[], [Self.event(.began), Self.event(.retrying, until: Self.later, failing: .run)]] {
            var progress = SagaProgress([rules])
            for event in halted + [Self.event(.operatorRetried)] { progress.apply(event) }
            #expect(progress.next(at: Self.now) == (canAsk ? .ask(0) : .run([0])))
            for event in repetition + [Self.event(.cancelled, nil)] { progress.apply(event) }
            #expect(progress.next(at: Self.now) == (canAsk ? .ask(0) : .record(.unresolved, 0)))
        }
    }

    @Test func aCancellationBehindThePivotChangesNothing() {
        var progress = SagaProgress([StepRules("p", isPivot: true), StepRules("b", group: 1)])
        progress.apply(Self.event(.began, "p"))
        progress.apply(Self.event(.cancelled, nil))
        #expect(progress.isBackward)
        progress.apply(Self.event(.succeeded, "p"))
        #expect(!progress.isBackward)
        #expect(progress.next(at: Self.now) == .run([1]))
    }
}

extension SagaProgress.Action {
    /// The same with other numbers of steps.
    fileprivate func moved(by offset: Int) -> SagaProgress.Action {
        switch self {
        case .run(let steps): .run(steps.map { $0 + offset })
        case .ask(let step): .ask(step + offset)
        case .handle(let step): .handle(step + offset)
        case .undo(let step): .undo(step + offset)
        case .askAboutUndo(let step): .askAboutUndo(step + offset)
        case .record(let kind, let step): .record(kind, step + offset)
        case .wait, .end: self
        }
    }
}
