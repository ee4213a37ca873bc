public import ResilienceCore
import Synchronization

/// Where a router keeps what happens, on a store: each attempt, the health of its providers, its preferences.
///
/// It is never in the way: an entry is put into a buffer, and a task writes what waits, many at once. A store that fails or
/// hangs delays no call and fails none; what no longer fits into the buffer is dropped, counted and told of. Several
/// processes may write to one journal; each hears what the others learn.
///
/// ```swift
/// let journal = try ProviderJournal("numbers", on: store)
/// let router = try ProviderRouter("numbers", ["sms-activate", "5sim"], journal: journal)
/// let keeping = Task { await router.keep() }
/// for failure in try await journal.reports.failures() { print(failure.provider, failure.message ?? "", failure.occurrences) }
/// ```
public final class ProviderJournal: Sendable {
    /// The journal; its spaces are `provider.<name>.requests`, `.health` and `.preferences`.
    public let name: String
    /// How it keeps what it is told.
    public let options: JournalOptions
    let store: any RecordStore
    let observer: (any Observer)?
    let origin: String
    let requests: Space<LoggedRequest>
    let health: Space<ProviderHealthRecord>
    let wishes: Space<ProviderPreferences>
    let export: (@Sendable ([LoggedRequest]) async throws -> Void)?
    let buffer: Mutex<JournalBuffer>
    let bell = Signal()
    /// Whose health is written next, where there are too many for one commit.
    let healthTurn = Atomic(0)

    /// Creates the face of a journal; nothing is written until the router's ``ProviderRouter/keep()`` runs.
    ///
    /// - Parameters:
    ///   - name: The same for all processes that share it.
    ///   - store: Where it lies.
    ///   - options: Sizes and times.
    ///   - generator: Names this process among others.
    ///   - observer: Told of what is dropped and of what fails.
    ///   - export: Handed entries whose time is over, up to 200 at once, before they are deleted. If it throws they stay
    ///     and come again; after a crash in between they come twice.
    /// - Throws: `InvalidArgument` for a name that is empty, too long or holds NUL.
    public init(
        _ name: String,
        on store: any RecordStore,
        options: JournalOptions = .standard,
        generator: SmallGenerator = .seededBySystem(),
        observer: (any Observer)? = nil,
        export: (@Sendable ([LoggedRequest]) async throws -> Void)? = nil
    ) throws(InvalidArgument) {
        var generator = generator
        origin = JournalNames.origin(generator.next())
        requests = Space(try SpaceName.checked("provider.", "\(name).requests"))
        health = Space(try SpaceName.checked("provider.", "\(name).health"))
        wishes = Space(try SpaceName.checked("provider.", "\(name).preferences"))
        self.name = name
        self.store = store
        self.options = options
        self.observer = observer
        self.export = export
        buffer = Mutex(JournalBuffer(capacity: options.capacity))
    }

    /// Puts an entry into the buffer. Never waits, never fails; a lock and the room for the entry.
    ///
    /// Of a text 512 characters are kept, of tags 32; a probability outside 0...1 becomes the nearer end, and 0 if it is no
    /// number.
    public func append(_ request: LoggedRequest) {
        let request = request.isBounded ? request : request.bounded()
        switch buffer.withLock({ $0.append(request) }) {
        case .waits(let isFirst): if isFirst { bell.ring() }
        case .dropped(let isFirst): if isFirst { tell(.providerLogDropped, ["entries": "1 or more"]) }
        }
    }

    /// How many entries were dropped since the process began: the buffer was full, or the store refused them.
    public var droppedEntries: Int { buffer.withLock { $0.dropped } }

    /// How many entries wait to be written.
    public var waitingEntries: Int { buffer.withLock { $0.entries.count } }

    /// What the journal says, by time, provider and operation.
    public var reports: ProviderReports { ProviderReports(self) }

    /// The preferences that are saved; `nil` if none are.
    ///
    /// - Throws: `StoreError`; `CancellationError`.
    public func savedPreferences() async throws -> ProviderPreferences? {
        do { return try await wishes.read(Self.wishName, in: store)?.value } catch { throw error.surfaced }
    }

    /// Saves preferences; each router with this journal follows, in this process and others.
    ///
    /// - Throws: `StoreError`; `CancellationError`.
    public func save(_ preferences: ProviderPreferences) async throws {
        do {
            try await store.commitSettling(Batch([wishes.put(preferences, at: Self.wishName, expect: .any)]))
        } catch {
            throw error.surfaced
        }
    }

    static let wishName = "preferences"

    func tell(_ kind: ResilienceEvent.Kind, _ attributes: @autoclosure () -> [String: String]) {
        guard let observer else { return }
        observer.observe(ResilienceEvent(kind, at: store.clock.now, subject: name, attributes()))
    }

    func tell(_ kind: ResilienceEvent.Kind, _ error: any Error) { tell(kind, ["error": "\(type(of: error))"]) }
}

extension ResilienceEvent.Kind {
    /// Entries were dropped: the buffer is full, or the store will never take them. Attributes: `entries`, and `error` in
    /// the second case.
    public static let providerLogDropped = Self("provider.logDropped")
    /// Entries could not be written, or not yet; they are handed in again. Attributes: `error` (its type), `entries`.
    public static let providerLogFailed = Self("provider.logFailed")
    /// What other processes wrote could not be read; it is tried again. Attribute: `error` (its type).
    public static let providerFollowFailed = Self("provider.followFailed")
    /// Old entries could not be exported or deleted; they stay for now. Attribute: `error` (its type).
    public static let providerExportFailed = Self("provider.exportFailed")
}
