#if SQLite
internal import ResilienceCore

/// What the writer is asked for.
enum WriteWork: Sendable {
    case commit(Batch, also: (@Sendable (SQLConnection) throws -> Void)?)
    case claim(Claim)
}

/// What the writer answers.
struct WriteReply: Sendable {
    /// Of a commit.
    var revision = Revision(rawValue: 0)
    /// Of a claim.
    var records: [Record] = []
}
#endif
