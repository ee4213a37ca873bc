import ResilienceCore
import Synchronization

extension ProviderJournal {
    /// Tells the router what it knew before, and what other processes learn, until the task is cancelled.
    func follow(for router: ProviderRouter) async {
        while !Task.isCancelled {
            do {
                if options.sharedByProcesses || !router.reader.withLock(\.hasRead) { try await read(for: router) }
            } catch {
                if Task.isCancelled { return }
                tell(.providerFollowFailed, error)
            }
            try? await store.clock.pause(for: options.followInterval)
        }
    }

    /// Applies saved preferences to the router, now and whenever others are saved, until the task is cancelled. What the
    /// router is given otherwise stays until then.
    func followPreferences(for router: ProviderRouter) async {
        await withTaskGroup { group in
            let hint = Signal()
            group.addTask {
                for await _ in self.store.wakeups(in: self.wishes.name) { hint.ring() }
            }
            group.addTask {
                var followed = FollowedPreferences()
                while !Task.isCancelled {
                    await self.applyPreferences(to: router, &followed)
                    let next = self.store.clock.now.advanced(by: self.options.followInterval)
                    await hint.wait(until: next, on: self.store.clock)
                }
            }
        }
    }

    private func applyPreferences(to router: ProviderRouter, _ followed: inout FollowedPreferences) async {
        let record: Record?
        do {
            record = try await store.read(wishes.key(Self.wishName))
        } catch {
            if !Task.isCancelled { tell(.providerFollowFailed, error) }
            return
        }
        guard let record, record.revision != followed.applied else { return }
        do {
            try router.setPreferences(record.value.get())
            followed.applied = record.revision
        } catch {
            // It is tried again, since the router may be given the provider that it lacks.
            guard record.revision != followed.refused else { return }
            followed.refused = record.revision
            let refused = if case .invalid(let argument) = error as? StoreError { "\(argument)" } else { "\(error)" }
            tell(.providerPreferencesRefused, ["error": refused])
        }
    }

    // MARK: Requests of others

    /// Tells the router what it does not know yet, each entry once however often and from wherever this is called.
    func read(for router: ProviderRouter) async throws(StoreError) {
        guard router.reader.withLock(\.hasRead) else { return try await warmUp(router) }
        try await readOn(for: router)
    }

    /// How much later than its attempt an entry may come: it waited, a commit timed out, and it waited again.
    private var overlap: Duration {
        [options.delay, options.delay, options.timeLimit, Self.longestWait].reduce(.zero) { $0 + min($1, .seconds(3_600)) }
    }

    /// Reads back until each provider's window is full, and tells the router in the order of time. What cannot be read as
    /// an entry is passed over.
    private func warmUp(_ router: ProviderRouter) async throws(StoreError) {
        let now = store.clock.now
        var wanted = Dictionary(router.providers.map { ($0.name, router.windowSize) }, uniquingKeysWith: { first, _ in first })
        let start = JournalNames.prefix(at: now.advanced(by: .zero - router.windowAge))
        var next: Scan? = Scan(requests.name, from: start, reversed: true)
        var found: [LoggedRequest] = []
        var names: [String] = []
        while let scan = next, !wanted.isEmpty, names.count < 20_000 {
            let page = try await store.scan(scan)
            for record in page {
                names.append(record.key.name)
                guard JournalNames.origin(of: record.key.name) != origin,
                    let request = try? record.value.get(LoggedRequest.self), let left = wanted[request.provider]
                else { continue }
                found.append(request)
                guard ProviderOutcome.Kind(shared: request.outcome)?.health != nil else { continue }
                wanted[request.provider] = left > 1 ? left - 1 : nil
            }
            next = scan.following(page)
        }
        let isFirst = router.reader.withLock { reader in
            guard !reader.hasRead else { return false }
            for name in names { reader.note(name) }
            reader.hasRead(until: now, overlap: overlap)
            return true
        }
        if isFirst { for request in found.reversed() { router.absorb(request) } }
    }

    /// Reads what was written since the last time by others.
    private func readOn(for router: ProviderRouter) async throws(StoreError) {
        let now = store.clock.now
        var next: Scan? = Scan(requests.name, from: router.reader.withLock(\.start))
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let name = record.key.name
                guard router.reader.withLock({ $0.note(name) }), JournalNames.origin(of: name) != origin else { continue }
                if let request = try? record.value.get(LoggedRequest.self) { router.absorb(request) }
            }
            next = scan.following(page)
        }
        router.reader.withLock { $0.hasRead(until: now, overlap: overlap) }
    }
}

/// Which of the saved preferences a router was given, and which it refused.
private struct FollowedPreferences {
    var applied: Revision?
    var refused: Revision?
}

/// How far a router has read in the log of all. Entries are named by the time of the attempt and may come later than
/// others that ended after them, so a stretch before the end is read again; what was seen there is known. Pure.
struct JournalReader {
    private var seen: Set<String> = []
    /// Where to read on from; empty before the first reading.
    private(set) var start = ""

    /// Whether what was there at first has been read.
    var hasRead: Bool { !start.isEmpty }

    /// All was read that was there at that instant; entries come so much later than their attempts at most. Until this is
    /// said the next look begins where the last one did.
    mutating func hasRead(until now: Timestamp, overlap: Duration) {
        let next = JournalNames.prefix(at: now.advanced(by: .zero - overlap))
        guard next > start else { return }
        seen = seen.filter { $0 >= next }
        start = next
    }

    /// Whether the name is new.
    @discardableResult
    mutating func note(_ name: String) -> Bool { seen.insert(name).inserted }
}
