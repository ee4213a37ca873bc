import ResilienceCore

/// What a payment of the context `batch` pays: small amounts that were gathered, and that wait again if it is not made.
struct Batches: Sendable {
    /// One of the amounts.
    struct Amount: Codable, Sendable, Equatable {
        /// The payment that pays it; `nil` while it waits for the next one.
        var batch: String?
    }

    /// How many amounts a batch gathers here.
    static let size = 3

    let store: any RecordStore
    private let space = Space<Amount>(Spaces.accumulations)

    init(on store: any RecordStore) { self.store = store }

    /// Records what each batch gathers, before it is submitted. What is there already stays as it is.
    func record(_ payments: [Payment]) async throws {
        let names = payments.filter { $0.context == .batch }.flatMap { Self.names(of: $0.id) }
        for start in stride(from: 0, to: names.count, by: 300) {
            let some = names[start..<min(start + 300, names.count)]
            let known = try await store.read(some.map { RecordKey(space.name, $0.name) })
            let writes = zip(some, known).compactMap { (some, known) in
                known == nil ? space.put(Amount(batch: some.batch), at: some.name, expect: .absent) : nil
            }
            guard !writes.isEmpty else { continue }
            do {
                try await store.commitSettling(Batch(writes))
            } catch {
                // Another process submits the same.
                guard case .conflict = error else { throw error }
            }
        }
    }

    /// Lets all that a payment was to pay wait for another one, in one commit. What does already is left alone.
    ///
    /// - Returns: how many wait again.
    func rollBack(_ payment: String) async throws -> Int {
        var writes: [Write] = []
        for one in Self.names(of: payment) {
            guard let entry = try await space.read(one.name, in: store), entry.value.batch == payment else { continue }
            writes.append(space.put(Amount(batch: nil), at: one.name, expect: entry.unchanged))
        }
        if !writes.isEmpty { try await store.commitSettling(Batch(writes)) }
        return writes.count
    }

    private static func names(of payment: String) -> [(name: String, batch: String)] {
        (1...size).map { ("\(payment).\($0)", payment) }
    }
}
