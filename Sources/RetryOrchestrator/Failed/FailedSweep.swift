public import ResilienceCore

/// Brings retryable failed operations back to their queue by itself, hands the old ones to a person, and puts away what
/// was dealt with long ago.
///
/// ```swift
/// let sweep = try FailedSweep(failed, .payments)
/// await sweep.run()  // until cancelled
/// ```
///
/// Any number of processes may sweep the same operations: each is brought back once.
public struct FailedSweep<Payload: Codable & Sendable>: Sendable {
    private let failed: FailedOperations<Payload>
    private let options: FailedSweepOptions
    private let observer: (any Observer)?
    private let generator: SharedGenerator

    /// The name by which notes and the audit trail speak of it.
    public static var author: String { "sweep" }

    /// Creates a sweep; nothing happens until it is run.
    ///
    /// - Parameters:
    ///   - failed: what is swept.
    ///   - options: what is brought back, when and how fast.
    ///   - observer: told of each sweep.
    /// - Throws: `InvalidArgument` for an option out of range.
    public init(
        _ failed: FailedOperations<Payload>,
        _ options: FailedSweepOptions,
        observer: (any Observer)? = nil
    ) throws(InvalidArgument) {
        try options.validate()
        self.failed = failed
        self.options = options
        self.observer = observer
        generator = SharedGenerator(seed: options.seed)
    }

    /// What a sweep did.
    public struct Report: Sendable, Hashable {
        /// How many were brought back to their queue.
        public var redriven = 0
        /// How many were handed to a person.
        public var reviewed = 0
        /// How many were put away.
        public var archived = 0
    }

    /// Sweeps until the task is cancelled, at once and then after ``FailedSweepOptions/interval``, a tenth earlier or
    /// later. A sweep that fails is an event; the next one tries again.
    public func run() async {
        while !Task.isCancelled {
            do {
                _ = try await once()
            } catch is CancellationError {
                return
            } catch {
                report(.failedSweepFailed, ["error": "\(type(of: error))"])
            }
            let share = generator.use { Double.random(in: 0.9...1.1, using: &$0) }
            do { try await failed.store.clock.pause(for: options.interval * share) } catch { return }
        }
    }

    /// Sweeps once. What the store will not take of one operation is an event, and the others go on.
    ///
    /// - Throws: the errors of the store, `CancellationError`. What was done before stays done.
    public func once() async throws -> Report {
        var report = Report()
        let now = failed.store.clock.now
        // One begins after the other, from a random point on, so that processes that sweep at once do not beat in time.
        let share = Duration.seconds(1) / options.perSecond
        var slot = now.advanced(by: generator.use { share * Double.random(in: 0..<1, using: &$0) })
        for operation in try await all(.retryable) {
            switch options.action(on: operation, at: now) {
            case .leave: break
            case .review(let reason):
                if try await settled(operation.id, { try await review(operation.id, reason) }) { report.reviewed += 1 }
            case .redrive:
                guard report.redriven < options.most else { continue }
                let due = max(slot, failed.store.clock.now)
                let isDone = try await settled(operation.id) { try await redrive(operation.id, due: due, at: now) }
                guard isDone else { continue }
                report.redriven += 1
                slot = due.advanced(by: share)
            }
        }
        if let age = options.archiveAfter { report.archived = try await archive(before: now.advanced(by: .zero - age)) }
        self.report(
            .failedSwept,
            ["redriven": "\(report.redriven)", "reviewed": "\(report.reviewed)", "archived": "\(report.archived)"]
        )
        return report
    }

    private func all(_ status: FailedStatus) async throws -> [FailedOperation<Payload>] {
        var found: [FailedOperation<Payload>] = []
        var cursor: FailedOperations<Payload>.Cursor?
        repeat {
            let page: FailedOperations<Payload>.Page
            do {
                page = try await failed.list(.init(status: status), after: cursor, limit: StoreLimits.results)
            } catch { throw error.surfaced }
            found += page.operations
            cursor = page.next
        } while cursor != nil
        return found
    }

    /// Whether it was done; `false` if someone else dealt with the operation meanwhile, or the store will not take it.
    private func settled(_ id: String, _ body: () async throws -> Bool) async throws -> Bool {
        do {
            return try await body()
        } catch is FailedOperationError {
            return false
        } catch StoreError.invalid(let argument) {
            self.report(.failedSweepSkipped, ["id": id, "error": argument.field])
            return false
        }
    }

    private func review(_ id: String, _ reason: String) async throws -> Bool {
        try await failed.move(id, to: .pendingReview, by: Self.author, note: reason)
        return true
    }

    private func redrive(_ id: String, due: Timestamp, at now: Timestamp) async throws -> Bool {
        _ = try await failed.bringBack(id, as: .retryScheduled, by: Self.author) { operation, _ in
            // Another sweep may have brought it back and its queue given it up again since this one looked.
            guard options.action(on: operation, at: now) == .redrive else {
                throw FailedOperationError.contended(id: id)
            }
            return RetryRedrive(kind: .automatic, by: Self.author, due: due)
        }
        return true
    }

    // MARK: Archive

    /// Moves what is final for long enough into the space `failed.<name>.archive`, where no query looks.
    private func archive(before limit: Timestamp) async throws -> Int {
        var count = 0
        for status in [FailedStatus.recovered, .cancelled] {
            for operation in try await all(status) where operation.updatedAt < limit {
                do {
                    guard let entry = try await failed.space.read(operation.id, in: failed.store),
                        entry.value.updatedAt < limit
                    else { continue }
                    let archive = Space<FailedOperation<Payload>>("\(failed.space.name).archive")
                    let writes = [
                        failed.space.delete(entry.name, expect: entry.unchanged),
                        archive.put(entry.value, at: entry.name, expect: .any),
                    ]
                    try await failed.store.commitSettling(Batch(writes))
                    count += 1
                } catch {
                    switch error {
                    case .conflict: break
                    case .invalid(let argument):
                        report(.failedSweepSkipped, ["id": operation.id, "error": argument.field])
                    default: throw error.surfaced
                    }
                }
            }
        }
        return count
    }

    private func report(_ kind: ResilienceEvent.Kind, _ attributes: [String: String]) {
        observer?.observe(
            ResilienceEvent(kind, at: failed.store.clock.now, subject: failed.space.name, attributes)
        )
    }
}

extension ResilienceEvent.Kind {
    /// A sweep over failed operations ended. Attributes: redriven, reviewed, archived.
    public static let failedSwept = Self("failed.swept")
    /// A sweep left out an operation whose change the store refuses for good. Attributes: id, error.
    public static let failedSweepSkipped = Self("failed.sweepSkipped")
    /// A sweep ended with an error; the next one tries again. Attributes: error.
    public static let failedSweepFailed = Self("failed.sweepFailed")
}
