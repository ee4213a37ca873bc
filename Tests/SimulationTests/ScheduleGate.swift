import ResilienceCore
import Synchronization

/// Lets clients do one store operation at a time, in an order that is given.
final class ScheduleGate: Sendable {
    private struct State {
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var ended: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Runs all clients to their end. Each entry of `order` lets that client do its next operation, if it has one; when
    /// the order is used up they go on one after the other.
    ///
    /// - Returns: how many operations were done.
    func run(_ order: [Int], _ clients: [@Sendable () async -> Void]) async -> Int {
        await withTaskGroup { group in
            for (number, client) in clients.enumerated() {
                group.addTask {
                    await client()
                    self.state.withLock { _ = $0.ended.insert(number) }
                }
            }
            var operations = 0
            var left = order[...]
            while true {
                while !isStill(clients.count) { await Task.yield() }
                let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    while let client = left.popFirst() {
                        if let waiting = state.waiting.removeValue(forKey: client) { return waiting }
                    }
                    guard let first = state.waiting.keys.min() else { return nil }
                    return state.waiting.removeValue(forKey: first)
                }
                guard let next else { break }
                operations += 1
                next.resume()
            }
            return operations
        }
    }

    /// Waits for the turn of a client.
    func pass(_ client: Int) async {
        await withCheckedContinuation { continuation in state.withLock { $0.waiting[client] = continuation } }
    }

    /// Whether every client waits or has ended.
    private func isStill(_ clients: Int) -> Bool { state.withLock { $0.waiting.count + $0.ended.count == clients } }
}

/// What one client sees of the store: each operation waits for its turn.
struct GatedStore: RecordStore {
    let base: any RecordStore
    let gate: ScheduleGate
    let client: Int

    var clock: any WallClock { base.clock }

    func read(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] {
        await gate.pass(client)
        return try await base.read(keys)
    }

    func scan(_ scan: Scan) async throws(StoreError) -> [Record] {
        await gate.pass(client)
        return try await base.scan(scan)
    }

    func commit(_ batch: Batch) async throws(StoreError) -> Revision {
        await gate.pass(client)
        return try await base.commit(batch)
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [Record] {
        await gate.pass(client)
        return try await base.claim(claim)
    }
}

/// All orders in which clients with so many operations each can do them.
func allSchedules(clients: Int, operations: Int) -> [[Int]] {
    var found: [[Int]] = []
    var left = Array(repeating: operations, count: clients)
    var order: [Int] = []
    func extend() {
        guard order.count < clients * operations else { return found.append(order) }
        for client in left.indices where left[client] > 0 {
            left[client] -= 1
            order.append(client)
            extend()
            order.removeLast()
            left[client] += 1
        }
    }
    extend()
    return found
}
