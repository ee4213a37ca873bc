import ResilienceCore

extension ProviderJournal {
    /// Tells the router what it knew before, and what other processes learn, until the task is cancelled.
    func follow(for router: ProviderRouter) async {
        // As late as an entry may be that was handed in twice: it waited, a commit timed out, and it waited again.
        let late = [options.delay, options.delay, options.timeLimit, Self.longestWait]
        var reader = JournalReader(overlap: late.reduce(.zero) { $0 + min($1, .seconds(3_600)) })
        var hasWarmedUp = false
        while !Task.isCancelled {
            do {
                if hasWarmedUp {
                    if options.sharedByProcesses { try await readOn(&reader, for: router) }
                } else {
                    try await warmUp(&reader, router)
                    hasWarmedUp = true
                }
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

    /// Reads back until each provider's window is full, and tells the router in the order of time. What cannot be read as
    /// an entry is passed over.
    func warmUp(_ reader: inout JournalReader, _ router: ProviderRouter) async throws(StoreError) {
        let now = store.clock.now
        var wanted = Dictionary(router.providers.map { ($0.name, router.windowSize) }, uniquingKeysWith: { first, _ in first })
        let start = JournalNames.prefix(at: now.advanced(by: .zero - router.windowAge))
        var next: Scan? = Scan(requests.name, from: start, reversed: true)
        var found: [LoggedRequest] = []
        var looked = 0
        while let scan = next, !wanted.isEmpty, looked < 20_000 {
            let page = try await store.scan(scan)
            looked += page.count
            for record in page {
                reader.note(record.key.name)
                guard JournalNames.origin(of: record.key.name) != origin,
                    let request = try? record.value.get(LoggedRequest.self), let left = wanted[request.provider]
                else { continue }
                found.append(request)
                guard ProviderOutcome.Kind(shared: request.outcome)?.health != nil else { continue }
                wanted[request.provider] = left > 1 ? left - 1 : nil
            }
            next = scan.following(page)
        }
        reader.hasRead(until: now)
        for request in found.reversed() { router.absorb(request) }
    }

    /// Reads what was written since the last time by others.
    private func readOn(_ reader: inout JournalReader, for router: ProviderRouter) async throws(StoreError) {
        let now = store.clock.now
        var next: Scan? = Scan(requests.name, from: reader.start(at: now))
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                guard reader.note(record.key.name), JournalNames.origin(of: record.key.name) != origin else { continue }
                if let request = try? record.value.get(LoggedRequest.self) { router.absorb(request) }
            }
            next = scan.following(page)
        }
        reader.hasRead(until: now)
    }
}

/// Which of the saved preferences a router was given, and which it refused.
private struct FollowedPreferences {
    var applied: Revision?
    var refused: Revision?
}

/// How far a process has read in the log of all. Entries are named by the time of the attempt and may come later than
/// others that ended after them, so a stretch before the end is read again; what was seen there is known. Pure.
struct JournalReader {
    private let overlap: Duration
    private var seen: Set<String> = []
    private var next: String?

    /// - Parameter overlap: How much later than its attempt an entry may come and still be read.
    init(overlap: Duration) { self.overlap = overlap }

    /// Where to read on from.
    func start(at now: Timestamp) -> String { next ?? beginning(at: now) }

    /// All was read that was there at that instant. Until this is said the next look begins where the last one did.
    mutating func hasRead(until now: Timestamp) {
        let start = beginning(at: now)
        seen = seen.filter { $0 >= start }
        next = start
    }

    private func beginning(at now: Timestamp) -> String { JournalNames.prefix(at: now.advanced(by: .zero - overlap)) }

    /// Whether the name is new.
    @discardableResult
    mutating func note(_ name: String) -> Bool { seen.insert(name).inserted }
}
