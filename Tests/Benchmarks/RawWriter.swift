#if SQLite
import Foundation
import Synchronization

/// The least that any store can do whose one writer is a thread: tasks hand over a row and wait, the thread writes what
/// waits in one transaction and answers. No records, tags, expectations, errors or cancellation.
final class RawWriter: Sendable {
    private struct Job: Sendable {
        let number: Int
        let waiter: UnsafeContinuation<Void, Never>
    }

    private struct State {
        var jobs: [Job] = []
        var sleeps = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    init(committing commit: @escaping @Sendable ([Int]) throws -> Void) {
        Thread.detachNewThread { [self] in
            var expected = 0
            while true {
                let jobs = take(expected)
                do {
                    try commit(jobs.map(\.number))
                } catch {
                    preconditionFailure("the floor cannot be measured: \(error)")
                }
                expected = jobs.count
                for job in jobs { job.waiter.resume() }
            }
        }
    }

    func write(_ number: Int) async {
        await withUnsafeContinuation { waiter in
            let wakes = state.withLock { state in
                state.jobs.append(Job(number: number, waiter: waiter))
                defer { state.sleeps = false }
                return state.sleeps
            }
            if wakes { bell.signal() }
        }
    }

    /// What waits, once something does; those just answered get a moment to come back.
    private func take(_ expected: Int) -> [Job] {
        for _ in 0..<50 where state.withLock({ $0.jobs.count < expected }) { sched_yield() }
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                state.sleeps = state.jobs.isEmpty
                return state.jobs
            }
            if !jobs.isEmpty { return jobs }
            bell.wait()
        }
    }
}

extension Base {
    /// One row's share of a durable commit through ``RawWriter``, by so many tasks at once.
    static func sqliteWriter(tasks: Int) -> Base {
        Base("writer thread, \(tasks) tasks", reference: 67_000, samples: longSamples) { try writing(by: tasks) }
    }
}

/// What a commit costs at least if it waits for the disk and no task's thread does, compared with the driver itself.
let sqliteFloorRows: [Row] = [1, 8, 64].map { tasks in
    Row("floor.sqlite.full.commit.\(tasks)", base: .sqliteFull) { try writing(by: tasks) }
}

private func writing(by tasks: Int) throws -> Row.Body {
    let database = try RawSQLite(TemporaryFolder.file("floor"), synchronous: "FULL")
    let writer = RawWriter { try database.commit($0) }
    return { count in
        await withTaskGroup { group in
            for task in 0..<tasks {
                group.addTask {
                    for number in stride(from: task, to: count, by: tasks) { await writer.write(number) }
                }
            }
        }
    }
}
#else
let sqliteFloorRows: [Row] = []
#endif
