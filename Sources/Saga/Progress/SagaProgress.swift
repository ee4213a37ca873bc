import ErrorClassification
import ResilienceCore

/// The state of one saga, as it follows from its trail: pure, without clock, store or suspension.
///
/// It is *forward* until a step fails, is in doubt, or someone cancels; then *backward*, unless the pivot is behind it.
/// ``next(at:)`` says what is to be done, ``apply(_:)`` takes what was done or is about to be.
package struct SagaProgress: Sendable, Hashable {
    package let rules: [StepRules]
    /// How often a question about one attempt is asked in vain before it is given up.
    let questionLimit: Int
    /// How long a call that was cut off may still be under way at the callee.
    let settleTime: Duration
    package private(set) var steps: [StepProgress]
    package private(set) var state = SagaState.running
    package private(set) var isCancelled = false
    /// What went wrong and was not mended since, first things first.
    package private(set) var failures: [SagaFailure] = []
    private var completed = 0
    /// Whether a step has failed or is in doubt, or someone cancelled, before the pivot was behind it.
    private var hasTurned = false

    package init(_ rules: [StepRules], questionLimit: Int = 10, settleTime: Duration = .zero) {
        self.rules = rules
        self.questionLimit = questionLimit
        self.settleTime = settleTime
        steps = Array(repeating: StepProgress(), count: rules.count)
    }

    /// The state that follows from a trail, which an older definition may have begun.
    ///
    /// - Throws: ``SagaError/unknownStep(saga:step:)`` if a step is on one side only and the migration does not say why.
    package init(
        _ rules: [StepRules],
        questionLimit: Int,
        settleTime: Duration = .zero,
        replaying trail: [SagaEvent],
        of saga: String,
        migration: SagaMigration
    ) throws(SagaError) {
        self.init(rules, questionLimit: questionLimit, settleTime: settleTime)
        var older: Set<String>?
        for event in trail {
            var event = event
            if let names = event.steps {
                older = Set(names.map(migration.name))
                // One step cannot go on for two.
                let names = names.filter { !migration.removed.contains($0) }
                let taken = Dictionary(grouping: names, by: migration.name).values.first { $0.count > 1 }
                if let step = taken?.last { throw .unknownStep(saga: saga, step: step) }
            }
            if let recorded = event.step {
                let name = migration.name(recorded)
                guard !migration.removed.contains(name) else {
                    applyToRemoved(event)
                    continue
                }
                guard let index = index(of: name) else { throw .unknownStep(saga: saga, step: recorded) }
                if steps[index].formerName == nil, recorded != name { steps[index].formerName = recorded }
                event.step = name
            }
            apply(event)
        }
        guard let older else { return }
        let current = Set(rules.map(\.name))
        for name in older.sorted() where !current.contains(name) && !migration.removed.contains(name) {
            throw .unknownStep(saga: saga, step: name)
        }
        for (index, rule) in rules.enumerated() where !older.contains(rule.name) {
            guard migration.added.contains(rule.name) else { throw .unknownStep(saga: saga, step: rule.name) }
            let isPast = zip(rules, steps).contains { $0.group > rule.group && $1.state != .pending }
            if isPast, steps[index].state == .pending { steps[index].state = .skipped }
        }
    }

    /// The state that follows from a trail alone: its steps are those that it names, in the order of the definition that began
    /// it. It says how far each step has come, and not what is next.
    package init(replaying trail: [SagaEvent]) {
        let start = trail.first { $0.kind == .started }
        var names = start?.steps ?? []
        for step in trail.compactMap(\.step) where !names.contains(step) { names.append(step) }
        self.init(names.enumerated().map { StepRules($1, group: $0, isPivot: $1 == start?.pivot) })
        for event in trail { apply(event) }
    }

    // MARK: Where it stands

    /// Whether it can only go forward. A pivot that is left out on the way back was not done.
    package var hasPassedPivot: Bool {
        zip(rules, steps).contains { $0.isPivot && ($1.state == .completed || $1.state == .skipped && !hasTurned) }
    }

    /// Whether what was done is being undone.
    package var isBackward: Bool { hasTurned && !hasPassedPivot }

    /// How it ended or halted; `nil` while it is on its way.
    package var result: SagaResult? {
        switch state {
        case .running: nil
        case .completed: .completed
        case .compensated: .compensated(failures)
        case .needsAttention: .needsAttention(failures)
        }
    }

    func index(of name: String) -> Int? { rules.firstIndex { $0.name == name } }

    // MARK: What was done

    /// Takes an event of the trail; one of a step that is not there changes nothing.
    package mutating func apply(_ event: SagaEvent) {
        switch event.kind {
        case .started: break
        case .cancelled:
            isCancelled = isCancelled || !hasPassedPivot
            turn()
            state = .running
        case .ended: state = event.state ?? .needsAttention
        default:
            guard let name = event.step, let index = index(of: name) else { return }
            apply(event, to: index)
        }
    }

    private mutating func apply(_ event: SagaEvent, to index: Int) {
        switch event.kind {
        case .began:
            let repeats = steps[index].state == .running || steps[index].state == .uncertain
            if repeats { steps[index].mayHaveApplied = true }
            steps[index].state = .running
            steps[index].begin(event.attempt ?? 1, at: event.at)
        case .succeeded, .foundApplied:
            completed += 1
            steps[index].restart(.completed)
            steps[index].order = completed
        case .skipped: steps[index].restart(.skipped)
        case .retrying:
            steps[index].state = .waiting
            let isAmbiguous = event.failure?.classification?.isAmbiguous ?? false
            steps[index].mayHaveApplied = steps[index].mayHaveApplied && event.failure != nil || isAmbiguous
            steps[index].wait(until: event.until, from: event.at, event.failure)
        case .uncertain:
            steps[index].state = .uncertain
            steps[index].wait(until: event.until, from: event.at, event.failure)
        case .stillUnknown:
            // After a crash too: until when it waits is that of an uncertain step.
            steps[index].state = .uncertain
            steps[index].questions += 1
            steps[index].until = event.until
        case .doubtful:
            becomeDoubtful(index)
            turn()
            note(event)
        case .unresolved:
            steps[index].state = .unresolved
            steps[index].failure = event.failure
            note(event)
        case .failed:
            steps[index].restart(.failed)
            steps[index].failure = event.failure
            steps[index].handler = rules[index].handlesFailure ? .due : .none
            turn()
            note(event)
        default: applyToEnd(event, of: index)
        }
    }

    /// What happens to a step after it was done or has failed.
    private mutating func applyToEnd(_ event: SagaEvent, of index: Int) {
        switch event.kind {
        case .handlerBegan:
            steps[index].handler = .running
            steps[index].begin(event.attempt ?? 1, at: event.at)
        case .handled:
            steps[index].handler = .done
            // One that an operator has tried again meanwhile begins with attempts of its own.
            if steps[index].state == .pending { steps[index].restart(.pending) }
        case .handlerRetrying:
            steps[index].handler = .waiting
            steps[index].wait(until: event.until, from: event.at, nil)
        case .handlerFailed:
            steps[index].handler = .failed
            note(event)
        case .undoBegan:
            steps[index].state = .undoing
            steps[index].begin(event.attempt ?? 1, at: event.at)
        case .undone: steps[index].restart(.undone)
        case .undoRetrying:
            steps[index].state = .undoWaiting
            steps[index].wait(until: event.until, from: event.at, event.failure)
        case .undoUncertain:
            steps[index].state = .undoUncertain
            steps[index].wait(until: event.until, from: event.at, event.failure)
        case .undoStillUnknown:
            steps[index].state = .undoUncertain
            steps[index].questions += 1
            steps[index].until = event.until
        case .undoFailed:
            steps[index].state = .undoFailed
            steps[index].failure = event.failure
            note(event)
        case .operatorRetried: retry(index)
        case .operatorSkipped: skip(index)
        default: break
        }
    }

    /// What a step did that is gone stays; why the saga turned back, or halted, is still so.
    private mutating func applyToRemoved(_ event: SagaEvent) {
        switch event.kind {
        case .failed, .doubtful:
            turn()
            note(event)
        case .operatorRetried, .operatorSkipped: state = .running
        default: break
        }
    }

    /// Undone as the step that was done last.
    private mutating func becomeDoubtful(_ index: Int) {
        completed += 1
        steps[index].restart(.doubtful)
        steps[index].order = completed
    }

    private mutating func turn() { hasTurned = hasTurned || !hasPassedPivot }

    private mutating func note(_ event: SagaEvent) {
        if let failure = event.failure { failures.append(failure) }
    }

    // MARK: What an operator may do

    /// Whether a person has to do something about the step.
    package func needsAttention(_ index: Int) -> Bool {
        switch steps[index].state {
        case .unresolved, .undoFailed: true
        case .failed: hasPassedPivot || steps[index].handler == .failed
        default: false
        }
    }

    /// Whether something can be tried again: on the way back a step whose outcome nobody can tell is not run, so without a
    /// compensation there is nothing to try.
    package func mayRetry(_ index: Int) -> Bool {
        steps[index].state != .unresolved || rules[index].canAsk || rules[index].compensates || !isBackward
    }

    private mutating func retry(_ index: Int) {
        // It halts again, with the step and its failure as they are.
        guard mayRetry(index) else { return state = .running }
        mend(index)
        switch steps[index].state {
        case .unresolved where rules[index].canAsk: steps[index].restart(.uncertain)
        case .unresolved where isBackward: becomeDoubtful(index)
        case .unresolved:
            steps[index].restart(.pending)
            // What it may have done before is not forgotten if the saga turns back.
            steps[index].mayHaveApplied = true
        case .undoFailed: steps[index].restart(.completed)
        case .failed where hasPassedPivot: steps[index].restart(.pending)
        case .failed:
            steps[index].attempts = 0
            steps[index].handler = .due
        default: break
        }
    }

    private mutating func skip(_ index: Int) {
        mend(index)
        switch steps[index].state {
        case .unresolved: steps[index].restart(.skipped)
        case .undoFailed: steps[index].restart(.undone)
        case .failed where hasPassedPivot: steps[index].restart(.skipped)
        case .failed: steps[index].handler = .done
        default: break
        }
    }

    /// A person has seen to it: what the step failed with is no longer open, but for the cause of a rollback.
    private mutating func mend(_ index: Int) {
        state = .running
        let isCause = steps[index].state == .failed && !hasPassedPivot || steps[index].state == .undoFailed
        failures.removeAll { $0.step == rules[index].name && !(isCause && $0.part == .run) }
    }
}
