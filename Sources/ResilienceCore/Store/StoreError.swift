/// Why a store did not do what it was asked to. Closed: a caller must decide on each case.
public enum StoreError: Error, Sendable {
    /// Expectations did not hold and nothing was done: exactly the writes that failed.
    case conflict([Conflict])
    /// The batch's `before` had passed on the store's clock, and nothing was done.
    case late
    /// The commit may or may not have happened. Hand the batch in again with this id: it is applied once.
    case indeterminate(CommitID)
    /// The task was cancelled, and nothing was done. The primitives turn it into `CancellationError`.
    case cancelled
    /// The store cannot be reached or has failed, and nothing was done. Try again later.
    case unavailable(any Error)
    /// The request can never succeed: a name, tag, limit or value out of bounds.
    case invalid(InvalidArgument)

    /// One write whose expectation did not hold.
    public struct Conflict: Sendable {
        /// The key of the write.
        public let key: RecordKey
        /// What was found there, as a hint; it may have changed since.
        public let record: Record?

        /// Creates a conflict, for implementors of stores.
        public init(key: RecordKey, record: Record?) {
            self.key = key
            self.record = record
        }
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .conflict(let conflicts): "conflict at \(conflicts.map(\.key.description).joined(separator: ", "))"
        case .late: "late: the batch's deadline had passed"
        case .indeterminate(let id): "indeterminate: \(id) may or may not have happened"
        case .cancelled: "cancelled: nothing was done"
        case .unavailable(let reason): "unavailable: \(reason)"
        case .invalid(let argument): "invalid: \(argument)"
        }
    }

    /// Whether a write to `key` was among those that conflicted.
    public func conflicts(at key: RecordKey) -> Bool {
        guard case .conflict(let conflicts) = self else { return false }
        return conflicts.contains { $0.key == key }
    }
}

/// The bounds that every store keeps.
public enum StoreLimits {
    /// Bytes of a space or name: 1 to 512, without NUL.
    public static let nameBytes = 512
    /// Tags of one record.
    public static let tags = 8
    /// Bytes of a tag: 1 to 255, without NUL.
    public static let tagBytes = 255
    /// Writes in one batch.
    public static let writes = 1_000
    /// Records of one scan, claim or read.
    public static let results = 1_000
    /// Bytes of an encoded value: 1 MiB.
    public static let valueBytes = 1 << 20
}
