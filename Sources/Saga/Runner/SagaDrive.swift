import ErrorClassification
import ResilienceCore

/// One stretch of work on a saga that is held: asks the machine, records what is about to be done, does it.
///
/// An outcome is recorded in the commit of the next intent, so that a step costs one commit.
struct SagaDrive<Input: Codable & Sendable & Equatable>: Sendable {
    typealias Action = SagaProgress.Action

    let runner: SagaRunner<Input>
    let id: String
    let input: Input
    var lease: Lease?
    /// As it is stored.
    var head: SagaHead
    /// How many entries the trail has.
    private var entries = 0
    var progress: SagaProgress
    var outputs: [String: StoredValue] = [:]
    /// What has happened and is not recorded yet, with the outputs that belong to it.
    var pending: [SagaEvent] = []
    var values: [Write] = []
    /// The request to cancel, once it was seen: the next commit deletes it.
    private var request: Revision?
    private var prepared: Action?

    var now: Timestamp { runner.store.clock.now }

    /// A saga that is not stored yet.
    init(_ runner: SagaRunner<Input>, _ id: String, _ input: Input) {
        let now = runner.store.clock.now
        (self.runner, self.id, self.input) = (runner, id, input)
        head = SagaHead(version: runner.definition.version, startedAt: now, updatedAt: now)
        progress = SagaProgress(
            runner.definition.rules,
            questionLimit: runner.options.questionLimit,
            settleTime: runner.options.settleTime
        )
        pending = [runner.started(at: now)]
    }

    /// A saga that was claimed.
    init(_ runner: SagaRunner<Input>, _ id: String, _ head: SagaHead, _ lease: Lease) async throws {
        guard head.version <= runner.definition.version else {
            throw SagaError.newerDefinition(saga: id, version: head.version)
        }
        let loaded = try await surfacing { try await runner.load(id) }
        (self.runner, self.id, input) = (runner, id, loaded.input)
        (self.lease, self.head) = (lease, head)
        (progress, outputs, entries) = (loaded.progress, loaded.outputs, loaded.log.entries)
        if lease.deliveries - head.progressAt > runner.options.deliveryLimit { giveUpPoison() }
    }

    /// Stores a new saga together with its first intent, held by this process; `nil` if its id is taken, or the answer came
    /// so late that another one may have the saga by now.
    mutating func insert() async throws -> Lease? {
        do {
            prepared = try await prepare()
            return lease.flatMap { $0.end > runner.store.clock.uptime ? $0 : nil }
        } catch {
            guard let error = error as? StoreError else { throw error }
            guard error.conflicts(at: runner.records.heads.key(id)) else { throw error.surfaced }
            return nil
        }
    }

    /// Works until the saga ends, or waits: then it has been given back.
    mutating func go() async throws -> SagaResult? {
        while true {
            let action: Action
            if let first = prepared { action = first } else { action = try await prepare() }
            prepared = nil
            switch action {
            case .run(let indices): try await run(indices)
            case .ask(let index): try await ask(index)
            case .handle(let index): try await handle(index)
            case .undo(let index): try await undo(index)
            case .askAboutUndo(let index): try await askAboutUndo(index)
            case .wait, .record: return nil
            case .end: return progress.result
            }
        }
    }

    // MARK: Deciding

    /// Decides what is next and records that it begins.
    private mutating func prepare() async throws -> Action {
        while true {
            let action = progress.next(at: now)
            let isRecorded: Bool
            switch action {
            case .record(let kind, let index):
                note(progress.event(kind, of: index, at: now))
                continue
            case .run(let indices):
                let unwanted = indices.compactMap(unwanted)
                guard unwanted.isEmpty else {
                    for event in unwanted { note(event) }
                    continue
                }
                isRecorded = try await commit(indices.map { intent(.began, $0) })
            case .handle(let index): isRecorded = try await commit([intent(.handlerBegan, index)])
            case .undo(let index): isRecorded = try await commit([intent(.undoBegan, index)])
            case .ask, .askAboutUndo: isRecorded = try await commit([])
            case .wait(let until): isRecorded = try await commit([], .wait(until))
            case .end(let state):
                var event = SagaEvent(.ended, at: now)
                event.state = state
                isRecorded = try await commit([event], .end(state))
            }
            if isRecorded { return action }
        }
    }

    private func intent(_ kind: SagaEvent.Kind, _ index: Int) -> SagaEvent {
        let step = progress.steps[index]
        return SagaEvent(kind, at: now, step: progress.rules[index].name, attempt: step.attempts + 1)
    }

    /// The event of a step that is not to be run after all; `nil` if it is.
    private func unwanted(_ index: Int) -> SagaEvent? {
        let (step, known) = (runner.definition.steps[index], progress.steps[index])
        guard known.state == .pending, !known.mayHaveApplied, let condition = step.condition else { return nil }
        do {
            let isWanted = try condition(input, context(index, .run))
            return isWanted ? nil : SagaEvent(.skipped, at: now, step: step.name)
        } catch {
            // It was not run: whatever it is, it had no effect.
            var failure = runner.failure(error, of: step.name, .run, attempts: 0)
            failure.classification?.isAmbiguous = false
            return SagaEvent(.failed, at: now, step: step.name, failure: failure)
        }
    }

    /// Gives up what the saga was about to do: it has been claimed again and again without getting any further.
    private mutating func giveUpPoison() {
        let kind: SagaEvent.Kind
        let indices: [Int]
        switch progress.next(at: now) {
        case .run(let steps): (kind, indices) = (.unresolved, steps)
        case .ask(let step): (kind, indices) = (.unresolved, [step])
        case .handle(let step): (kind, indices) = (.handlerFailed, [step])
        case .undo(let step), .askAboutUndo(let step): (kind, indices) = (.undoFailed, [step])
        case .record, .wait, .end: return
        }
        for index in indices {
            note(progress.event(kind, of: index, at: now, code: SagaFailureCode.poison))
        }
    }

