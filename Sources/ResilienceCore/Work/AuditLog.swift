/// One line of a trail: who did what, and from which state to which.
public struct AuditEntry: Codable, Sendable, Hashable {
    /// When it was done.
    public var at: Timestamp
    /// Who did it: a user, a worker, a job; never a secret.
    public var who: String
    /// What was done: `confirm`, `refund`.
    public var action: String
    /// The state before; `nil` if there was none.
    public var from: String?
    /// The state after; `nil` if the action left it.
    public var to: String?
    /// What else a reader should know.
    public var note: String?

    /// Creates an entry.
    public init(
        at: Timestamp,
        who: String,
        action: String,
        from: String? = nil,
        to: String? = nil,
        note: String? = nil
    ) {
        self.at = at
        self.who = who
        self.action = action
        self.from = from
        self.to = to
        self.note = note
    }
}

/// A trail that is only ever appended to, in the same commit as the change it describes.
///
/// The entries of a subject are numbered from 1, without gaps. Each is put expecting that its number is free, so two
/// changes at once cannot take the same one: the second conflicts, and its caller reads the state and the number again.
///
/// ```swift
/// let trail = try AuditLog("bookings", on: store)
/// let number = try await trail.nextNumber(of: "booking-17")
/// let entry = AuditEntry(at: store.clock.now, who: "ann", action: "confirm", from: "held", to: "confirmed")
/// try await store.commit(Batch([change, trail.append(entry, to: "booking-17", as: number)]))
/// ```
public struct AuditLog: Sendable {
    /// An entry with its number.
    public struct Line: Sendable, Hashable {
        /// Its place in the trail of its subject, from 1.
        public let number: Int
        /// What was noted.
        public let entry: AuditEntry
    }

    private let space: Space<AuditEntry>
    private let store: any RecordStore

    /// Creates the face of a trail; it keeps nothing itself.
    ///
    /// - Parameters:
    ///   - name: the trail; its space is `audit.` and this name.
    ///   - store: where the changes lie, and the trail with them.
    /// - Throws: `InvalidArgument` for a name that is not allowed.
    public init(_ name: String, on store: any RecordStore) throws(InvalidArgument) {
        space = Space(try SpaceName.checked("audit.", name))
        self.store = store
    }

    /// The write that appends, for the batch of the change.
    ///
    /// The commit conflicts at this write's key if the number was taken meanwhile: read ``nextNumber(of:)`` and the state
    /// of the subject again, decide anew and commit again.
    ///
    /// - Parameters:
    ///   - entry: what is noted.
    ///   - subject: whose trail it is, of any length; one of more than 492 bytes is told by its beginning and a hash.
    ///   - number: its number, from ``nextNumber(of:)``.
    public func append(_ entry: AuditEntry, to subject: String, as number: Int) -> Write {
        space.put(entry, at: Self.name(subject, number), expect: .absent)
    }

    /// The number that the next entry of a subject takes; 1 if it has none.
    ///
    /// Costs one scan of one record.
    ///
    /// - Throws: ``StoreError``; `CancellationError`.
    public func nextNumber(of subject: String) async throws -> Int {
        guard let last = try await last(of: subject) else { return 1 }
        return last.number == .max ? .max : last.number + 1
    }

    /// The latest entry of a subject; `nil` if it has none.
    ///
    /// - Throws: ``StoreError``; `CancellationError`.
    public func last(of subject: String) async throws -> Line? {
        var scan = Self.scan(of: subject)
        scan.reversed = true
        scan.limit = 1
        return try await lines(scan).first
    }

    /// The entries of a subject, oldest first, one page of them.
    ///
    /// - Parameters:
    ///   - subject: whose trail it is.
    ///   - number: the last number of the page before; 0 for the first page.
    ///   - limit: how many at most, 1 to ``StoreLimits/results``.
    /// - Throws: ``StoreError``; `CancellationError`.
    public func entries(
        of subject: String,
        after number: Int = 0,
        limit: Int = StoreLimits.results
    ) async throws -> [Line] {
        var scan = Self.scan(of: subject)
        scan.after = .name(Self.name(subject, number))
        scan.limit = limit
        return try await lines(scan)
    }

    private func lines(_ scan: Scan) async throws -> [Line] {
        do {
            return try await space.scan(scan, in: store).map { entry in
                Line(number: Int(entry.name.suffix(Self.digits)) ?? 0, entry: entry.value)
            }
        } catch {
            throw error.surfaced
        }
    }
}

// MARK: Names

extension AuditLog {
    /// Enough for any `Int`.
    private static let digits = 19

    /// All names of a subject: digits stand between "|0" and "|:".
    private static func scan(of subject: String) -> Scan {
        let prefix = part(subject) + "|"
        return Scan("", from: prefix + "0", until: prefix + ":")
    }

    private static func name(_ subject: String, _ number: Int) -> String {
        let text = String(max(number, 0))
        return part(subject) + "|" + String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The subject, as names begin with it: where a number would find no room behind it, it ends with a hash.
    private static func part(_ subject: String) -> String {
        let whole = escaped(subject)
        guard whole.utf8.count > StoreLimits.nameBytes - digits - 1 else { return whole }
        var text = String.UnicodeScalarView()
        var room = 460
        for scalar in whole.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            text.append(scalar)
        }
        // FNV-1a: the same in every process. No escaped subject has an H behind a percent sign.
        let hash = whole.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(text) + "%H" + String(hash, radix: 16)
    }

    /// The separator stands in no subject, so that one subject's names never lie among another's.
    private static func escaped(_ subject: String) -> String {
        guard subject.utf8.contains(where: { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "%") }) else {
            return subject
        }
        var text = String.UnicodeScalarView()
        for scalar in subject.unicodeScalars {
            switch scalar {
            case "|": text.append(contentsOf: "%7C".unicodeScalars)
            case "%": text.append(contentsOf: "%25".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
