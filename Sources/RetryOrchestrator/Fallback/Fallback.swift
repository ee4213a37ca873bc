public import ErrorClassification
public import ResilienceCore

/// Gives another answer where an operation fails, and says that it did.
///
/// What it gives is a value, something made from the failure, or an earlier answer with its age. If it has nothing to
/// give, the operation's own error is thrown. Failures that do not meet the condition are thrown as they are.
///
/// ```swift
/// let sessions = try FallbackCache<Token, Session>(capacity: 10_000, lifetime: .seconds(900)) { $0.expires }
/// let answer = try await Fallback.cached(in: sessions, for: token, when: .systemIsDown, classifier: classifier)
///     .run { try await identityProvider.verify(token) }
/// request.user = answer.value.user
/// request.isAuthenticatedFromCache = answer.age != nil
/// ```
public struct Fallback<Value: Sendable>: Sendable {
    private let condition: FallbackCondition
    private let classifier: ErrorClassifier
    private let observer: (any Observer)?
    private let clock: any WallClock
    private let name: String
    private let substitute: @Sendable (any Error, Classification) async throws -> Answer<Value>?
    private let keep: @Sendable (Value) -> Void
    private let forget: @Sendable () -> Void

    /// Answers with a value that is always the same.
    ///
    /// - Parameters:
    ///   - condition: On which failures.
    ///   - name: What its events call it.
    ///   - observer: Is told each time it answers.
    ///   - clock: Gives the instants of events.
    public static func value(
        _ value: Value,
        when condition: FallbackCondition = .systemFails,
        classifier: ErrorClassifier,
        name: String = "fallback",
        observer: (any Observer)? = nil,
        clock: any WallClock = .system
    ) -> Fallback {
        .making(when: condition, classifier: classifier, name: name, observer: observer, clock: clock) { _, _ in value }
    }

    /// Answers with what the closure makes of the failure: a result of lower quality that carries the reason.
    ///
    /// If the closure throws, the operation's own error is thrown.
    public static func making(
        when condition: FallbackCondition = .systemFails,
        classifier: ErrorClassifier,
        name: String = "fallback",
        observer: (any Observer)? = nil,
        clock: any WallClock = .system,
        _ make: @escaping @Sendable (_ error: any Error, _ reason: Classification) async throws -> Value
    ) -> Fallback {
        Fallback(
            condition: condition,
            classifier: classifier,
            observer: observer,
            clock: clock,
            name: name,
            substitute: { Answer(value: try await make($0, $1), origin: .substitute($1)) },
            keep: { _ in },
            forget: {}
        )
    }

    /// Answers with the last value that the operation gave for a key, and keeps what it gives from now on.
    ///
    /// When the operation fails by a refused credential or permission what is kept for the key is forgotten: a session that
    /// was revoked does not come back with the next outage.
    public static func cached<Key>(
        in cache: FallbackCache<Key, Value>,
        for key: Key,
        when condition: FallbackCondition = .systemFails,
        classifier: ErrorClassifier,
        name: String = "fallback",
        observer: (any Observer)? = nil,
        clock: any WallClock = .system
    ) -> Fallback {
        Fallback(
            condition: condition,
            classifier: classifier,
            observer: observer,
            clock: clock,
            name: name,
            substitute: { _, reason in
                cache.value(for: key).map { Answer(value: $0.value, origin: .cache(age: $0.age, reason)) }
            },
            keep: { cache.store($0, for: key) },
            forget: { cache.remove(key) }
        )
    }

    /// Runs an operation, and answers in its place if it fails so.
    ///
    /// - Throws: The operation's own error if the condition is not met or there is nothing to answer;
    ///   `CancellationError` unchanged, and if the task is cancelled while a substitute is made.
    public func run(_ operation: () async throws -> Value) async throws -> Answer<Value> {
        do {
            let value = try await operation()
            keep(value)
            return Answer(value: value, origin: .operation)
        } catch {
            guard !(error is CancellationError), !Task.isCancelled else { throw error }
            let reason = classifier.verdict(on: error)
            if reason.category == .authentication || reason.category == .authorization { forget() }
            guard condition.holds(for: error, reason), let answer = try await answer(to: error, reason) else { throw error }
            return answer
        }
    }

    private func answer(to error: any Error, _ reason: Classification) async throws -> Answer<Value>? {
        do {
            let answer = try await substitute(error, reason)
            note(answer == nil ? .fallbackMissing : .fallbackUsed, reason, age: answer?.age)
            return answer
        } catch {
            // Whoever called it off gets no error of the system's.
            guard !Task.isCancelled else { throw CancellationError() }
            note(.fallbackMissing, reason, age: nil)
            return nil
        }
    }

    private func note(_ kind: ResilienceEvent.Kind, _ reason: Classification, age: Duration?) {
        guard let observer else { return }
        var attributes = ["category": reason.category.rawValue]
        attributes["code"] = reason.code
        attributes["age"] = age.map { "\($0)" }
        observer.observe(ResilienceEvent(kind, at: clock.now, subject: name, attributes))
    }
}

extension ResilienceEvent.Kind {
    /// A fallback answered. Attributes: `category` and `code` of the failure, `age` of a cached answer.
    public static let fallbackUsed = Self("fallback.used")
    /// A fallback had nothing to answer. Attributes: `category` and `code` of the failure.
    public static let fallbackMissing = Self("fallback.missing")
}
