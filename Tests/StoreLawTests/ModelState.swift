import ResilienceCore
import ResilienceTesting

/// What a ``ModelStore`` keeps: two dictionaries, gone through from end to end for every look.
struct ModelState {
    let mutation: Mutation?
    private var records: [RecordKey: Record] = [:]
    /// Under which tags each record is found.
    private var tags: [RecordKey: [String]] = [:]
    private var lastRevision: UInt64 = 0
    private var latestByKey: [RecordKey: UInt64] = [:]
    private var commits: [CommitID: Revision] = [:]
    /// The records as they were before the last commit, for mutations that are behind.
    private var previous: [RecordKey: Record] = [:]
    private var announced: [RecordKey: (count: Int, isContested: Bool)] = [:]
    /// Whether the next commit ends without a reply, applied or not.
    var nextReplyLost: Bool?
    var isBroken = false

    init(mutation: Mutation?) { self.mutation = mutation }

    // MARK: Commits

    mutating func commit(_ batch: Batch, now: Timestamp) throws(StoreError) -> Revision {
        if let applied = nextReplyLost {
            nextReplyLost = nil
            let id = CommitID(origin: 42, number: lastRevision)
            if applied { _ = try commit(Batch(batch.writes, before: batch.before, id: id), now: now) }
            throw .indeterminate(id)
        }
        let id = mutation == .takesIDsByNumber ? batch.id.map { CommitID(origin: 0, number: $0.number) } : batch.id
        if let id, let known = commits[id] {
            if mutation == .appliesAgain { for write in batch.writes { apply(write, revision: nextRevision()) } }
            return known
        }
        if let before = batch.before, mutation != .ignoresBefore {
            guard now < before || mutation == .takesTheVeryInstant && now == before else { throw .late }
        }
        if mutation == .keepsWhatStoodBeforeTheConflict {
            for write in batch.writes {
                try check(Batch([write]), now: now)
                apply(write, revision: nextRevision())
            }
            return Revision(rawValue: lastRevision)
        }
        try check(batch, now: now)
        previous = records
        let revision = nextRevision(for: batch.writes.map(\.key))
        for write in batch.writes { apply(write, revision: revision) }
        if let id, mutation != .forgetsIDs { commits[id] = revision }
        return revision
    }

    private mutating func nextRevision(for keys: [RecordKey] = []) -> Revision {
        lastRevision += 1
        if mutation == .startsRevisionsAgain {
            lastRevision = 1 + (keys.compactMap { records[$0]?.revision.rawValue }.max() ?? 0)
        }
        if mutation == .countsRevisionsByKey {
            lastRevision = 1 + (keys.compactMap { latestByKey[$0] }.max() ?? 0)
            for key in keys { latestByKey[key] = lastRevision }
        }
        return Revision(rawValue: lastRevision)
    }

    func check(_ batch: Batch, now: Timestamp) throws(StoreError) {
        var conflicts: [StoreError.Conflict] = []
        for write in batch.writes {
            let found = records[stored(write.key)]
            if !accepts(write, found, now: now) { conflicts.append(.init(key: write.key, record: found)) }
        }
        if mutation == .namesTheFirstConflictOnly { conflicts = Array(conflicts.prefix(1)) }
        guard conflicts.isEmpty else { throw .conflict(conflicts) }
    }

    private func accepts(_ write: Write, _ found: Record?, now: Timestamp) -> Bool {
        let isExpected =
            switch write.expect {
            case .any: true
            case .absent: found == nil || mutation == .ignoresAbsent
            case .revision(let revision):
                found?.revision == revision || found != nil && mutation == .ignoresAStaleRevision
            }
        switch write.effect {
        case .put, .delete, .verify: return isExpected
        case .renew, .reschedule: return isExpected && found != nil
        case .deliver:
            let isDue = found?.due.map { $0 <= now } ?? false
            return isExpected && found != nil && (isDue || mutation == .deliversWhatIsNotDue)
        }
    }

    private mutating func apply(_ write: Write, revision: Revision) {
        let key = stored(write.key)
        let found = records[key]
        if case .put(let value, var due, let tags, let clearing) = write.effect {
            if mutation == .putKeepsDue { due = found?.due ?? due }
            let deliveries = clearing ? 0 : found?.deliveries ?? 0
            records[key] = Record(
                key: key,
                revision: revision,
                deliveries: deliveries,
                due: due,
                tags: tags,
                value: value
            )
            let keepsTags = mutation == .keepsOldTags || mutation == .leavesTagsOfTheDeleted && found == nil
            self.tags[key] = keepsTags ? Array(Set((self.tags[key] ?? []) + tags)) : tags
            return
        }
        guard let found else { return }
        switch write.effect {
        case .put: break
        case .renew(let until):
            let due = found.due ?? (mutation == .renewalGivesADue ? .distantPast : .distantFuture)
            guard until > due || mutation == .renewalGoesBack && found.due != nil else { return }
            records[key] = found.with(due: until, revision: mutation == .renewalBumps ? revision : nil)
            if mutation == .renewalDropsTags { tags[key] = [] }
        case .reschedule(let due): records[key] = found.with(due: due, revision: revision)
        case .deliver(let until):
            records[key] = found.with(due: until, revision: revision, deliveries: found.deliveries + 1)
        case .verify: if mutation == .verifyingBumps { records[key] = found.with(due: found.due, revision: revision) }
        case .delete:
            records[key] = nil
            if mutation != .leavesTagsOfTheDeleted { tags[key] = nil }
        }
    }

