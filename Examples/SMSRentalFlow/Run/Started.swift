import ResilienceCore
import Synchronization

/// The requests whose sagas were started. A life ends after some operations: if each began again from the first request,
/// none would come to the last ones.
final class Started: Sendable {
    private let ids = Mutex<Set<String>>([])

    /// Starts those that no life has started before, each when it is due.
    ///
    /// - Parameter begin: starts one, and may find that it goes on already.
    func start(
        _ requests: [RentalRequest],
        since opening: Timestamp,
        _ clock: any WallClock,
        _ begin: (RentalRequest) async throws -> Void
    ) async throws {
        for request in requests where !ids.withLock({ $0.contains(request.id) }) {
            let wait = clock.now.duration(to: opening.advanced(by: .seconds(request.at)))
            if wait > .zero { try await clock.pause(for: wait) }
            try await begin(request)
            ids.withLock { _ = $0.insert(request.id) }
        }
    }
}
