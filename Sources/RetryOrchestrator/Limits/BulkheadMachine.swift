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
    private var queue = BulkheadQueue()
    private var lastTicket: Ticket = 0

    package init(_ options: BulkheadOptions) { self.options = options }

    package var waiting: Int { queue.count }

    /// Somebody comes. While anybody waits nobody overtakes.
    package mutating func enter() -> Entry {
        if inUse < options.permits, queue.count == 0 {
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
    package mutating func giveUp(_ ticket: Ticket) -> Bool { queue.remove(ticket) }

    /// Goes on with other options: those inside stay, those who wait stay; gives who enters now.
    package mutating func reconfigure(_ options: BulkheadOptions) -> [Ticket] {
        self.options = options
        return fill()
    }

    package mutating func countRefusal() { refused += 1 }

    private mutating func fill() -> [Ticket] {
        var entering: [Ticket] = []
        while inUse < options.permits, let ticket = queue.popFirst() {
            inUse += 1
            entering.append(ticket)
        }
        return entering
    }
}

/// Who waits, in the order in which they came. Who gives up is passed over later, so that many who do so at once do not
/// move the others each time.
private struct BulkheadQueue {
    private var order: [BulkheadMachine.Ticket] = []
    private var first = 0
    private var waiting: Set<BulkheadMachine.Ticket> = []

    var count: Int { waiting.count }

    mutating func append(_ ticket: BulkheadMachine.Ticket) {
        order.append(ticket)
        waiting.insert(ticket)
    }

    mutating func remove(_ ticket: BulkheadMachine.Ticket) -> Bool {
        guard waiting.remove(ticket) != nil else { return false }
        shrink()
        return true
    }

    mutating func popFirst() -> BulkheadMachine.Ticket? {
        while first < order.count {
            let ticket = order[first]
            first += 1
            guard waiting.remove(ticket) != nil else { continue }
            shrink()
            return ticket
        }
        return nil
    }

    /// Gives back the places of those who have gone, in time.
    private mutating func shrink() {
        guard order.count > 2 * waiting.count + 64 else { return }
        order = order[first...].filter { waiting.contains($0) }
        first = 0
    }
}
