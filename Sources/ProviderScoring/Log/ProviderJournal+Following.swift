import ResilienceCore

extension ProviderJournal {
    /// Tells the router what it knew before, and what other processes learn, until the task is cancelled.
    func follow(for router: ProviderRouter) async {
        var reader = JournalReader(overlap: options.delay * 2 + options.followInterval)
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

    /// Applies saved preferences to the router, now and whenever they change, until the task is cancelled.
    func followPreferences(for router: ProviderRouter) async {
        await withTaskGroup { group in
            let hint = Signal()
            group.addTask {
                for await _ in self.store.wakeups(in: self.wishes.name) { hint.ring() }
            }
            group.addTask {
                while !Task.isCancelled {
                    await self.applyPreferences(to: router)
                    let next = self.store.clock.now.advanced(by: self.options.followInterval)
                    await hint.wait(until: next, on: self.store.clock)
                }
            }
        }
    }

    private func applyPreferences(to router: ProviderRouter) async {
        do {
            if let entry = try await wishes.read(Self.wishName, in: store) { try router.setPreferences(entry.value) }
        } catch {
            if Task.isCancelled { return }
            switch error {
            case let refused as InvalidArgument: tell(.providerPreferencesRefused, ["error": "\(refused)"])
            case StoreError.invalid(let refused): tell(.providerPreferencesRefused, ["error": "\(refused)"])
            default: tell(.providerFollowFailed, error)
            }
        }
    }

    // MARK: Requests of others

    /// Reads back until each provider's window is full, and tells the router in the order of time.
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
                guard JournalNames.origin(of: record.key.name) != origin else { continue }
                let request: LoggedRequest = try record.value.get()
                guard let left = wanted[request.provider] else { continue }
                found.append(request)
                guard ProviderOutcome.Kind(shared: request.outcome)?.health != nil else { continue }
                wanted[request.provider] = left > 1 ? left - 1 : nil
            }
            next = scan.following(page)
        }
        for request in found.reversed() { router.absorb(request) }
    }

    /// Reads what was written since the last time by others.
    private func readOn(_ reader: inout JournalReader, for router: ProviderRouter) async throws(StoreError) {
        var next: Scan? = Scan(requests.name, from: reader.start(at: store.clock.now))
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                guard reader.note(record.key.name), JournalNames.origin(of: record.key.name) != origin else { continue }
                router.absorb(try record.value.get(LoggedRequest.self))
            }
            next = scan.following(page)
        }
    }
}

/// How far a process has read in the log of all. Entries are named by the time of the attempt and may come later than
/// others that ended after them, so a stretch before the end is read again; what was seen there is known. Pure.
struct JournalReader {
    private let overlap: Duration
    private var seen: Set<String> = []
    private var latest: String?

    init(overlap: Duration) { self.overlap = overlap }

    /// Where to read on from.
    mutating func start(at now: Timestamp) -> String {
        let overlapped = JournalNames.prefix(at: now.advanced(by: .zero - overlap))
        // What ended before the last look began is read again only as far as the overlap reaches.
        let start = latest.map { min($0, overlapped) } ?? overlapped
        seen = seen.filter { $0 >= start }
        latest = JournalNames.prefix(at: now)
        return start
    }

    /// Whether the name is new.
    @discardableResult
    mutating func note(_ name: String) -> Bool { seen.insert(name).inserted }
}
