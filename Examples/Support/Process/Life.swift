package import ResilienceCore
import Synchronization

/// The life of one process within the run. It is cut off at some operation of the store or some line of the ledger: from
/// then on nothing that it does gets through, as after a kill -9.
package final class Life: StoreGate {
    private let left: Mutex<Int?>
    private let end = Signal()
    private let deadline: Deadline?

    /// - Parameters:
    ///   - operations: after how many it ends, those begun and those carried out counted apart; `nil` for never.
    ///   - deadline: when the process really ends, whichever life it is in.
    package init(operations: Int?, deadline: Deadline? = nil) {
        left = Mutex(operations)
        self.deadline = deadline
    }

    package func pass() throws(StoreError) {
        deadline?.count()
        let (isOver, isNew) = left.withLock { left -> (Bool, Bool) in
            guard let before = left else { return (false, false) }
            left = max(before - 1, 0)
            return (before <= 1, before == 1)
        }
        if isNew { end.ring() }
        if isOver { throw .unavailable(Dead()) }
    }

    package var isOver: Bool { left.withLock { $0 == 0 } }

    /// Returns when it is over, or the task is cancelled.
    package func ended() async { await end.wait() }

    private struct Dead: Error {}
}
