#if SQLite
internal import Synchronization

/// The spaces whose latest claim got all that it asked for: probably more is due there.
final class Backlogs: Sendable {
    private let spaces = Mutex<Set<String>>([])

    func contains(_ space: String) -> Bool { spaces.withLock { $0.contains(space) } }

    /// Notes whether a claim was full.
    func set(_ space: String, _ wasFull: Bool) {
        spaces.withLock { spaces in
            if wasFull { spaces.insert(space) } else { spaces.remove(space) }
        }
    }
}
#endif
