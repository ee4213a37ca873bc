/// Writes that are applied together or not at all.
public struct Batch: Sendable {
    /// The writes; a key stands once. 1 to ``StoreLimits/writes``.
    public var writes: [Write]
    /// If set, the batch is applied only at an instant of the store's clock before this one, tested while the batch
    /// holds its locks; else the commit throws ``StoreError/late``.
    public var before: Timestamp?
    /// The id that ``StoreError/indeterminate(_:)`` gave, to hand the same batch in again; else `nil`.
    public var id: CommitID?

    /// Creates a batch.
    public init(_ writes: [Write], before: Timestamp? = nil, id: CommitID? = nil) {
        self.writes = writes
        self.before = before
        self.id = id
    }
}

/// One write: where, what must be true there, and what is done.
public struct Write: Sendable {
    /// The record it concerns.
    public var key: RecordKey
    /// What must be true of the record, at the very point in time at which the effect happens.
    public var expect: Expectation
    /// What is done.
    public var effect: Effect

    /// Creates a write.
    public init(_ key: RecordKey, expect: Expectation, effect: Effect) {
        self.key = key
        self.expect = expect
        self.effect = effect
    }
}

/// What must be true of a record for a write to be applied.
public enum Expectation: Sendable, Hashable {
    /// Nothing. For idempotent writes only: a batch handed in again long after may be applied twice.
    case any
    /// There is no record.
    case absent
    /// The record is there at exactly this revision.
    case revision(Revision)
}

/// What a write does.
public enum Effect: Sendable {
    /// Creates or replaces the record: value, due and tags. Deliveries stay, unless `clearingDeliveries`.
    case put(StoredValue, due: Timestamp?, tags: [String], clearingDeliveries: Bool)
    /// Moves due forward; revision, deliveries, value and tags stay. An earlier instant changes nothing, and so does a
    /// renewal of a record that is not due at all. Of a record that is absent it is a conflict.
    case renew(until: Timestamp)
    /// Sets due, with a new revision; value, tags and deliveries stay. Of a record that is absent it is a conflict.
    case reschedule(Timestamp?)
    /// What a claim does: a new revision, one delivery more, due at the end of the lease. Of a record that is absent, or
    /// not due by the store's clock, it is a conflict: a renewal keeps the revision, so the revision alone would let a
    /// record be claimed that its holder has just renewed.
    case deliver(until: Timestamp)
    /// Removes the record and its tags. With ``Expectation/any`` the record may be absent already.
    case delete
    /// Changes nothing: the expectation is all.
    case verify
}

extension Write {
    /// Creates or replaces a record.
    @inlinable
    public static func put(
        _ key: RecordKey,
        _ value: some Codable & Sendable,
        expect: Expectation,
        due: Timestamp? = nil,
        tags: [String] = [],
        clearingDeliveries: Bool = false
    ) -> Write {
        Write(
            key,
            expect: expect,
            effect: .put(StoredValue(value), due: due, tags: tags, clearingDeliveries: clearingDeliveries)
        )
    }

    /// Removes a record.
    public static func delete(_ key: RecordKey, expect: Expectation) -> Write {
        Write(key, expect: expect, effect: .delete)
    }

    /// Requires something of a record and changes nothing.
    public static func verify(_ key: RecordKey, expect: Expectation) -> Write {
        Write(key, expect: expect, effect: .verify)
    }

    /// Moves due forward and keeps the revision.
    public static func renew(_ key: RecordKey, expect: Expectation, until: Timestamp) -> Write {
        Write(key, expect: expect, effect: .renew(until: until))
    }

    /// Sets due, with a new revision.
    public static func reschedule(_ key: RecordKey, expect: Expectation, due: Timestamp?) -> Write {
        Write(key, expect: expect, effect: .reschedule(due))
    }
}
