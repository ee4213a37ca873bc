public import ResilienceCore

/// A fresh store that is put to the laws, and what can be done with it beyond the protocol.
///
/// Each capability is optional: checks that need one which is `nil` are reported as not applicable.
///
/// ```swift
/// StoreUnderTest(MyStore(clock: clock))
/// ```
public struct StoreUnderTest: Sendable {
    /// The store; empty, and nobody else writes to it.
    public var store: any RecordStore
    /// Whether the store measures on the clock that was handed to its maker; `false` for one with a clock of its own,
    /// such as a server's.
    public var readsManualClock: Bool
    /// What the store encodes values with; `nil` if it keeps them as they are.
    public var coder: (any ValueCoder)?
    /// Opens the same data anew, as the next process would.
    ///
    /// The first handle is not used any more.
    public var reopen: (@Sendable () async throws -> any RecordStore)?
    /// A further handle on the same data, as another process would have it.
    ///
    /// Both are used at once.
    public var secondHandle: (@Sendable () async throws -> any RecordStore)?
    /// Makes the next commit throw ``StoreError/indeterminate(_:)``: after it was applied, or without.
    public var loseNextReply: (@Sendable (_ applied: Bool) async throws -> Void)?
    /// Called when the check is over, whatever came of it.
    public var dispose: (@Sendable () async -> Void)?

    /// Describes a store and what can be done with it.
    public init(
        _ store: any RecordStore,
        readsManualClock: Bool = true,
        coder: (any ValueCoder)? = nil,
        reopen: (@Sendable () async throws -> any RecordStore)? = nil,
        secondHandle: (@Sendable () async throws -> any RecordStore)? = nil,
        loseNextReply: (@Sendable (_ applied: Bool) async throws -> Void)? = nil,
        dispose: (@Sendable () async -> Void)? = nil
    ) {
        self.store = store
        self.readsManualClock = readsManualClock
        self.coder = coder
        self.reopen = reopen
        self.secondHandle = secondHandle
        self.loseNextReply = loseNextReply
        self.dispose = dispose
    }

    /// What this store can be put to.
    public var capabilities: Set<StoreCapability> {
        var all: Set<StoreCapability> = []
        if readsManualClock { all.insert(.manualClock) }
        if coder != nil { all.insert(.encoding) }
        if reopen != nil { all.insert(.reopening) }
        if secondHandle != nil { all.insert(.secondHandle) }
        if loseNextReply != nil { all.insert(.lostReplies) }
        return all
    }
}

/// What a check may need of a store beyond the protocol.
public enum StoreCapability: String, Sendable, Hashable {
    /// It measures on the clock it was given.
    case manualClock = "a clock that the test moves"
    /// It writes values as bytes.
    case encoding = "a coder"
    /// Its data can be opened anew.
    case reopening = "reopening"
    /// Its data can be reached by two handles at once.
    case secondHandle = "a second handle"
    /// A commit can be made to end without a reply.
    case lostReplies = "lost replies"
}
