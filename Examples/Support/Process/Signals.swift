import Foundation
import Synchronization

/// Takes note of SIGINT and SIGTERM, so that a run can end in good order.
///
/// A second one ends the process at once.
package enum Signals {
    private static let received = Atomic<Int32>(0)

    /// From now on signals are noted.
    package static func watch() {
        // Read here once, so that the handler finds it initialised.
        _ = first
        for number in [SIGINT, SIGTERM] { signal(number) { Signals.note($0) } }
    }

    /// The first signal that came, if any.
    package static var first: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Runs within a signal handler: does nothing but what is safe there.
    private static func note(_ number: Int32) {
        let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        if !isFirst { _exit(ExitStatus.interrupted(by: number)) }
    }
}
