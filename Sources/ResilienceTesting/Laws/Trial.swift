import ResilienceCore

/// What a check found to be wrong; becomes a ``LawViolation`` once the check's name is put to it.
struct Finding: Error {
    let expected: String
    let found: String

    init(expected: String, found: String) {
        self.expected = Self.shortened(expected)
        self.found = Self.shortened(found)
    }

    private static func shortened(_ text: String) -> String { text.count <= 600 ? text : text.prefix(600) + " ..." }
}

/// One check at work: its store, its clock, and short words for what checks do all the time.
struct Trial: Sendable {
    let subject: StoreUnderTest
    let clock: ManualClock
    /// The handle that is worked on: the subject's store, or another one on the same data.
    var store: any RecordStore
    /// The space that checks work in.
    let space = "laws.first"
    /// Another one.
    let otherSpace = "laws.second"
    /// An hour before the check began, on the store's clock: what is due then is due.
    let past: Timestamp
    /// An hour after the check began.
    let later: Timestamp

    init(subject: StoreUnderTest, clock: ManualClock) {
        self.subject = subject
        self.clock = clock
        store = subject.store
        past = store.clock.now.advanced(by: .seconds(-3_600))
        later = store.clock.now.advanced(by: .seconds(3_600))
    }

    /// This trial, on another handle.
    func on(_ store: any RecordStore) -> Trial {
        var other = self
        other.store = store
        return other
    }

    /// This trial, after its data was opened anew.
    func reopened() async throws -> Trial {
        guard let reopen = subject.reopen else { throw Finding(expected: "a way to reopen", found: "none") }
        return on(try await reopen())
    }

    /// This trial, on a second handle.
    func secondHandle() async throws -> Trial {
        guard let open = subject.secondHandle else { throw Finding(expected: "a second handle", found: "none") }
        return on(try await open())
    }

    /// The store's now.
    var now: Timestamp { store.clock.now }

    func key(_ name: String) -> RecordKey { RecordKey(space, name) }

    // MARK: Doing

    /// Puts a record of the first space, by itself.
    @discardableResult
    func put(
        _ name: String,
        _ value: String = "value",
        expect: Expectation = .any,
        due: Timestamp? = nil,
        tags: [String] = []
    ) async throws -> Revision {
        try await commit(.put(key(name), value, expect: expect, due: due, tags: tags))
    }

    @discardableResult
    func commit(_ writes: Write..., before: Timestamp? = nil, id: CommitID? = nil) async throws -> Revision {
        try await store.commit(Batch(writes, before: before, id: id))
    }

    func claim(_ limit: Int = 100, lease: Duration = .seconds(30)) async throws -> [Record] {
        try await store.claim(Claim(space, limit: limit, lease: lease))
    }

    /// What is at `name`; a violation if nothing is.
    func facts(_ name: String) async throws -> Facts {
        guard let facts = try await found(name) else {
            throw Finding(expected: "a record at \(name)", found: "none")
        }
        return facts
    }

    /// What is at `name`, or `nil`.
    func found(_ name: String) async throws -> Facts? {
        try await store.read(key(name)).map(Facts.init(_:))
    }

    /// All that the first space holds, in the order of names.
    func everything() async throws -> [Facts] { try await store.scan(Scan(space)).map(Facts.init(_:)) }

    /// The names that a scan finds.
    func names(_ scan: Scan) async throws -> [Text] { try await store.scan(scan).map { Text($0.key.name) } }

    /// The names that a scan finds, page after page.
    func namesByPages(_ scan: Scan) async throws -> [Text] {
        var names: [Text] = []
        var next: Scan? = scan
        while let page = next {
            let records = try await store.scan(page)
            names += records.map { Text($0.key.name) }
            next = page.following(records)
            try holds(names.count <= 10_000, "pages that come to an end", found: "a page for ever")
        }
        return names
    }

    // MARK: Judging

    /// Two things are the same.
    func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else {
            throw Finding(expected: "\(what) to be \(expected)", found: "\(found)")
        }
    }

    /// Something is true.
    func holds(_ condition: Bool, _ expected: @autoclosure () -> String, found: @autoclosure () -> String) throws {
        guard condition else { throw Finding(expected: expected(), found: found()) }
    }

    /// A call is refused, in this way; gives the conflicts, if it is by one.
    @discardableResult
    func refuses(
        _ what: String,
        with refusal: Refusal,
        _ call: () async throws -> some Sendable
    ) async throws -> [StoreError.Conflict] {
        do {
            let result = try await call()
            throw Finding(expected: "\(what) to be refused as \(refusal)", found: "it succeeded with \(result)")
        } catch let error as StoreError {
            switch (refusal, error) {
            case (.conflict, .conflict(let conflicts)): return conflicts
            case (.late, .late), (.invalid, .invalid), (.cancelled, .cancelled): return []
            default: throw Finding(expected: "\(what) to be refused as \(refusal)", found: "\(error)")
            }
        }
    }

    /// A write is refused as a conflict.
    func conflicts(_ what: String, _ write: Write) async throws {
        try await refuses(what, with: .conflict) { try await store.commit(Batch([write])) }
    }

    enum Refusal { case conflict, late, invalid, cancelled }
}
