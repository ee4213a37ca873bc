import ResilienceCore

// What a program does that looks at the providers of others, and calls none itself.

extension ProviderJournal {
    /// Saves preferences in one commit with a line in the trail `provider.<name>.preferences`, under the subject
    /// `preferences`: who changed them, from what, to what and why.
    ///
    /// - Parameters:
    ///   - change: Makes the new ones of those that are saved, or of ``ProviderPreferences/standard``. Asked again if
    ///     another one saved in between.
    ///   - who: The operator, 1 to 200 bytes.
    ///   - note: Why.
    /// - Returns: What was saved.
    /// - Throws: What `change` throws; `InvalidArgument`; `StoreError`; `CancellationError`.
    @discardableResult
    public func change(
        by who: String,
        note: String? = nil,
        _ change: (ProviderPreferences) throws -> ProviderPreferences
    ) async throws -> ProviderPreferences {
        guard (1...200).contains(who.utf8.count) else {
            throw InvalidArgument(field: "who", value: who, allowed: "1...200 bytes")
        }
        let audit = try AuditLog(wishes.name, on: store)
        var tries = 0
        while true {
            do {
                let saved = try await wishes.read(Self.wishName, in: store)
                let before = saved?.value ?? .standard
                let after = try change(before)
                let line = AuditEntry(
                    at: store.clock.now,
                    who: who,
                    action: "set",
                    from: before.text,
                    to: after.text,
                    note: note
                )
                let put = wishes.put(after, at: Self.wishName, expect: saved?.unchanged ?? .absent)
                let number = try await audit.nextNumber(of: Self.wishName)
                try await store.commitSettling(Batch([put, audit.append(line, to: Self.wishName, as: number)]))
                return after
            } catch {
                tries += 1
                guard case .conflict = error as? StoreError, tries < 100 else {
                    throw (error as? StoreError)?.surfaced ?? error
                }
            }
        }
    }
}

extension ProviderRouter {
    /// Learns what the journal holds and the router does not know yet: requests that still count, and saved preferences. ``keep()`` does so by itself;
    /// this is for a program that only looks.
    ///
    /// - Throws: `StoreError`; `InvalidArgument` if the saved preferences prefer a provider that the router has not;
    ///   `CancellationError`.
    public func catchUp() async throws {
        guard let journal else { return }
        do {
            try await journal.read(for: self)
        } catch {
            throw error.surfaced
        }
        if let saved = try await journal.savedPreferences() { try setPreferences(saved) }
    }
}

extension ProviderPreferences {
    /// All of them on a line, as a trail shows them.
    var text: String {
        let whom = preferredProvider ?? Self.automatic
        let good = "at least \(minimumSuccessRate) % within \(maximumResponseTime.wholeMilliseconds) ms"
        let tries = "\(retryAttempts) tries \(retryDelay.wholeMilliseconds) ms apart"
        return "\(whom), \(isFallbackEnabled ? "with" : "without") fallback, \(good), \(tries)"
    }
}
