import ExampleSupport

/// What the lines of the gateway's ledger add up to.
struct LedgerState: LedgerSum {
    private struct Entry: Sendable {
        var transactions: [String] = []
        var highestFence: UInt64 = 0
    }

    private var entries: [String: Entry] = [:]
    private var firstResults: [String: String] = [:]
    private(set) var payments = 0

    mutating func add(_ line: LedgerLine) {
        var entry = entries[line.id] ?? Entry()
        entry.highestFence = max(entry.highestFence, line.fence ?? 0)
        if line.kind == .payment, let transaction = line.transaction {
            entry.transactions.append(transaction)
            payments += 1
            if let key = line.key, firstResults[key] == nil { firstResults[key] = transaction }
        }
        entries[line.id] = entry
    }

    /// The first transaction of a payment, if it was made.
    func transaction(of id: String) -> String? { entries[id]?.transactions.first }

    /// The result of the first call with that key.
    func result(forKey key: String) -> String? { firstResults[key] }

    /// Whether a newer request for the payment was seen.
    ///
    /// One without a fence is never stale.
    func isStale(_ fence: UInt64?, for id: String) -> Bool {
        guard let fence, let entry = entries[id] else { return false }
        return fence < entry.highestFence
    }
}
