import ExampleSupport
import ResilienceCore
import Synchronization

/// The life of one process within the run. It is cut off at some operation of the store or some line of the ledger: from
/// then on nothing that it does gets through, as after a kill -9.
final class Life: StoreGate {
    private let left: Mutex<Int?>
    private let end = Signal()

    /// - Parameter operations: after how many it ends, those begun and those carried out counted apart; `nil` for never.
    init(operations: Int?) { left = Mutex(operations) }

    func pass() throws(StoreError) {
        let (isOver, isNew) = left.withLock { left -> (Bool, Bool) in
            guard let before = left else { return (false, false) }
            left = max(before - 1, 0)
            return (before <= 1, before == 1)
        }
        if isNew { end.ring() }
        if isOver { throw .unavailable(Dead()) }
    }

    var isOver: Bool { left.withLock { $0 == 0 } }

    /// Returns when it is over, or the task is cancelled.
    func ended() async { await end.wait() }

    private struct Dead: Error {}
}
