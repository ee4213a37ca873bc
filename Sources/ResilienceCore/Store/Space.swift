/// The typed face of one space: values of one type, by name.
///
/// It keeps nothing; it makes keys and writes, and reads values of the right type.
///
/// ```swift
/// struct Greeting: Codable, Sendable { var text: String }
/// let greetings = Space<Greeting>("example.greetings")
///
/// try await store.commit(Batch([greetings.put(Greeting(text: "hello"), at: "first", expect: .absent)]))
/// let entry = try await greetings.read("first", in: store)
/// ```
public struct Space<Value: Codable & Sendable>: Sendable {
    /// The name of the space.
    public let name: String

    /// The space of that name; validated by the store it is used with.
    @inlinable
    public init(_ name: String) { self.name = name }

    /// A record with its value.
    public struct Entry: Sendable {
        /// The record as it was read.
        public let record: Record
        /// What it holds.
        public var value: Value

        /// The name in the space.
        @inlinable
        public var name: String { record.key.name }
        /// What a write must expect for this version to be the one it replaces.
        @inlinable
        public var unchanged: Expectation { .revision(record.revision) }

        /// Decodes the value of a record.
        ///
        /// - Throws: ``StoreError/invalid(_:)`` if the record holds something else.
        @inlinable
        public init(_ record: Record) throws(StoreError) {
            self.record = record
            value = try record.value.get()
        }
    }

    /// The key of a name in this space.
    @inlinable
    public func key(_ name: String) -> RecordKey { RecordKey(self.name, name) }

    /// Creates or replaces the record of that name.
    @inlinable
    public func put(
        _ value: Value,
        at name: String,
        expect: Expectation,
        due: Timestamp? = nil,
        tags: [String] = [],
        clearingDeliveries: Bool = false
    ) -> Write {
        .put(key(name), value, expect: expect, due: due, tags: tags, clearingDeliveries: clearingDeliveries)
    }

    /// Removes the record of that name.
    @inlinable
    public func delete(_ name: String, expect: Expectation) -> Write { .delete(key(name), expect: expect) }

    /// Requires something of the record of that name and changes nothing.
    @inlinable
    public func verify(_ name: String, expect: Expectation) -> Write { .verify(key(name), expect: expect) }

    /// The entry of that name, or `nil`.
    @inlinable
    public func read(_ name: String, in store: some RecordStore) async throws(StoreError) -> Entry? {
        guard let record = try await store.read(key(name)) else { return nil }
        return try Entry(record)
    }

    /// The entries that a scan finds; its space is this one, whatever it says.
    @inlinable
    public func scan(_ scan: Scan, in store: some RecordStore) async throws(StoreError) -> [Entry] {
        var scan = scan
        scan.space = name
        var entries: [Entry] = []
        for record in try await store.scan(scan) { entries.append(try Entry(record)) }
        return entries
    }
}
