public import ResilienceCore

/// The failed operations of one kind, in a store: found by id, by status, code and context, by age; changed along the
/// transitions that are allowed, and brought back to their queue.
///
/// ```swift
/// let failed = FailedOperations<Payment>("payments", on: store)
/// for operation in try await failed.list().operations { print(operation.id, operation.code) }
/// try await failed.move("p-2", to: .retryable, by: "ann", note: "the wallet is topped up")
/// try await failed.redrive("p-2", by: "ann", force: true)
/// ```
///
/// A change is one commit, with its entry in the audit trail `failed.<name>`, and of two at once one comes second: it
/// looks again and is refused if the first one took it elsewhere. A cancelled caller gets `CancellationError`.
public struct FailedOperations<Payload: Codable & Sendable>: Sendable {
    typealias Operation = FailedOperation<Payload>

    /// The name: that of the queue.
    public let name: String
    let space: Space<FailedOperation<Payload>>
    let store: any RecordStore

    /// The failed operations of that name: the space `failed.<name>`.
    public init(_ name: String, on store: any RecordStore) {
        self.name = name
        space = Space("failed.\(name)")
        self.store = store
    }

    // MARK: Looking

    /// The one of that id, or `nil`.
    public func find(_ id: String) async throws(StoreError) -> FailedOperation<Payload>? {
        try await space.read(id, in: store)?.value
    }

    /// What is looked for: all conditions must hold.
    public struct Query: Sendable, Hashable {
        /// Its status; `nil` for any.
        public var status: FailedStatus?
        /// Its code; `nil` for any.
        public var code: String?
        /// Its context; `nil` for any.
        public var context: String?
        /// Given up at this instant or later.
        public var since: Timestamp?
        /// Given up before this instant.
        public var until: Timestamp?

        /// Creates a query; without conditions it finds all.
        public init(
            status: FailedStatus? = nil,
            code: String? = nil,
            context: String? = nil,
            since: Timestamp? = nil,
            until: Timestamp? = nil
        ) {
            self.status = status
            self.code = code
            self.context = context
            self.since = since
            self.until = until
        }
    }

    /// A page of failed operations, oldest first.
    public struct Page: Sendable {
        /// What was found.
        public let operations: [FailedOperation<Payload>]
        /// The ids of records on this page that cannot be read.
        public let unreadable: [String]
        /// Where the next page begins; `nil` after the last.
        public let next: Cursor?
    }

    /// Where a page begins.
    public struct Cursor: Sendable, Hashable {
        let tag: String
        let name: String
    }

    /// A page of them, oldest first. Costs one scan, whatever the query asks for.
    ///
    /// - Parameters:
    ///   - query: which.
    ///   - cursor: where to begin: `next` of the page before, of the same query.
    ///   - limit: how many at most, 1 to ``StoreLimits/results``.
    public func list(
        _ query: Query = Query(),
        after cursor: Cursor? = nil,
        limit: Int = 100
    ) async throws(StoreError) -> Page {
        var scan = scan(query)
        scan.limit = limit
        scan.after = cursor.map { .tag($0.tag, name: $0.name) }
        let records = try await store.scan(scan)
        var operations: [FailedOperation<Payload>] = []
        var unreadable: [String] = []
        for record in records {
            do { operations.append(try record.value.get()) } catch { unreadable.append(record.key.name) }
        }
        var next: Cursor?
        if case .tag(let tag, let name)? = scan.following(records)?.after { next = Cursor(tag: tag, name: name) }
        return Page(operations: operations, unreadable: unreadable, next: next)
    }

    /// How many there are.
    public func count(_ query: Query = Query()) async throws(StoreError) -> Int {
        try await store.count(scan(query))
    }

    func scan(_ query: Query) -> Scan {
        let prefix = FailedTags.prefix(query.status, query.code, query.context)
        return FailedTags.scan(space.name, prefix, from: query.since, until: query.until)
    }

    // MARK: Storing

    /// Stores one, unless there is one of its id already.
    ///
    /// - Returns: the one that is stored now: this one, or the one that was there before, unchanged.
    /// - Throws: the errors of the store.
    @discardableResult
    public func insert(_ operation: FailedOperation<Payload>) async throws -> FailedOperation<Payload> {
        while true {
            do {
                try await store.commitSettling(Batch([insertion(of: operation)]))
                return operation
            } catch {
                guard case .conflict = error else { throw error.surfaced }
            }
            do { if let held = try await find(operation.id) { return held } } catch { throw error.surfaced }
        }
    }

    /// The write that stores one: for the commit that gives the work up. It expects that there is none of this id.
    package func insertion(of operation: FailedOperation<Payload>) -> Write {
        space.put(operation, at: operation.id, expect: .absent, tags: FailedTags.of(operation))
    }

    /// The write that replaces one.
    func update(_ operation: FailedOperation<Payload>, of entry: Space<FailedOperation<Payload>>.Entry) -> Write {
        space.put(operation, at: entry.name, expect: entry.unchanged, tags: FailedTags.of(operation))
    }
}
