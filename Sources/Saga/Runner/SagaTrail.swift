import ResilienceCore
import Synchronization

/// The events of one saga as they are recorded, from its start to its end or halt.
///
/// ```swift
/// for try await event in runner.trail(of: "trip-17") { print(event.kind, event.step ?? "") }
/// ```
///
/// It follows a saga that another process runs as well, looking once a second. Cancelled, it throws `CancellationError`.
public struct SagaTrail: AsyncSequence, Sendable {
    let next: @Sendable (Int) async throws -> (entries: [[SagaEvent]], isOver: Bool)

    /// Gives the events one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let trail: SagaTrail
        private var entry = 0
        private var events: ArraySlice<SagaEvent> = []
        private var isOver = false

        init(_ trail: SagaTrail) { self.trail = trail }

        /// The next event; `nil` behind the end or halt of the saga.
        ///
        /// - Throws: ``SagaError/notFound(_:)``; `StoreError`; `CancellationError`.
        public mutating func next() async throws -> SagaEvent? {
            while events.isEmpty {
                guard !isOver else { return nil }
                let page = try await trail.next(entry)
                entry += page.entries.count
                events = page.entries.flatMap { $0 }[...]
                isOver = page.isOver
            }
            return events.popFirst()
        }
    }

    /// Begins with the start of the saga.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }
}

/// Rings for those in this process who wait for something to happen to a saga.
final class SagaBoard: Sendable {
    private let bells = Mutex<[String: [ObjectIdentifier: Signal]]>([:])

    func ring(_ id: String) {
        let waiting = bells.withLock { $0[id].map { Array($0.values) } ?? [] }
        for bell in waiting { bell.ring() }
    }

    /// Calls `body` with a bell that rings from now on.
    func listening<Result>(to id: String, _ body: (Signal) async throws -> Result) async rethrows -> Result {
        let bell = Signal()
        let name = ObjectIdentifier(bell)
        bells.withLock { $0[id, default: [:]][name] = bell }
        defer {
            bells.withLock { bells in
                bells[id]?[name] = nil
                if bells[id]?.isEmpty == true { bells[id] = nil }
            }
        }
        return try await body(bell)
    }
}
