#if SQLite
internal import ResilienceCore

/// How safe a commit is when it returns.
public enum Durability: Sendable, Hashable {
    /// On the disk: it survives a loss of power. One sync for a group of commits.
    case full
    /// With the operating system: it survives the death of the process, but the latest commits may be lost with the
    /// power. What is left is consistent.
    case normal
}

/// How a store uses its file.
public struct SQLiteStoreOptions: Sendable {
    /// How safe a commit is when it returns.
    public var durability = Durability.full
    /// Whether other processes, or other stores of this one, write to the file. If not, listeners of wake-ups cost no
    /// look a second, and the writer never makes way.
    public var sharedByProcesses = true
    /// How many connections and threads read; 1 to 64.
    public var readers = 2
    /// How long a commit waits for the lock of another process before it is `unavailable`; 0 to 1 hour.
    public var lockWait = Duration.seconds(5)
    /// The layer under SQLite, for tests that count or fail its system calls.
    package var vfs: String?

    /// The options that suit a file shared by several processes.
    public init() {}

    func validate() throws(InvalidArgument) {
        guard (1...64).contains(readers) else {
            throw InvalidArgument(field: "readers", value: readers, allowed: "1...64")
        }
        guard lockWait >= .zero, lockWait <= .seconds(3_600) else {
            throw InvalidArgument(field: "lockWait", value: lockWait, allowed: "0 to 1 hour")
        }
    }
}
#endif
