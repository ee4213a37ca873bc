/// The one place in the package that starts unstructured tasks.
///
/// What must finish although its caller is cancelled (a compensation, a refresh that several requests wait for, a
/// handler in its grace time) runs in such a task. A plain `Task { }` does not inherit a task executor and so would leave
/// a simulation; this carries the simulation's executor along by a task-local.
package enum UnstructuredTask {
    /// The executor of the simulation that is running, if any.
    @TaskLocal package static var executor: (any TaskExecutor)?

    /// Starts a task that the caller's cancellation does not reach.
    @discardableResult
    package static func start<Success: Sendable>(
        _ operation: sending @escaping @isolated(any) () async throws -> Success
    ) -> Task<Success, any Error> {
        Task(executorPreference: executor, operation: operation)
    }

    /// Starts a task that the caller's cancellation does not reach, on the caller's thread as far as its first suspension.
    ///
    /// An operation that does not suspend is over when this returns, and no other thread was woken for it. In a simulation,
    /// and on Apple systems before version 26, it is the same as ``start(_:)``.
    @discardableResult
    package static func startHere<Success: Sendable>(
        _ operation: sending @escaping @isolated(any) () async throws -> Success
    ) -> Task<Success, any Error> {
        if executor == nil, #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) {
            return Task.immediate(operation: operation)
        }
        return start(operation)
    }
}

/// Runs `operation` to its end although the caller may be cancelled, and gives its result.
///
/// Costs a task; call it where something must finish, not on every path.
package func shielded<Success: Sendable>(
    _ operation: sending @escaping @isolated(any) () async throws -> Success
) async throws -> Success {
    try await UnstructuredTask.start(operation).value
}
