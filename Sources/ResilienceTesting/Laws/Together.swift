import ResilienceCore
import Synchronization

/// Runs `body` in `count` tasks at once, on the threads of the global executor; the results are in the order of numbers.
func together<Value: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for number in 0..<count { group.addTask { (number, try await body(number)) } }
        var results: [Int: Value] = [:]
        for try await (number, value) in group { results[number] = value }
        return (0..<count).compactMap { results[$0] }
    }
}

/// Runs two writers for some rounds, and a reader as long as one of them works, all at once.
func whileWriting(
    rounds: Int,
    write: @escaping @Sendable (_ writer: Int, _ round: Int) async throws -> Void,
    read: @escaping @Sendable () async throws -> Void
) async throws {
    let working = Countdown(2)
    _ = try await together(4) { number in
        if number < 2 {
            defer { working.decrement() }
            for round in 0..<rounds {
                try await write(number, round)
                // Not in step with the reader, who might else always find the same phase of a round trip.
                await yield(times: 1 + (round + number) % 3)
            }
        } else {
            repeat {
                try await read()
                await Task.yield()
            } while working.isRunning && !Task.isCancelled
        }
    }
}

/// How many still work.
private final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    var isRunning: Bool { left.load(ordering: .acquiring) > 0 }

    func decrement() { left.subtract(1, ordering: .releasing) }
}

/// Lets other tasks run, so that rounds of a race differ.
func yield(times: Int) async {
    for _ in 0..<times { await Task.yield() }
}

/// Runs `body` in a task that is cancelled after it has begun, by so many yields; with none, before it begins.
func cancelled<Value: Sendable>(
    after yields: Int = 0,
    _ body: @escaping @Sendable () async throws -> Value
) async -> Result<Value, any Error> {
    await withTaskGroup(of: Result<Value, any Error>.self) { group in
        if yields == 0 { group.cancelAll() }
        group.addTask {
            do { return .success(try await body()) } catch { return .failure(error) }
        }
        await yield(times: yields)
        group.cancelAll()
        return await group.next() ?? .failure(CancellationError())
    }
}
