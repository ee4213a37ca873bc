public import ResilienceCore

/// The failed operations of one kind, in a store: found by id, by status and code, by age.
///
/// ```swift
/// let failed = FailedOperations<Payment>("payments", on: store)
/// for entry in try await failed.list() { print(entry.value.id, entry.value.code) }
/// ```
public struct FailedOperations<Payload: Codable & Sendable>: Sendable {
    let space: Space<FailedOperation<Payload>>
    let store: any RecordStore

    /// The failed operations of that name: the space `failed.<name>`.
    public init(_ name: String, on store: any RecordStore) {
        space = Space("failed.\(name)")
        self.store = store
    }

    /// The one of that id, or `nil`.
    public func find(_ id: String) async throws(StoreError) -> Space<FailedOperation<Payload>>.Entry? {
        try await space.read(id, in: store)
    }

    /// A page of them, oldest first.
    ///
    /// - Parameters:
    ///   - status: only those of this status; `nil` for all.
    ///   - code: only those of this code; `nil` for all.
    ///   - after: the last entry of the page before.
    ///   - limit: how many at most, 1 to ``StoreLimits/results``.
    public func list(
        status: FailedOperation<Payload>.Status? = nil,
        code: String? = nil,
        after: Space<FailedOperation<Payload>>.Entry? = nil,
        limit: Int = 100
    ) async throws(StoreError) -> [Space<FailedOperation<Payload>>.Entry] {
        var scan = Self.scan(space.name, status: status, code: code)
        scan.limit = limit
        if let after, let tag = Self.tags(of: after.value).first(where: { Self.covers(scan, $0) }) {
            scan.after = .tag(tag, name: after.name)
        }
        return try await space.scan(scan, in: store)
    }

    /// How many there are.
    public func count(
        status: FailedOperation<Payload>.Status? = nil,
        code: String? = nil
    ) async throws(StoreError) -> Int {
        try await store.count(Self.scan(space.name, status: status, code: code))
    }

    /// The write that stores one: for the commit that gives the work up. It expects that there is none of this id.
    func insertion(of operation: FailedOperation<Payload>) -> Write {
        space.put(operation, at: operation.id, expect: .absent, tags: Self.tags(of: operation))
    }

    // MARK: Tags

    /// A tag carries what is asked for and then the time, so that one scan gives equality, age and pages.
    private static func tags(of operation: FailedOperation<Payload>) -> [String] {
        let time = timeKey(operation.failedAt)
        let status = operation.status.rawValue
        let code = bounded(operation.code)
        return ["at|\(time)", "c=\(code)|\(time)", "s=\(status)|\(time)", "sc=\(status)&\(code)|\(time)"]
    }

    private static func scan(_ space: String, status: FailedOperation<Payload>.Status?, code: String?) -> Scan {
        switch (status, code) {
        case (nil, nil): .prefix("at|", in: space, by: .tag)
        case (nil, let code?): .prefix("c=\(bounded(code))|", in: space, by: .tag)
        case (let status?, nil): .prefix("s=\(status.rawValue)|", in: space, by: .tag)
        case (let status?, let code?): .prefix("sc=\(status.rawValue)&\(bounded(code))|", in: space, by: .tag)
        }
    }

    private static func covers(_ scan: Scan, _ tag: String) -> Bool { tag.hasPrefix(scan.from ?? "") }

    private static func bounded(_ code: String) -> String {
        String(decoding: code.utf8.prefix(100).filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
    }

    /// Microseconds as twenty digits, shifted to be positive, so that byte order is time order.
    static func timeKey(_ instant: Timestamp) -> String {
        let digits = String(UInt64(bitPattern: instant.microseconds) ^ (1 << 63))
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}
