package import ResilienceCore
import Synchronization

/// The lives of a process, one after the other, each cut off somewhere.
package final class Lives: Sendable {
    private let operations: ClosedRange<Int>
    private let deadline: Deadline?
    private let time: TimeKeeping
    private let ended = Mutex(0)

    /// - Parameters:
    ///   - operations: how many operations a life has.
    ///   - deadline: when the process really ends, whichever life it is in.
    package init(of operations: ClosedRange<Int>, deadline: Deadline? = nil, _ time: TimeKeeping) {
        self.operations = operations
        self.deadline = deadline
        self.time = time
    }

    /// How many processes live at once. In virtual time two: what one of them dies over the other takes up.
    package var atOnce: Int { time.virtual == nil ? 1 : 2 }

    /// How many lives were cut off.
    package var crashes: Int { ended.withLock { $0 } }

    /// Lives until `watch` returns, and gives what that gives. An error of a life ends it too.
    ///
    /// - Parameter live: lives as the process of that number, until it is cancelled.
    package func run<Result: Sendable>(
        _ live: @escaping @Sendable (Int) async throws -> Void,
        until watch: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            for number in 0..<atOnce {
                group.addTask {
                    try await live(number)
                    return nil
                }
            }
            group.addTask { try await watch() }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            throw CancellationError()
        }
    }

    /// Lives until the task is cancelled.
    ///
    /// - Parameter start: starts what a life does in the group.
    package func live(
        seed: UInt64,
        _ start: (Life, inout SmallGenerator, inout ThrowingTaskGroup<Void, any Error>) throws -> Void
    ) async throws {
        var generator = SmallGenerator(seed: seed)
        while !Task.isCancelled {
            let life = Life(operations: Int.random(in: operations, using: &generator), deadline: deadline)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try start(life, &generator, &group)
                await life.ended()
                group.cancelAll()
            }
            guard !Task.isCancelled else { return }
            ended.withLock { $0 += 1 }
            // The next process is up soon.
            try await time.clock.pause(for: .seconds(1))
        }
    }
}
