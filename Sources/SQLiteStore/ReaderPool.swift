#if SQLite
internal import ResilienceCore

/// The threads that read, each with a connection of its own, so that neither a writer nor the tasks' threads wait.
final class ReaderPool: Sendable {
    private let inbox: Inbox<ReadWork, ReadReply>
    private let open: @Sendable () throws(SQLError) -> Connection
    private let clock: any WallClock
    private let coder: any ValueCoder
    private let path: String

    init(
        clock: any WallClock,
        coder: any ValueCoder,
        path: String,
        open: @escaping @Sendable () throws(SQLError) -> Connection
    ) {
        self.clock = clock
        self.coder = coder
        self.path = path
        self.open = open
        inbox = Inbox(
            whenClosed: StoreError.unavailable(SQLiteStoreError(.closed, path, "it was closed")),
            whenCancelled: StoreError.cancelled
        )
    }

    /// Starts the threads.
    func start(_ count: Int, on threads: Threads) {
        for number in 1...count { threads.start("resilience.sqlite.reader.\(number)") { self.run() } }
    }

    /// Refuses further work; what waits is still done, and then the threads end.
    func close() { inbox.close() }

    /// Has work done by one of the threads.
    func submit(_ work: ReadWork) async throws -> ReadReply { try await inbox.submit(work) }

    private func perform(_ work: ReadWork, with reader: inout Reader?) -> Result<ReadReply, any Error> {
        do throws(SQLError) {
            if reader == nil { reader = Reader(connection: try open(), clock: clock, coder: coder) }
            return .success(try reader?.perform(work) ?? ReadReply())
        } catch {
            return .failure(StoreError.unavailable(SQLiteStoreError(error, path)))
        }
    }

    private func run() {
        var reader: Reader?
        while let job = inbox.wait(1).first {
            job.waiter.resume(returning: perform(job.work, with: &reader))
        }
    }
}
#endif
