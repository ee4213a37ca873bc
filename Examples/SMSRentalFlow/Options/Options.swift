import ExampleSupport

/// What the command line asks for.
struct Options: Sendable, Equatable {
    var command = Command.run
    var input: String?
    var store: StoreChoice?
    var ledger: String?
    var seed: UInt64 = 1
    var concurrency = 16
    var speed: RunSpeed?
    /// At which operation the process kills itself; `nil` for none.
    var killAt: Int?
    var broken: Protection?
    var json = false

    /// What is done.
    enum Command: String, Sendable {
        case run
        case verify
        case help
    }

    /// A protection that is switched off, to see what it is good for.
    enum Protection: String, Sendable, CaseIterable {
        /// Nothing is written before a purchase.
        case intent
        /// The question whether a number was bought is always answered with no.
        case question
        /// The question is put at once, while the purchase may still be on its way.
        case settling
        /// A cancellation whose answer was lost is sent again without asking.
        case refund
        /// What could not be saved is not cancelled.
        case cancellation
    }
}

extension Options {
    static let help = """
        Rents numbers for short messages: none is rented twice, none is paid for and lost, whenever it is killed.

        sms-rental-flow [options]
          --input FILE|-               one JSON object a line: id, service, country, at; maxPrice if you like
                                       (default: the 300 requests that ship with it)
          --store memory|sqlite:FILE   where rentals and sagas are kept (default: a file in a fresh temporary
                                       folder); an existing file is continued
          --ledger FILE                the books of the vendors (default: beside the store, its name plus .ledger)
          --seed N                     of the vendors' misbehaviour and of the crashes (default 1)
          --concurrency N              rentals at once, 1 to 1000 (default 16)
          --speed real|virtual|xN      virtual: time moves on when nothing else can be done (default);
                                       xN: N times the wall clock, N from 1 to 1000000
          --kill-at N                  kill -9 at the Nth operation of the store or the ledger
          --break intent|question|settling|refund|cancellation
                                       switches one protection off; the check then finds what it was good for
          --json                       the last line is one object with "ok"

        sms-rental-flow verify --input FILE --ledger FILE --store FILE [--json]
          Makes the check from these files alone.

        Exit status: 0 all is well; 1 the check does not hold; 2 it holds, but the input has bad lines;
        64 wrong command line; 66 a file is missing or unusable; 128 + n ended by signal n, to be continued.
        """
}
