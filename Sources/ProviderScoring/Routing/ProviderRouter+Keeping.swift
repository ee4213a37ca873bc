import ResilienceCore
import Synchronization

extension ProviderRouter {
    /// Keeps the journal: writes the log, follows other processes and saved preferences, retires old entries.
    ///
    /// Runs until the task is cancelled, and then writes what waits. Without a journal it returns at once. A store that
    /// fails is an event, and never ends it.
    public func keep() async {
        guard let journal else { return }
        await withTaskGroup { group in
            group.addTask { await journal.write(for: self) }
            group.addTask { await journal.follow(for: self) }
            group.addTask { await journal.followPreferences(for: self) }
            group.addTask { await journal.retire() }
        }
    }

    /// Refreshes the prices now and then again and again, until the task is cancelled.
    ///
    /// Where it fails the old prices stay, and ``ProviderSnapshot/priceAge`` says how old they are.
    ///
    /// - Parameters:
    ///   - interval: The time between two refreshes, a millisecond at least.
    ///   - source: The price of each provider by its name; one that is missing, or whose price is none, keeps what it has.
    /// - Throws: `CancellationError`, and nothing else.
    public func refreshPrices(
        every interval: Duration = .seconds(6 * 3_600),
        from source: @escaping @Sendable () async throws -> [String: Double]
    ) async throws {
        while true {
            do {
                for (provider, price) in try await source() {
                    do {
                        try setPrice(price, of: provider)
                    } catch {
                        tell(.providerPricesFailed) { ["error": "\(error)", "provider": provider] }
                    }
                }
            } catch {
                try Task.checkCancellation()
                tell(.providerPricesFailed) { ["error": "\(type(of: error))"] }
            }
            try await clock.pause(for: max(interval, .milliseconds(1)))
        }
    }

    /// How many outcomes of a provider count, and for how long.
    var windowSize: Int { state.withLock { $0.table.options.windowSize } }
    var windowAge: Duration { state.withLock { $0.table.options.windowAge } }

    /// Takes note of an attempt of another process.
    func absorb(_ request: LoggedRequest) {
        guard let kind = ProviderOutcome.Kind(shared: request.outcome) else { return }
        let outcome = ProviderOutcome(kind, ended: request.ended, elapsed: request.elapsed)
        state.withLock { machine in
            guard let place = machine.place(of: request.provider) else { return }
            machine.learn(outcome, at: place)
        }
    }
}