    // MARK: Claims

    func due(_ claim: Claim, now: Timestamp) -> [Record] {
        let through = mutation == .claimsWhatIsNotDue ? now.advanced(by: .seconds(7_200)) : now
        let due = found(Scan(claim.space, by: .due(through: through)))
        let ordered = mutation == .claimsByName ? due.sorted { $0.key < $1.key } : due
        return Array(ordered.prefix(claim.limit))
    }

    mutating func deliver(_ record: Record, lease: Duration, now: Timestamp) -> Record {
        let start = mutation == .leasesFromDue ? record.due ?? now : now
        let next = nextRevision()
        let claimed = record.with(
            due: start.advanced(by: lease),
            revision: mutation == .claimsWithoutARevision ? nil : next,
            deliveries: mutation == .claimsWithoutCounting ? nil : record.deliveries + 1
        )
        records[record.key] = claimed
        return claimed
    }

    // MARK: Gaps and restarts

    /// Notes that a commit is on its way to these keys, and whether it meets another one there.
    mutating func announce(_ keys: [RecordKey]) {
        for key in keys {
            let others = announced[key]?.count ?? 0
            announced[key] = (others + 1, others > 0 || announced[key]?.isContested ?? false)
        }
    }

    /// Takes the note back; tells whether nobody was met.
    mutating func withdraw(_ keys: [RecordKey]) -> Bool {
        let isFree = !keys.contains { announced[$0]?.isContested ?? false }
        for key in keys {
            announced[key]?.count -= 1
            if announced[key]?.count == 0 { announced[key] = nil }
        }
        return isFree
    }

    mutating func reopen() {
        if mutation == .losesTheLastCommit { records = previous }
        if mutation == .losesTags { tags = [:] }
    }

    // MARK: Looking

    func record(_ key: RecordKey) -> Record? { (mutation == .readsStale ? previous : records)[stored(key)] }

    /// The key under which a record is kept.
    private func stored(_ key: RecordKey) -> RecordKey {
        guard mutation == .mergesSpellings else { return key }
        return records.keys.first { $0.name == key.name && $0.space == key.space } ?? key
    }

    /// All that a scan finds, without its limit.
    func found(_ scan: Scan) -> [Record] {
        var entries: [(place: Place, record: Record)] = []
        for record in records.values where Text(record.key.space) == Text(scan.space) {
            let name = Text(record.key.name)
            switch scan.order {
            case .name: entries.append((Place(name: name), record))
            case .tag: for tag in tags[record.key] ?? [] { entries.append((Place(tag: Text(tag), name: name), record)) }
            case .due(let instant):
                if let due = record.due, due <= instant { entries.append((Place(due: due, name: name), record)) }
            }
        }
        entries = entries.filter { isWithin(scan, $0.place) }.sorted { precedes($0.place, $1.place) }
        return (scan.reversed ? entries.reversed() : entries).map(\.record)
    }

    private struct Place: Equatable {
        var due: Timestamp?
        var tag: Text?
        var name: Text
    }

    private func precedes(_ left: Place, _ right: Place) -> Bool {
        if let one = left.due, let other = right.due, one != other { return one < other }
        if let one = left.tag, let other = right.tag, one != other { return one < other }
        if mutation == .ordersAsStrings { return left.name.text < right.name.text }
        if mutation == .dueTiesBackwards, left.due != nil { return right.name < left.name }
        if mutation == .tagTiesBackwards, left.tag != nil { return right.name < left.name }
        return left.name < right.name
    }

    private func isWithin(_ scan: Scan, _ place: Place) -> Bool {
        let text = place.tag ?? place.name
        if let from = scan.from, text < Text(from) { return false }
        if let until = scan.until {
            guard text < Text(until) || mutation == .includesTheUpperBound && text == Text(until) else { return false }
        }
        let last: Place
        switch scan.after {
        case nil: return true
        case .name(let name): last = Place(name: Text(name))
        case .tag(let tag, let name): last = Place(tag: Text(tag), name: Text(name))
        case .due(let due, let name): last = Place(due: due, name: Text(name))
        }
        guard last != place else { return mutation == .repeatsTheLastPlace }
        return precedes(last, place) != scan.reversed
    }
}

extension Record {
    /// This record with another due, and another revision and other deliveries if they are given.
    fileprivate func with(due: Timestamp?, revision: Revision?, deliveries: Int? = nil) -> Record {
        Record(
            key: key,
            revision: revision ?? self.revision,
            deliveries: deliveries ?? self.deliveries,
            due: due,
            tags: tags,
            value: value
        )
    }
}
