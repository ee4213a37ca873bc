package import ResilienceCore

extension SagaProgress {
    /// What is to be done next.
    package enum Action: Sendable, Hashable {
        /// Record that these steps begin, then run them at once.
        case run([Int])
        /// Ask what became of the step.
        case ask(Int)
        /// Record that its failure is being handled, then handle it.
        case handle(Int)
        /// Record that it is being undone, then undo it.
        case undo(Int)
        /// Ask whether it still stands.
        case askAboutUndo(Int)
        /// Record that: there is nothing to call.
        case record(SagaEvent.Kind, Int)
        /// Wait, and ask again then.
        case wait(until: Timestamp)
        /// It has ended, or come to a halt.
        case end(SagaState)
    }

    /// What is to be done at `now`, given that nothing is under way: a step that is recorded as running was cut off.
    package func next(at now: Timestamp) -> Action {
        if let action = clearDoubts(at: now) { return action }
        let handling = handler(at: now)
        if let handling, !handling.isWait { return handling }
        let hasHalted = steps.indices.contains { steps[$0].state == .unresolved }
        let action: Action =
            if hasHalted { .end(.needsAttention) } else if isBackward { backward(at: now) } else { forward(at: now) }
        // A handler that waits holds up the end and the halt, for as many attempts as it has, and nothing else.
        guard case .wait(let until)? = handling else { return action }
        switch action {
        case .end: return .wait(until: until)
        case .wait(let other): return .wait(until: min(until, other))
        default: return action
        }
    }

    // MARK: Steps that may have taken effect

    private func clearDoubts(at now: Timestamp) -> Action? {
        var wait: Timestamp?
        // Asked for each step again and again, so none is copied for it.
        for index in steps.indices {
            let state = steps[index].state
            let isLeft = (state == .waiting || state == .pending) && steps[index].mayHaveApplied && isBackward
            guard state == .running || state == .uncertain || isLeft else { continue }
            let action = doubt(about: index, at: now)
            guard case .wait(let until) = action else { return action }
            wait = min(wait ?? until, until)
        }
        return wait.map { .wait(until: $0) }
    }

    private func doubt(about index: Int, at now: Timestamp) -> Action {
        let (rule, step) = (rules[index], steps[index])
        if rule.canAsk, step.questions < questionLimit {
            if let until = unsettled(step), until > now { return .wait(until: until) }
            return .ask(index)
        }
        let mayUndo = rule.compensates && rule.undoIsIdempotent && !hasPassedPivot
        // The callee knows the key, so a repetition is applied once; backward too it is the way to know.
        if rule.isIdempotent, step.attempts < rule.attempts, !isBackward || !mayUndo { return .run([index]) }
        return .record(mayUndo ? .doubtful : .unresolved, index)
    }

    /// Until when a question comes too early: the call may still be under way.
    private func unsettled(_ step: StepProgress) -> Timestamp? {
        switch step.state {
        case .uncertain, .undoUncertain: step.until
        // Cut off: nobody has seen it end.
        case .running, .undoing: step.beganAt?.advanced(by: settleTime)
        default: nil
        }
    }

    // MARK: Failures

    private func handler(at now: Timestamp) -> Action? {
        var wait: Timestamp?
        for index in steps.indices {
            switch steps[index].handler {
            case .none, .done, .failed: continue
            case .waiting:
                if let until = steps[index].until, until > now { wait = min(wait ?? until, until) } else { fallthrough }
            case .due, .running:
                return steps[index].attempts < rules[index].undoAttempts ? .handle(index) : .record(.handlerFailed, index)
            }
        }
        return wait.map { .wait(until: $0) }
    }

    // MARK: Forward

    private func forward(at now: Timestamp) -> Action {
        var index = 0
        while index < rules.count {
            let end = rules[index...].firstIndex { $0.group != rules[index].group } ?? rules.count
            if let action = forward(at: now, index..<end) { return action }
            index = end
        }
        return .end(.completed)
    }

    /// What a group has left to do; `nil` if nothing.
    private func forward(at now: Timestamp, _ group: Range<Int>) -> Action? {
        var due: [Int] = []
        var wait: Timestamp?
        for index in group {
            switch steps[index].state {
            case .completed, .skipped: continue
            case .pending: due.append(index)
            case .waiting:
                if let until = steps[index].until, until > now {
                    wait = min(wait ?? until, until)
                } else {
                    due.append(index)
                }
            // Behind the pivot nothing is undone.
            default: return .end(.needsAttention)
            }
        }
        if !due.isEmpty { return .run(due) }
        return wait.map { .wait(until: $0) }
    }

    // MARK: Backward

    private func backward(at now: Timestamp) -> Action {
        let left = steps.indices.filter { rules[$0].compensates && steps[$0].state.isToUndo }
        guard let index = left.max(by: { steps[$0].order < steps[$1].order }) else {
            let isOpen = steps.contains { $0.state == .undoFailed || $0.handler == .failed }
            return .end(isOpen ? .needsAttention : .compensated)
        }
        let (rule, step) = (rules[index], steps[index])
        let hasAttempts = step.attempts < rule.undoAttempts
        switch step.state {
        case .undoing, .undoUncertain:
            if rule.undoIsIdempotent, hasAttempts { return .undo(index) }
            guard rule.canAsk, step.questions < questionLimit else { return .record(.undoFailed, index) }
            if let until = unsettled(step), until > now { return .wait(until: until) }
            return .askAboutUndo(index)
        case .undoWaiting:
            if let until = step.until, until > now { return .wait(until: until) }
            return hasAttempts ? .undo(index) : .record(.undoFailed, index)
        default: return .undo(index)
        }
    }
}

extension SagaProgress.Action {
    fileprivate var isWait: Bool {
        if case .wait = self { true } else { false }
    }
}

extension StepState {
    fileprivate var isToUndo: Bool {
        switch self {
        case .completed, .doubtful, .undoing, .undoUncertain, .undoWaiting: true
        default: false
        }
    }
}
