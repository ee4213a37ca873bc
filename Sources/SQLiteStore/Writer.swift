#if SQLite
internal import ResilienceCore
internal import Synchronization

/// The one writer of a store: a thread that takes what waits and writes it in groups.
final class Writer: Sendable {
    private let inbox: Inbox<WriteWork, WriteReply>
    /// Held while a group is written. Nobody ever blocks on it but the writer's thread.
    private let group: Mutex<GroupWriter?>
    private let options: SQLiteStoreOptions
    private let path: String
    private let board: WakeupBoard
    private let tries: Int
    private let clock: any WallClock
    /// Pages of the log from which on they are written back into the file: as many as the first part of its index holds. The
    /// more there are, the more often has a page changed that is written back once.
    private static let logPages = 4_000
    /// How often, and how long, to let others run before a group is begun with fewer than the last.
    private static let yields = 200
    private static let yielding = Duration.microseconds(60)

    init(
        _ connection: sending Connection,
        clock: any WallClock,
        coder: any ValueCoder,
        path: String,
        options: SQLiteStoreOptions,
        board: WakeupBoard
    ) {
        var random = SmallGenerator.seededBySystem()
        group = Mutex(
            GroupWriter(connection: connection, clock: clock, coder: coder, path: path, origin: random.next())
        )
        inbox = Inbox(
            whenClosed: StoreError.unavailable(SQLiteStoreError(.closed, path, "it was closed")),
            whenCancelled: StoreError.cancelled
        )
        self.options = options
        self.path = path
        self.board = board
        self.clock = clock
        tries = 1 + Int(options.lockWait / GroupWriter.pause)
    }

    /// Starts the thread.
    func start(on threads: Threads) {
        threads.start("resilience.sqlite.writer") { self.run() }
    }

    /// Refuses further work; what waits is still written, and then the thread ends.
    func close() { inbox.close() }

    /// Has work done: by the thread, in a group with what else waits.
    ///
    /// Where a commit does not wait for the disk, handing it to a thread would cost more than doing it, so it is done at
    /// once by whoever asks, if nobody else writes or waits, in this process or another.
    func submit(_ work: WriteWork) async throws -> WriteReply {
        if options.durability == .normal, let outcome = try tryAlone(work) { return try outcome.get() }
        return try await inbox.submit(work)
    }

    private func tryAlone(_ work: WriteWork) throws(StoreError) -> GroupWriter.Outcome? {
        if case .commit(_, also: .some) = work { return nil }
        guard inbox.isEmpty else { return nil }
        let written = try group.withLockIfAvailable { group throws(StoreError) in
            // The log is written back by the thread, since that does wait for the disk.
            guard let writer = group, writer.connection.logPages < Self.logPages else {
                return nil as GroupWriter.Outcome?
            }
            return try group?.run([work], tries: 1) { _ in [] }?.first
        }
        guard let outcome = written ?? nil else { return nil }
        if let batch = Self.applied(work, outcome) { board.wake(by: [batch]) }
        return outcome
    }

    private func run() {
        var groupsInARow = 0
        while true {
            var jobs = inbox.wait(GroupWriter.groupSize)
            guard !jobs.isEmpty else { break }
            let (outcomes, isNearOthers) = group.withLock { group in
                let outcomes = write(&group, jobs.map(\.work)) { room in
                    let further = inbox.take(room)
                    jobs += further
                    return further.map(\.work)
                }
                return (outcomes, (group?.groupsNearOthers ?? 0) > 0)
            }
            reply(jobs, outcomes)
            group.withLock { group in
                guard let group, group.connection.logPages >= Self.logPages else { return }
                group.connection.writeLogBack()
            }
            groupsInARow = inbox.isEmpty ? 0 : groupsInARow + 1
            if makesWay(groupsInARow, isNearOthers) { Threads.pause(GroupWriter.pause * 2) }
            gather(jobs.count)
        }
        group.withLock { $0 = nil }
    }

    /// Gives the tasks that were just answered a moment to come back, so that the next group is not of the first alone.
    ///
    /// A sync costs more than that moment, and so does falling asleep and being woken for a task that comes back alone.
    private func gather(_ expected: Int) {
        let end = clock.uptime + Self.yielding
        for _ in 0..<Self.yields {
            guard inbox.count < expected, clock.uptime < end else { return }
            Threads.yield()
        }
    }

    /// Whether to leave the lock alone for a moment, so that another process that waits for it gets its turn.
    ///
    /// At once if one was seen lately, and now and then although none was: one that waits cannot be seen.
    private func makesWay(_ groupsInARow: Int, _ isNearOthers: Bool) -> Bool {
        guard options.sharedByProcesses, groupsInARow > 0 else { return false }
        return isNearOthers || groupsInARow % 128 == 0
    }

    private func write(
        _ group: inout GroupWriter?,
        _ work: [WriteWork],
        more: (Int) -> [WriteWork]
    ) -> Result<[GroupWriter.Outcome], StoreError> {
        do throws(StoreError) {
            let outcomes = try group?.run(work, tries: tries, more: more)
            let busy = SQLiteStoreError(.busy, path, "another process kept its lock for \(options.lockWait)")
            return outcomes.map(Result.success) ?? .failure(.unavailable(busy))
        } catch {
            return .failure(error)
        }
    }

    private func reply(
        _ jobs: [Inbox<WriteWork, WriteReply>.Job],
        _ outcomes: Result<[GroupWriter.Outcome], StoreError>
    ) {
        switch outcomes {
        case .failure(let error):
            for job in jobs { job.waiter.resume(returning: .failure(error)) }
        case .success(let outcomes):
            for (job, outcome) in zip(jobs, outcomes) { job.waiter.resume(returning: outcome) }
            board.wake(by: zip(jobs, outcomes).compactMap { Self.applied($0.work, $1) })
        }
    }

    /// The batch of a commit that was applied.
    private static func applied(_ work: WriteWork, _ outcome: GroupWriter.Outcome) -> Batch? {
        guard case .success = outcome, case .commit(let batch, _) = work else { return nil }
        return batch
    }
}
#endif
