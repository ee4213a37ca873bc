import ExampleSupport
import ResilienceCore
import Saga

/// Which of several calls about one thing is the newest: services refuse what is older than they have seen.
struct CallOrder: Codable, Sendable, Hashable, Comparable {
    /// Greater whenever another worker has taken over.
    let fence: UInt64
    /// The place of the call within a worker's hold.
    let rank: Int

    static func < (one: CallOrder, other: CallOrder) -> Bool {
        (one.fence, one.rank) < (other.fence, other.rank)
    }
}

/// A call of a service.
struct ServiceCall: Sendable {
    let service: String
    let action: String
    let request: String
    /// The same for each repetition: it is applied once.
    let key: String
    var cents: Int?
    var to: String?
    var order: CallOrder?
}

/// The way to the services outside. What they do is in the ledger, and in nothing else.
struct ServiceLine: Sendable {
    let book: AnswerBook
    let temper: Temper
    /// Ends the process at a step of a cancellation, if that is wanted.
    var killing = KillPoint(nil)

    var clock: any WallClock { book.clock }

    /// Calls a service that behaves like that.
    ///
    /// - Parameter isGone: whether what is called is there no more; then this error comes.
    func call(_ call: ServiceCall, _ habits: Temper.Habits, isGone: ServiceError? = nil) async throws {
        let turn = try await book.decide { sum in answer(call, habits, isGone, sum) }
        switch turn {
        case .goes(.works): try await clock.pause(for: .milliseconds(500))
        case .goes(.answersTooLate), .goes(.getsLost):
            try await clock.pause(for: .seconds(300))
            throw ServiceError.noAnswer(call.service)
        case .goes(.isUnavailable): throw ServiceError.unavailable(call.service)
        case .goes(.notYet(let seconds)):
            throw StepRefusal("Not yet", code: "NOT_YET", retryAfter: .seconds(seconds))
        case .goes(.refuses): throw StepRefusal("Refused for good", code: "REFUSED_\(call.service.uppercased())")
        case .isGone(let error): throw error
        case .isStale: throw StepRefusal("A newer call was seen", code: "STALE")
        }
    }

    private enum Answer: Sendable {
        case goes(Temper.Turn)
        case isGone(ServiceError)
        case isStale
    }

    private func answer(
        _ call: ServiceCall,
        _ habits: Temper.Habits,
        _ isGone: ServiceError?,
        _ sum: AnswerSum
    ) -> (Answer, AnswerLine?) {
        var line = AnswerLine(call, at: clock.now)
        if sum.isStale(call) {
            line.answer = "stale"
            return (.isStale, line)
        }
        if sum.hasApplied(call.key, by: call.service) {
            line.answer = "done before"
            return (.goes(.works), line)
        }
        if let isGone {
            line.answer = "gone"
            return (.isGone(isGone), line)
        }
        let turn = temper.turn(habits, key: call.key, call: sum.calls(with: call.key, of: call.service) + 1)
        switch turn {
        case .works, .answersTooLate: line.kind = .effect
        case .getsLost: line.answer = "lost"
        case .isUnavailable: line.answer = "503"
        case .notYet: line.answer = "not yet"
        case .refuses: line.answer = "refused"
        }
        return (.goes(turn), line)
    }

    /// Asks for what the service has done; from now on it refuses calls that are older than the question.
    func ask<Result: Sendable>(_ call: ServiceCall, _ question: (AnswerSum) -> Result) async throws -> Result {
        let result = try await book.decide { sum in
            var line = AnswerLine(call, at: clock.now)
            line.answer = "asked"
            return (question(sum), line)
        }
        try await clock.pause(for: .milliseconds(100))
        return result
    }
}
