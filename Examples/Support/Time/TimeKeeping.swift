import Foundation
package import ResilienceCore

/// The clock of a run, and the lock beside the store's file that says who else may work on it.
///
/// A process in virtual time is alone. Processes in real or scaled time share the file; of scaled ones all go by one
/// origin, kept beside the file, which the first of them writes when it is alone. A program that has no way to join others
/// is alone at every speed.
package struct TimeKeeping: Sendable {
    package let clock: any WallClock
    /// Set if time is virtual.
    package let virtual: VirtualTime?
    private let begin: Timestamp
    private let lock: FileLock?

    /// Where virtual time begins in a store that is empty: 2026-01-01T00:00:00Z.
    package static let epoch = Timestamp(seconds: 1_767_225_600)

    /// - Parameters:
    ///   - file: the store's file; `nil` for a store in memory, which nobody shares.
    ///   - isAlone: whether no other process may work on the file, however fast time goes.
    ///   - latest: the latest instant that is stored; `nil` if nothing is.
    package init(
        _ speed: RunSpeed,
        file: String?,
        isAlone: Bool = false,
        latest: @escaping @Sendable () async throws -> Timestamp?
    ) async throws {
        let lock = try file.map { file throws(ExitError) in try FileLock(file + ".lock") }
        self.lock = lock
        guard !isAlone || lock?.take(shared: false) ?? true else {
            throw ExitError.noInput("another process works on \(file ?? ""): one at a time")
        }
        switch speed {
        case .virtual:
            guard lock?.take(shared: false) ?? true else {
                throw ExitError.noInput("another process works on \(file ?? ""): virtual time is of one process alone")
            }
            let time = VirtualTime(startingAt: max(try await latest() ?? Self.epoch, Self.epoch))
            (clock, virtual) = (time, time)
        case .real, .times:
            let factor = speed.factor
            var origin = try await Self.origin(factor, latest)
            if let file, let lock {
                if lock.take(shared: false) {
                    // Nobody else is at work, so time may be set anew.
                    try JSONEncoder().encode(origin).write(to: URL(fileURLWithPath: file + ".origin"), options: .atomic)
                }
                if !isAlone { try await Self.share(lock, file) }
                origin = try Self.recorded(beside: file)
                guard origin.factor == factor else { throw Self.other(origin.factor, file) }
            }
            clock = factor == 1 ? SystemClock() : ScaledClock(origin)
            virtual = nil
        }
        begin = clock.now
    }

    /// Runs `body`, in virtual time if time is virtual.
    package func perform<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result
    {
        guard let virtual else { return try await body() }
        return try await virtual.perform(body)
    }

    /// How much virtual time has gone by; `nil` if time is not virtual.
    package var virtualSeconds: Double? { virtual.map { begin.duration(to: $0.now) / .seconds(1) } }

    /// How fast a run goes: as asked for; else in virtual time, for one process alone.
    ///
    /// - Parameters:
    ///   - workers: how many processes there will be.
    ///   - joins: whether it is one more, which goes as fast as the others do.
    ///   - file: the store's.
    ///   - factor: of processes that share a file, unless the user says otherwise.
    package static func speed(
        _ asked: RunSpeed?,
        workers: Int,
        joins: Bool,
        _ file: String?,
        shared factor: Int
    ) -> RunSpeed {
        if let asked { return asked }
        if workers > 1 {
            Console.print("speed: x\(factor), since --workers \(workers) cannot share virtual time")
            return .times(factor)
        }
        guard joins, let file else { return .virtual }
        guard let origin = try? recorded(beside: file), origin.factor > 1 else { return .times(factor) }
        return .times(origin.factor)
    }

    /// The origin of the processes that share a file; `nil` if there was none so far.
    package static func recorded(beside file: String) throws -> TimeOrigin {
        try JSONDecoder().decode(TimeOrigin.self, from: Data(contentsOf: URL(fileURLWithPath: file + ".origin")))
    }

    /// Of a store that is empty now; else the latest instant that is stored, from which scaled time goes on.
    private static func origin(
        _ factor: Int,
        _ latest: @Sendable () async throws -> Timestamp?
    ) async throws -> TimeOrigin {
        let now = SystemClock().now
        let latest = try await latest() ?? now
        guard factor > 1 else {
            guard latest < now.advanced(by: .seconds(3_600)) else {
                throw ExitError.noInput(
                    "the time in the store is ahead, at \(latest): go on with --speed virtual or xN"
                )
            }
            return TimeOrigin(wall: now, shown: now, factor: 1)
        }
        return TimeOrigin(wall: now, shown: latest, factor: factor)
    }

    private static func share(_ lock: FileLock, _ file: String) async throws {
        // One that sets the time holds the lock for itself, but for a moment only.
        for _ in 0..<40 {
            if lock.take(shared: true) { return }
            try await SystemClock().pause(for: .milliseconds(25))
        }
        throw ExitError.noInput("a process in virtual time works on \(file), and must be alone")
    }

    private static func other(_ factor: Int, _ file: String) -> ExitError {
        let speed = factor == 1 ? "real" : "x\(factor)"
        return .usage("others work on \(file) at --speed \(speed), and so must this one")
    }
}

/// A lock on a file of its own, held until the process ends.
package final class FileLock: Sendable {
    private let file: FileDescriptor

    package init(_ path: String) throws(ExitError) {
        file = try FileDescriptor(opening: path, as: "the lock")
    }

    /// Takes it, or changes how it is held; `false` if another process is in the way.
    package func take(shared: Bool) -> Bool { file.tryLock(shared: shared) }
}