    /// Takes what has happened; it is recorded by the next commit.
    mutating func note(_ event: SagaEvent) {
        pending.append(event)
        progress.apply(event)
    }

    // MARK: Recording

    enum Ending {
        /// Held on to.
        case none
        /// Given back until then.
        case wait(Timestamp)
        case end(SagaState)
    }

    /// Records what has happened and what is about to be done.
    ///
    /// - Returns: `false` if it was not, since a request to cancel came first or an output was refused: decide anew.
    mutating func commit(_ intents: [SagaEvent], _ ending: Ending = .none) async throws -> Bool {
        if case .none = ending, Task.isCancelled { try await leave() }
        let events = pending + intents
        if events.isEmpty, case .none = ending { return true }
        var tries = 0
        while true {
            do {
                let written = try await write(events, ending)
                for event in intents { progress.apply(event) }
                entries += events.isEmpty ? 0 : 1
                (head, pending, values, request) = (written, [], [], nil)
                runner.board.ring(id)
                runner.report(events, of: id, progress)
                return true
            } catch .invalid where !values.isEmpty {
                refuseOutputs()
                return false
            } catch {
                tries += 1
                let isLost = error.conflicts(at: runner.records.heads.key(id))
                guard case .conflict = error, !isLost, tries < 8 else { throw error.surfaced }
                if try await sawRequest() { return false }
            }
        }
    }

    /// Ends here, since the worker does: what has happened is recorded all the same, and nothing is begun.
    func leave() async throws {
        guard !pending.isEmpty, lease != nil else { throw CancellationError() }
        let drive = self
        try await shielded {
            var drive = drive
            while !(try await drive.commit([], .wait(drive.now))) {}
        }
        throw CancellationError()
    }

    /// - Returns: the head that is stored now.
    private mutating func write(_ events: [SagaEvent], _ ending: Ending) async throws(StoreError) -> SagaHead {
        let records = runner.records
        var head = head
        (head.version, head.updatedAt) = (runner.definition.version, now)
        if events.contains(where: \.kind.isOutcome) { head.progressAt = lease?.deliveries ?? 0 }
        var writes = values
        if !events.isEmpty { writes.append(records.append(events, as: entries + 1, of: id)) }
        if let request {
            writes.append(records.requests.delete(id, expect: .revision(request)))
        } else {
            writes.append(records.requests.verify(id, expect: .absent))
        }
        let (due, tags): (Timestamp?, [String])
        switch ending {
        case .none: (head.isWaiting, head.state, due, tags) = (false, .running, nil, [])
        case .wait(let until): (head.isWaiting, head.state, due, tags) = (true, .running, until, [])
        case .end(let state):
            (head.isWaiting, head.state) = (true, state)
            let isOver = state != .needsAttention
            if !isOver, let alert = runner.alert(id, entry: entries + 1, at: head.updatedAt, progress) {
                writes.append(alert)
            }
            due = isOver ? now.advanced(by: runner.options.retention) : nil
            tags = records.tags(state, at: head.updatedAt)
        }
        // A record that is given back counts its claims anew.
        if head.isWaiting { head.progressAt = 0 }
        guard let lease else {
            let isHeld = !head.isWaiting
            lease = try await store(head, due: isHeld ? nil : .some(due), tags, writes)
            return head
        }
        if head.isWaiting {
            try await lease.release(head, due: due, tags: tags, also: writes)
        } else if head.says(asIn: self.head) {
            try await lease.keep(also: writes)
            return self.head
        } else {
            try await lease.save(head, tags: [], also: writes)
        }
        return head
    }

    /// The first commit of all: it creates the record, held by this process unless it is given back at once.
    private func store(
        _ head: SagaHead,
        due: Timestamp??,
        _ tags: [String],
        _ writes: [Write]
    ) async throws(StoreError) -> Lease {
        let (store, term) = (runner.store, runner.options.worker.lease)
        let uptime = store.clock.uptime
        let end = store.clock.now.advanced(by: term)
        let put = runner.records.heads.put(head, at: id, expect: .absent, due: due ?? end, tags: tags)
        let first = Write.put(runner.records.input(of: id), input, expect: .absent)
        let revision = try await store.commitSettling(Batch([put, first] + writes))
        let record = Record(
            key: put.key,
            revision: revision,
            deliveries: 0,
            due: due ?? end,
            tags: tags,
            value: StoredValue(head)
        )
        return Lease(record, from: store, for: term, claimedAt: uptime, observer: runner.observer)
    }

    /// Whether someone wants the saga cancelled.
    private mutating func sawRequest() async throws -> Bool {
        let entry = try await surfacing { try await runner.records.requests.read(id, in: runner.store) }
        guard let entry, request == nil else { return false }
        request = entry.record.revision
        var event = SagaEvent(.cancelled, at: now)
        event.by = entry.value.by
        note(event)
        return true
    }

    /// The store will not take what a step gave: it took effect, but cannot be recorded, so a person must see it.
    private mutating func refuseOutputs() {
        values = []
        for event in pending where event.kind == .succeeded || event.kind == .foundApplied {
            guard let index = event.step.flatMap(progress.index(of:)) else { continue }
            note(progress.event(.unresolved, of: index, at: now, code: SagaFailureCode.outputNotRecorded))
        }
    }
}

extension SagaEvent.Kind {
    /// Whether it tells what came of something, rather than that it begins.
    fileprivate var isOutcome: Bool {
        switch self {
        case .started, .began, .handlerBegan, .undoBegan, .cancelled, .operatorRetried, .operatorSkipped: false
        default: true
        }
    }
}
