import ResilienceCore
import ResilienceFoundation
import ResilienceTesting
import Synchronization

/// A store that is plain before all else, and wrong in one place if it is given a mutation.
///
/// It is a handle on a ``Disk``, which outlives it and may have several.
struct ModelStore: RecordStore {
    /// What the handles share.
    final class Disk: Sendable {
        let state: Mutex<ModelState>

        init(_ mutation: Mutation?) { state = Mutex(ModelState(mutation: mutation)) }
    }

    let clock: any WallClock
    let disk: Disk
    let mutation: Mutation?
    static let coder = JSONCoder()

    /// A fresh one, with all that can be done with it.
    static func underTest(_ clock: ManualClock, _ mutation: Mutation? = nil) -> StoreUnderTest {
        let disk = Disk(mutation)
        return StoreUnderTest(
            ModelStore(clock: clock, disk: disk, mutation: mutation),
            coder: coder,
            reopen: {
                disk.state.withLock { $0.reopen() }
                return ModelStore(clock: clock, disk: disk, mutation: mutation)
            },
            secondHandle: { ModelStore(clock: clock, disk: disk, mutation: mutation) },
            loseNextReply: { applied in disk.state.withLock { $0.nextReplyLost = applied } }
        )
    }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        try begin()
        try RecordKey.validate(keys)
        return disk.state.withLock { state in keys.map { state.record($0) } }
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        try begin()
        if mutation != .takesAnyLimit { try scan.validate() }
        let records = disk.state.withLock { $0.found(scan) }
        guard mutation == .scansInPieces, let middle = records.dropFirst(records.count / 2).first else {
            return Array(records.prefix(max(scan.limit, 0)))
        }
        await pause()
        let rest = disk.state.withLock { $0.found(scan) }.drop { $0.key != middle.key }
        return Array((records.prefix(records.count / 2) + rest).prefix(scan.limit))
    }

    func count(_ scan: Scan) async throws(StoreError) -> Int {
        try begin()
        try scan.validate()
        let all = disk.state.withLock { $0.found(scan).count }
        return mutation == .countsToTheLimit ? min(all, scan.limit) : all
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        try begin()
        try claim.validate()
        let now = mutation == .claimsOnTheSystemClock ? SystemClock().now : clock.now
        guard mutation == .claimsInTwoSteps else {
            return disk.state.withLock { state in
                state.due(claim, now: now).map { state.deliver($0, lease: claim.lease, now: now) }
            }
        }
        let due = disk.state.withLock { $0.due(claim, now: now) }
        await pause()
        return disk.state.withLock { state in due.map { state.deliver($0, lease: claim.lease, now: now) } }
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        if mutation == .appliesWhatIsCancelled, Task.isCancelled {
            _ = try apply(batch)
            throw .cancelled
        }
        try begin()
        try batch.validate()
        var batch = try encoded(batch)
        switch mutation {
        case .testsBeforeOutsideTheLock:
            guard let before = batch.before else { break }
            if clock.now >= before { throw .late }
            await pause()
            batch.before = nil
        case .splitsABatch:
            try disk.state.withLock { state throws(StoreError) in try state.check(batch, now: clock.now) }
            var revision = Revision(rawValue: 0)
            for write in batch.writes {
                await pause()
                revision = try apply(Batch([Write(write.key, expect: .any, effect: write.effect)]))
            }
            return revision
        case .checksOutsideTheLock:
            try disk.state.withLock { state throws(StoreError) in try state.check(batch, now: clock.now) }
            await pause()
            batch.writes = batch.writes.map { Write($0.key, expect: .any, effect: $0.effect) }
        case .defeatsBothInAConflict, .conflictsWithNobody:
            let keys = mutation == .conflictsWithNobody ? [RecordKey("laws", "all")] : batch.writes.map(\.key)
            disk.state.withLock { $0.announce(keys) }
            await pause()
            guard disk.state.withLock({ $0.withdraw(keys) }) else { throw .conflict([]) }
        default: break
        }
        return try apply(batch)
    }

    private func apply(_ batch: Batch) throws(StoreError) -> Revision {
        let now = mutation == .testsBeforeOnTheSystemClock ? SystemClock().now : clock.now
        return try disk.state.withLock { state throws(StoreError) in try state.commit(batch, now: now) }
    }

    /// What every call does first.
    private func begin() throws(StoreError) {
        let isBroken = disk.state.withLock { state in
            if mutation == .breaksWhenCancelled, Task.isCancelled { state.isBroken = true }
            return state.isBroken
        }
        if Task.isCancelled, mutation != .ignoresCancellation { throw .cancelled }
        if isBroken { throw .unavailable(CancellationError()) }
    }

    private func encoded(_ batch: Batch) throws(StoreError) -> Batch {
        var batch = batch
        for index in batch.writes.indices {
            guard case .put(var value, let due, let tags, let clearing) = batch.writes[index].effect else { continue }
            if mutation == .cutsAtNUL, let text = try? value.get(String.self) {
                value = StoredValue(String(text.prefix { $0 != "\0" }))
            }
            if mutation != .takesLargeValues {
                value = StoredValue(encoded: try value.encoded(by: Self.coder), coder: Self.coder)
            }
            batch.writes[index].effect = .put(value, due: due, tags: tags, clearingDeliveries: clearing)
        }
        return batch
    }

    /// Lets others in between, where a mutation leaves a gap.
    private func pause() async {
        for _ in 0..<4 { await Task.yield() }
    }
}
