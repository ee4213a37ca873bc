import ExampleSupport

/// What the command line asks for.
struct Options: Sendable, Equatable {
    var command = Command.run
    var input: String?
    var store: StoreChoice?
    var ledger: String?
    var seed: UInt64 = 1
    var concurrency = 16
    var workers = 1
    var join = false
    var speed: RunSpeed?
    var broken: Protection?
    var killAt: SagaPoint?
    var json = false

    /// What is done.
    enum Command: String, Sendable {
        case run
        case verify
        case help
    }

    /// A protection that is switched off, to see what it is good for.
    enum Protection: String, Sendable, CaseIterable {
        /// A hold may be confirmed after its deadline, and nobody records expiries meanwhile.
        case deadline
        /// The store does not compare the revisions that the desk expects.
        case expectation
        /// The key of a refund holds the time, so that each attempt has another one.
        case refundKey = "refund-key"
        /// So does the key by which a step of a cancellation is undone.
        case undoKey = "undo-key"
        /// Nobody notes which recipients of messages are gone.
        case recipients
        /// Whoever shows a session may cancel, whatever the identity service says of it.
        case session
        /// Webhooks are worked on as they come, without a look at their ids and signatures.
        case webhooks

        static let names = allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension Options {
    static let help = """
        Takes the bookings of a day and cancels some: nothing is booked twice, no confirmation is lost, nothing is
        paid back twice and no cancellation is left half done, whenever it is killed.

        booking-flow [options]
          --input FILE|-               one JSON object a line: resources, and requests for them; see the README
                                       (default: the day that ships with it)
          --store memory|sqlite:FILE   where the holds are kept (default: a file in a fresh temporary folder);
                                       an existing file is continued
          --ledger FILE                what customers were told, the money, and what services did (default: beside
                                       the store, its name plus .ledger)
          --seed N                     of when customers act, of the services and of the crashes (default 1)
          --concurrency N              customers served at once, 1 to 1000 (default 16)
          --speed real|virtual|xN      virtual: time moves on when nothing else can be done (default);
                                       xN: N times the wall clock, N from 1 to 1000000
          --workers N                  that many processes on one file; without --speed at x600
          --join                       one more worker on an existing --store sqlite:FILE
          --kill-at STEP               kills this process with signal 9 at that step of a cancellation, when what
                                       the step does is done and nothing of it is recorded: one of
                                       \(SagaPoint.allCases.prefix(4).map(\.rawValue).joined(separator: ", ")),
                                       \(SagaPoint.allCases.dropFirst(4).prefix(4).map(\.rawValue).joined(separator: ", ")),
                                       \(SagaPoint.allCases.dropFirst(8).map(\.rawValue).joined(separator: ", "))
          --break WHAT                 switches one protection off; the check then finds what it was good for:
                                       \(Protection.names)
          --json                       the last line is one object with "ok"

        booking-flow verify --input FILE --ledger FILE --store FILE [--json]
          Makes the check from these files alone.

        Exit status: 0 all is well; 1 the check does not hold; 2 it holds, but the input has bad lines;
        64 wrong command line; 66 a file is missing or unusable; 128 + n ended by signal n, to be continued.
        """
}
