import ErrorClassification
import ResilienceCore
import RetryOrchestrator

// The calls of a step's closures, and what is made of their outcomes.
extension SagaDrive {
    // MARK: Forward

    mutating func run(_ indices: [Int]) async throws {
        if indices.count == 1, let index = indices.first {
            let (step, input, context) = (runner.definition.steps[index], input, context(index, .run))
            let outcome = await runner.call(runner.timeouts[index]) { try await step.run(input, context) }
            guard note(outcome, of: index) else { throw CancellationError() }
        } else {
            try await runTogether(indices)
        }
    }

    private mutating func runTogether(_ indices: [Int]) async throws {
        var left = indices.count
        var isCutOff = false
        try await withThrowingTaskGroup(of: (Int, Outcome<StoredValue>).self) { group in
            for index in indices {
                let (step, input, context) = (runner.definition.steps[index], input, context(index, .run))
                let runner = runner
                group.addTask {
                    (index, await runner.call(runner.timeouts[index]) { try await step.run(input, context) })
                }
            }
            while let (index, outcome) = try await group.next() {
                left -= 1
                if !note(outcome, of: index) { isCutOff = true }
                // Recorded at once: the others may take long. A store that is away does not end them: what is not recorded
                // stays for the next commit.
                guard left > 0, !isCutOff, !Task.isCancelled else { continue }
                do { _ = try await commit([]) } catch StoreError.unavailable {}
            }
        }
        if isCutOff { try await leave() }
    }

    /// `false` if the call was cut off.
    private mutating func note(_ outcome: Outcome<StoredValue>, of index: Int) -> Bool {
        switch outcome {
        case .returned(let output): succeeded(.succeeded, index, output)
        case .threw(let error): failed(error, of: index, .run)
        case .cutOff: return false
        }
        return true
    }

    private mutating func succeeded(_ kind: SagaEvent.Kind, _ index: Int, _ output: StoredValue) {
        let step = runner.definition.steps[index]
        if step.hasOutput {
            outputs[step.name] = output
            let put = Effect.put(output, due: nil, tags: [], clearingDeliveries: false)
            values.append(Write(runner.records.output(of: step.name, of: id), expect: .any, effect: put))
        }
        note(SagaEvent(kind, at: now, step: step.name))
    }

    mutating func ask(_ index: Int) async throws {
        let limits = limits(index, .run)
        switch try await answer(about: index, .run) {
        case .applied(let output): succeeded(.foundApplied, index, output)
        case .notApplied: note(progress.eventAfterNotApplied(index, at: now, limits, wait: waitAfterAnswer(index, .run)))
        case .unknown: note(progress.eventAfterUnknown(.stillUnknown, index, at: now, limits))
        }
    }

    mutating func handle(_ index: Int) async throws {
        let (step, input, context) = (runner.definition.steps[index], input, context(index, .onFailure))
        guard let handler = step.onFailure, let failure = progress.steps[index].failure else {
            return note(SagaEvent(.handled, at: now, step: step.name))
        }
        switch await runner.call(runner.timeouts[index], { try await handler(input, failure, context) }) {
        case .returned: note(SagaEvent(.handled, at: now, step: step.name))
        case .threw(let error): failed(error, of: index, .onFailure)
        case .cutOff: throw CancellationError()
        }
    }

    // MARK: Backward

    mutating func undo(_ index: Int) async throws {
        let (step, input, context) = (runner.definition.steps[index], input, context(index, .compensate))
        guard let compensate = step.compensate else { return note(SagaEvent(.undone, at: now, step: step.name)) }
        let output = outputs[step.name]
        switch await runner.call(runner.timeouts[index], { try await compensate(input, output, context) }) {
        case .returned: note(SagaEvent(.undone, at: now, step: step.name))
        case .threw(let error): failed(error, of: index, .compensate)
        case .cutOff: throw CancellationError()
        }
    }

