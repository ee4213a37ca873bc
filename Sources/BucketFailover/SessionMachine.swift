import RetryOrchestrator

/// What one request remembers: the buckets tried, why each was left, and what its last attempt used. Pure.
struct SessionMachine {
    /// What an attempt uses.
    struct Held: Hashable {
        var bucket: Int
        /// 0 as long as nothing was called with it.
        var generation: UInt64
    }

    private(set) var tried: Set<Int> = []
    private(set) var reasons: [Int: FailoverReason] = [:]
    var held: Held?
    private var promptsLeft: Int

    init(prompts: Int) { promptsLeft = prompts }

    mutating func resetTried() { tried = [] }

    /// Reasons describe one call.
    mutating func begin() { reasons = [:] }

    mutating func setTried(_ bucket: Int, _ isTried: Bool) {
        if isTried { tried.insert(bucket) } else { tried.remove(bucket) }
    }

    /// Being skipped is no reason beside another.
    mutating func note(_ reason: FailoverReason, _ bucket: Int) {
        if reason == .skipped, reasons[bucket] != nil { return }
        reasons[bucket] = reason
    }

    /// The bucket is not used any more by this request.
    mutating func leave(_ bucket: Int, _ reason: FailoverReason) {
        tried.insert(bucket)
        note(reason, bucket)
    }

    /// Whether a person may be asked once more. Counts at once, so that a call that is given up counts too.
    mutating func takePrompt() -> Bool {
        guard promptsLeft > 0 else { return false }
        promptsLeft -= 1
        return true
    }

    /// The bucket is used from now on.
    mutating func use(_ bucket: Int, _ generation: UInt64) {
        tried.insert(bucket)
        reasons[bucket] = nil
        held = Held(bucket: bucket, generation: generation)
    }

    /// Whom to ask to log in: one that was not tried, the one that triggered it last.
    func loginCandidate(of order: [Int], trigger: Int?) -> Int? {
        let fresh = order.first { !tried.contains($0) && isMendable($0) }
        return fresh ?? trigger.flatMap { isMendable($0) ? $0 : nil }
    }

    private func isMendable(_ bucket: Int) -> Bool {
        reasons[bucket] == .expiredRefreshFailed || reasons[bucket] == .noToken
    }

    /// Takes over what a call has found out.
    mutating func take(_ draft: SessionMachine) {
        tried = draft.tried
        reasons = draft.reasons
        held = draft.held
    }
}
