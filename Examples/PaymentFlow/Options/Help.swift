extension Options {
    static let help = """
        Makes a batch of payments through an unreliable gateway: never twice, none lost, whenever it is killed.

        payment-flow [options]
          --input FILE|-               one JSON object a line: id, amount, payinAddress; apiID, fromCurrency,
                                       fromNetwork, context if you like (default: the 2,000 that ship with it)
          --store memory|sqlite:FILE   where the work is kept (default: a file in a fresh temporary folder);
                                       an existing file is continued
          --ledger FILE                what the gateway did (default: beside the store, its name plus .ledger)
          --gateway idempotent|query-only
                                       applies our key once, or knows no keys but answers whether it has paid
          --node-keys N                a node in front of the gateway that wants one of N API keys, 1 to 16
          --seed N                     of the gateway's misbehaviour (default 1)
          --concurrency N              payments at once, 1 to 1000 (default 16)
          --speed real|virtual|xN      virtual: time moves on when nothing else can be done (default);
                                       xN: N times the wall clock, N from 1 to 1000000
          --workers N                  that many processes on one file; without --speed at x60
          --join                       one more worker on an existing --store sqlite:FILE
          --break fence|resolver|intent
                                       switches one protection off; the check then finds what it was good for
          --json                       the last line is one object with "ok"

        payment-flow verify --input FILE --ledger FILE [--store FILE] [--json]
          Makes the check from these files alone.

        payment-flow inspect --store FILE
          Counts what is in a store, as one JSON object.

        Exit status: 0 all is well; 1 the check does not hold; 2 it holds, but the input has bad lines;
        64 wrong command line; 66 a file is missing or unusable; 128 + n ended by signal n, to be continued.
        """
}
