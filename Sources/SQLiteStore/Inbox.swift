#if SQLite
internal import Dispatch
internal import Synchronization

/// Hands work from tasks to threads, and the results back.
///
/// A task that is cancelled takes its work back as long as no thread has taken it; after that it waits for the result.
final class Inbox<Work: Sendable, Reply: Sendable>: Sendable {
    typealias Outcome = Result<Reply, any Error>

    /// One piece of work and the task that waits for it. A class, since it is handed on several times.
    ///
    /// The continuation is an unchecked one, which saves a tenth of a commit: a job leaves the array below exactly once, and
    /// whoever takes it out resumes it.
    final class Job: Sendable {
        let ticket: UInt64
        let work: Work
        let waiter: UnsafeContinuation<Outcome, Never>

        init(ticket: UInt64, work: Work, waiter: UnsafeContinuation<Outcome, Never>) {
            self.ticket = ticket
            self.work = work
            self.waiter = waiter
        }
    }

    private struct State {
        var jobs: [Job] = []
        var nextTicket: UInt64 = 0
        var sleepers = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let whenClosed: any Error
    private let whenCancelled: any Error

    init(whenClosed: any Error, whenCancelled: any Error) {
        self.whenClosed = whenClosed
        self.whenCancelled = whenCancelled
    }

    /// Whether nobody waits.
    var isEmpty: Bool { count == 0 }

    /// How many jobs wait.
    var count: Int { state.withLock { $0.jobs.count } }

    /// Has `work` done by a thread.
    func submit(_ work: Work) async throws -> Reply {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                add(Job(ticket: ticket, work: work, waiter: waiter))
                // The cancellation may have come before there was anything to take back.
                if Task.isCancelled { takeBack(ticket) }
            }
        } onCancel: {
            takeBack(ticket)
        }
        return try outcome.get()
    }

    private func add(_ job: Job) {
        let (isAccepted, wakes) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.jobs.append(job)
            guard state.sleepers > 0 else { return (true, false) }
            state.sleepers -= 1
            return (true, true)
        }
        if wakes { bell.signal() }
        if !isAccepted { job.waiter.resume(returning: .failure(whenClosed)) }
    }

    private func takeBack(_ ticket: UInt64) {
        let job = state.withLock { state in
            state.jobs.firstIndex { $0.ticket == ticket }.map { state.jobs.remove(at: $0) }
        }
        job?.waiter.resume(returning: .failure(whenCancelled))
    }

    /// The jobs that wait now, the oldest `limit` of them.
    func take(_ limit: Int) -> [Job] {
        state.withLock { state in
            guard state.jobs.count > limit else {
                defer { state.jobs = [] }
                return state.jobs
            }
            defer { state.jobs.removeFirst(limit) }
            return Array(state.jobs.prefix(limit))
        }
    }

    /// Blocks the thread until jobs wait, and takes the oldest `limit`. Empty once the inbox is closed and done.
    func wait(_ limit: Int) -> [Job] {
        while true {
            let jobs = take(limit)
            if !jobs.isEmpty { return jobs }
            let sleeps = state.withLock { state -> Bool? in
                guard state.jobs.isEmpty else { return false }
                guard !state.isClosed else { return nil }
                state.sleepers += 1
                return true
            }
            guard let sleeps else { return [] }
            if sleeps { bell.wait() }
        }
    }

    /// Refuses further work; what waits is still done.
    func close() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = 0 }
            state.isClosed = true
            return state.sleepers
        }
        for _ in 0..<sleepers { bell.signal() }
    }
}
#endif
