import ExampleSupport
import Foundation

/// A call of a saga's step at which a process can be made to die.
enum SagaPoint: String, CaseIterable, Sendable {
    case describe
    case takeBackCode = "take-back-code"
    case cancelTrainer = "cancel-trainer"
    case markCancelling = "mark-cancelling"
    case refund
    case secondRefund = "second-refund"
    case freePlace = "free-place"
    case notify
    case giveCodeAgain = "give-code-again"
    case bookTrainerAgain = "book-trainer-again"

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// Kills the process with signal 9 when it has come to a point: what the call was to do is done, and nobody knows of it.
struct KillPoint: Sendable {
    private let point: SagaPoint?

    init(_ point: SagaPoint?) { self.point = point }

    func reached(_ here: SagaPoint) {
        guard here == point else { return }
        kill(getpid(), SIGKILL)
    }
}
