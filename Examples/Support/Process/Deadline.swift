import Foundation
import Synchronization

/// Ends this process by kill -9 at one of its operations, to the operation: what comes after it is never done.
package final class Deadline: Sendable {
    private let left: Mutex<Int>

    /// - Parameter operation: at which, from 1 on.
    package init(operation: Int) { left = Mutex(operation) }

    package func count() {
        let isNow = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isNow { kill(getpid(), SIGKILL) }
    }
}
