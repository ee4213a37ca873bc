/// The permits of a bulkhead and those who wait for one, without tasks.
package struct BulkheadMachine {
    package typealias Ticket = UInt64

    package enum Entry: Sendable, Hashable {
        case entered
        /// It is told when its turn comes.
        case queued(Ticket)
        case refused
    }

    package private(set) var options: BulkheadOptions
    package private(set) var inUse = 0
    package private(set) var refused = 0
    /// Who waits, in the order in which they came.
    private var queue: [Ticket] = []
    private var lastTicket: Ticket = 0

    package init(_ options: BulkheadOptions) { self.options = options }

    package var waiting: Int { queue.count }

    /// Somebody comes. While anybody waits nobody overtakes.
    package mutating func enter() -> Entry {
        if inUse < options.permits, queue.isEmpty {
            inUse += 1
            return .entered
        }
        guard queue.count < options.queueLimit else {
            refused += 1
            return .refused
        }
        lastTicket += 1
        queue.append(lastTicket)
        return .queued(lastTicket)
    }

    /// Somebody leaves; gives who enters in exchange.
    package mutating func leave() -> [Ticket] {
        inUse -= 1
        return fill()
    }

    /// Somebody does not want to wait any more; `false` if the turn had come already.
    package mutating func giveUp(_ ticket: Ticket) -> Bool {
        guard let place = queue.firstIndex(of: ticket) else { return false }
        queue.remove(at: place)
        return true
    }

    /// Goes on with other options: those inside stay, those who wait stay; gives who enters now.
    package mutating func reconfigure(_ options: BulkheadOptions) -> [Ticket] {
        self.options = options
        return fill()
    }

    package mutating func countRefusal() { refused += 1 }

    private mutating func fill() -> [Ticket] {
        let count = min(max(options.permits - inUse, 0), queue.count)
        guard count > 0 else { return [] }
        defer { queue.removeFirst(count) }
        inUse += count
        return Array(queue.prefix(count))
    }
}
