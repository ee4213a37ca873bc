public import VerifyFiles

/// What the check of a ledger against an input found.
///
/// It holds only if every list of violations is empty.
public struct Findings: CheckFindings, Sendable {
    /// How many payments were asked for.
    public var expected = 0
    /// How many of them the ledger holds.
    public var paid = 0
    /// Payments that stand more than once in the ledger.
    public var paidTwice: [String] = []
    /// Payments of which nothing tells what became of them.
    public var lost: [String] = []
    /// Payments of another amount, or to another address, than was asked for.
    public var different: [String] = []
    /// Payments in the ledger that nobody asked for.
    public var unknown: [String] = []
    /// Payments in the ledger that were given up as certainly not made: whoever deals with them would pay again.
    public var paidAndGivenUp: [String] = []
    /// Payments that the store still works on: no violation of a run that was cut off, but not its end either.
    public var unfinished: [String] = []
    /// Amounts of a batch that wait for another one although theirs was paid, so that they would be paid twice, or that
    /// still belong to one that will not be paid.
    public var wrongBatches: [String] = []
    /// Lines of the ledger that cannot be read, apart from a last one that was cut off while it was written.
    public var damagedLines = 0

    /// Payments that were not made, with the reason.
    public var notMade: [String: String] = [:]
    /// Payments in the ledger that were given up as ambiguous: a person is told to look, and finds them.
    public var paidAndInReview = 0
    /// Lines of the input that are no payment and were left out.
    public var badLines = 0
    /// Whether the failed operations were looked at.
    public var knowsStore = false

    /// Whether nothing was paid twice, lost, or wrong in another way.
    public var holds: Bool {
        paidTwice.isEmpty && lost.isEmpty && different.isEmpty && unknown.isEmpty && paidAndGivenUp.isEmpty
            && unfinished.isEmpty && wrongBatches.isEmpty && damagedLines == 0
    }

    /// The violations with their names, in the order in which they are printed.
    public var violations: [(name: String, payments: [String])] {
        [
            ("paid twice", paidTwice), ("lost", lost), ("amount or address differs", different),
            ("not asked for", unknown), ("paid though given up", paidAndGivenUp), ("unfinished", unfinished),
            ("amounts of batches in the wrong state", wrongBatches),
        ]
    }

    /// Nothing found yet.
    public init() {}
}
