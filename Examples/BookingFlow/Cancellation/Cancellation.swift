import ErrorClassification
import ResilienceCore
import Saga

/// What is cancelled, for whom: the input of the saga.
struct Cancellation: Codable, Sendable, Equatable {
    let request: String
    let customer: String
    let hold: String
    /// What was paid, by the keys of the payments.
    let payments: [Payment]
    let hasTrainer: Bool
    let note: String?
    /// Who asked, and how we know.
    let session: Session

    struct Payment: Codable, Sendable, Equatable {
        let key: String
        let cents: Int
    }
}

/// Cancels bookings: a saga of steps in systems that know nothing of each other, undone as far as it came where it cannot
/// go on, and carried through where it can no longer be undone.
///
/// ```text
/// describe          at once: a summary of the note, on which nothing depends,
/// take-back-code    the code of the door,
/// cancel-trainer    and the trainer, if one was booked; the agency may refuse, for a while or for good
/// mark-cancelling   the pivot: from here on it is cancelled, whatever it takes
/// refund            what was paid, each payment once
/// second-refund
/// free-place        the place can be booked by others
/// notify            messages to the customer, by queues of their own
/// ```
struct Cancellations: Sendable {
    static let name = "cancellation"
    let runner: SagaRunner<Cancellation>
    let signIn: SignIn
    private let book: AnswerBook

    init(_ steps: CancellationSteps, _ signIn: SignIn, _ options: WorkerOptions, seed: UInt64) throws {
        var saga = SagaOptions()
        saga.worker = options
        saga.retention = .seconds(365 * 86_400)
        saga.seed = seed
        let book = steps.line.book
        runner = try SagaRunner(
            try steps.definition(),
            on: steps.store,
            classifier: .http,
            options: saga
        ) { try await book.callForHelp($0) }
        (self.signIn, self.book) = (signIn, book)
    }

    /// What came of asking for a cancellation.
    enum Answer: Sendable {
        case begun
        case rejected
        case later
    }

    /// Begins the cancellation of a booking, if its customer may.
    func begin(_ request: Request, hold: String, payments: [String]) async throws -> Answer {
        let session: Session
        switch try await signIn.sign(in: request.customer, token: "\(request.id)/cancel", for: request.id) {
        case .letIn(let found): session = found
        case .rejected: return .rejected
        case .later: return .later
        }
        let input = Cancellation(
            request: request.id,
            customer: request.customer,
            hold: hold,
            payments: payments.map { .init(key: $0, cents: request.cents) },
            hasTrainer: request.trainer,
            note: request.note,
            session: session
        )
        do {
            try await runner.start(input, id: request.id)
        } catch SagaError.idInUse {
            // Begun before a crash, with another session of the same customer.
        }
        return .begun
    }
}