    mutating func askAboutUndo(_ index: Int) async throws {
        let limits = limits(index, .compensate)
        switch try await answer(about: index, .compensate) {
        case .notApplied: note(SagaEvent(.undone, at: now, step: progress.rules[index].name))
        case .applied:
            note(progress.eventAfterStillApplied(index, at: now, limits, wait: waitAfterAnswer(index, .compensate)))
        case .unknown: note(progress.eventAfterUnknown(.undoStillUnknown, index, at: now, limits))
        }
    }

    // MARK: Calling

    func context(_ index: Int, _ part: SagaFailure.Part) -> StepContext {
        let step = runner.definition.steps[index].name
        let known = progress.steps[index].formerName ?? step
        let key = [runner.definition.name, id, known].map(\.keyPart).joined(separator: "/")
        let tail =
            switch part {
            case .run: ""
            case .onFailure: "/failure"
            case .compensate: "/undo"
            }
        return StepContext(
            sagaID: id,
            step: step,
            attempt: progress.steps[index].attempts,
            idempotencyKey: key + tail,
            runKey: key,
            fence: lease?.fence ?? Revision(rawValue: 0),
            outputs: outputs
        )
    }

    private func answer(about index: Int, _ part: SagaFailure.Part) async throws -> Resolution<StoredValue> {
        let (step, input, context) = (runner.definition.steps[index], input, context(index, part))
        guard let resolve = step.resolve else { return .unknown }
        switch await runner.call(runner.questionTimeout, { try await resolve(input, context) }) {
        case .returned(let answer): return answer
        case .threw: return .unknown
        case .cutOff: throw CancellationError()
        }
    }

    // MARK: Failures

    private mutating func failed(_ error: any Error, of index: Int, _ part: SagaFailure.Part) {
        let failure = runner.failure(
            error,
            of: progress.rules[index].name,
            part,
            attempts: progress.steps[index].attempts
        )
        let (runner, policy, instant) = (runner, policy(index, part), now)
        note(
            progress.event(after: failure, of: index, limits(index, part)) { state in
                guard let verdict = failure.classification else { return nil }
                return runner.wait(policy, after: error, verdict, state, at: instant)
            }
        )
    }

    /// The wait after an answer that the call had no effect: the error itself is long gone.
    private func waitAfterAnswer(_ index: Int, _ part: SagaFailure.Part) -> SagaProgress.Wait {
        let (runner, policy, instant) = (runner, policy(index, part), now)
        let last = progress.steps[index].failure?.classification
        return { state in
            guard var verdict = last else { return .zero }
            verdict.isAmbiguous = false
            return runner.wait(policy, after: FoundWithoutEffect(), verdict, state, at: instant)
        }
    }

    private func policy(_ index: Int, _ part: SagaFailure.Part) -> RetryPolicy {
        let step = runner.definition.steps[index]
        switch part {
        case .run: return step.retry
        case .compensate: return step.undo
        case .onFailure:
            // A handler is called at least once by its very contract.
            var policy = step.undo
            policy.isIdempotent = true
            return policy
        }
    }

    private func limits(_ index: Int, _ part: SagaFailure.Part) -> SagaProgress.Limits {
        SagaProgress.Limits(
            settleTime: runner.options.settleTime,
            questionWait: runner.options.questionWait,
            elapsed: policy(index, part).elapsedLimit
        )
    }
}

/// What came of a call.
private enum Outcome<Value: Sendable>: Sendable {
    case returned(Value)
    case threw(any Error)
    /// The worker ends or has lost the saga. Not an outcome: the intent stands, and whoever is next finds out.
    case cutOff
}

extension SagaRunner {
    fileprivate func call<Value: Sendable>(
        _ timeout: Timeout?,
        _ body: @escaping @Sendable () async throws -> Value
    ) async -> Outcome<Value> {
        do {
            guard let timeout else { return .returned(try await body()) }
            return .returned(try await timeout.run(body))
        } catch {
            // Whichever way the callee says that it was called off.
            let isCutOff = Task.isCancelled && verdict(on: error).category == .cancelled
            return isCutOff ? .cutOff : .threw(error)
        }
    }
}

/// What an attempt failed with that a question showed to have had no effect.
private struct FoundWithoutEffect: Error {}
