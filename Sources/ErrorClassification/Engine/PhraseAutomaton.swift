/// Finds all phrases of all rules in one pass over a message: an Aho-Corasick automaton with a dense table.
///
/// States that end a part of a phrase have the highest numbers, so that one comparison a byte tells them.
struct PhraseAutomaton: Sendable {
    /// A beginning of phrases, some parts long, whose last part ends in a state. Phrases that begin alike share it.
    struct Use: Sendable, Hashable {
        /// The phrase that it is the whole of; -1 if none.
        var phrase: Int32 = -1
        /// Where the end of the beginning one part shorter is kept; -1 if this is the first part.
        let before: Int32
        /// Where its own end is kept for longer ones; -1 if there is none.
        var own: Int32 = -1
        /// The length of the last part in symbols, without the separator that it may share with the part before.
        let length: UInt16
    }

    /// The next state by state and symbol. States are multiples of the width, so that a step is one addition and one load.
    private let next: [UInt32]
    private let firstFinal: UInt32
    private let initial: UInt32
    /// Where the uses of each final state begin, one more at the end.
    private let useStarts: [Int32]
    private let uses: [Use]
    private let folding: [UInt8]
    private let slots: Int

    /// The most states that a table of 16-bit numbers can tell apart.
    static let maximumStates = 65_535

    /// Builds the automaton; phrases that do not fit are left out, which ``stateCount(of:)`` tells beforehand.
    init(_ phrases: [PhrasePattern]) {
        var trie = Trie()
        var beginnings = Beginnings()
        for (number, phrase) in phrases.enumerated() { beginnings.add(phrase, Int32(number)) }
        for (part, use) in beginnings.uses { trie.insert(part, use) }
        trie.link()
        let (width, order) = (TextFolding.width, trie.numbering())
        var next = [UInt32](repeating: 0, count: trie.count * width)
        for state in 0..<trie.count {
            for symbol in 0..<width {
                next[Int(order.number[state]) * width + symbol] =
                    UInt32(order.number[trie.next[state * width + symbol]]) * UInt32(width)
            }
        }
        var starts: [Int32] = []
        var uses: [Use] = []
        for state in order.finals {
            starts.append(Int32(uses.count))
            uses += trie.uses[state]
        }
        starts.append(Int32(uses.count))
        self.next = next
        self.uses = uses
        slots = beginnings.slots
        useStarts = starts
        firstFinal = UInt32((trie.count - order.finals.count) * width)
        folding = TextFolding.table
        let started = Int(next[Int(order.number[0]) * width + Int(TextFolding.start)])
        initial = next[started + Int(TextFolding.separator)]
    }

    /// The beginnings of all phrases, each once.
    private struct Beginnings {
        private(set) var slots = 0
        private var all: [Use] = []
        private var parts: [[UInt8]] = []
        private var known: [[[UInt8]]: Int] = [:]

        /// The last part of each and what it is the end of.
        var uses: some Sequence<([UInt8], Use)> { zip(parts, all) }

        mutating func add(_ phrase: PhrasePattern, _ number: Int32) {
            var before: Int32 = -1
            for count in 1...phrase.parts.count {
                let part = phrase.parts[count - 1]
                let isWhole = count == phrase.parts.count
                // A phrase that stands in several rules is there several times, so only true beginnings are shared.
                let key = Array(phrase.parts[..<count])
                let found = isWhole ? nil : known[key]
                let index = found ?? all.count
                if found == nil {
                    let own = part.first == TextFolding.separator ? part.count - 1 : part.count
                    all.append(Use(before: before, length: UInt16(own)))
                    parts.append(part)
                }
                if isWhole {
                    all[index].phrase = number
                } else {
                    if all[index].own < 0 {
                        all[index].own = Int32(slots)
                        slots += 1
                        known[key] = index
                    }
                    before = all[index].own
                }
            }
        }
    }

    /// Hands each phrase found to `found`, perhaps more than once, in the order in which they end.
    ///
    /// Costs about 5 ns a byte. It allocates only where more than 250 beginnings of phrases have gaps.
    func scan(_ text: String, _ found: (Int) -> Void) {
        var text = text
        text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: slots) { progress in
                progress.initialize(repeating: 0)
                next.withUnsafeBufferPointer { next in
                    folding.withUnsafeBufferPointer { folding in
                        scan(bytes, next, folding, progress, found)
                    }
                }
            }
        }
    }

    @inline(__always)
    private func scan(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ next: UnsafeBufferPointer<UInt32>,
        _ folding: UnsafeBufferPointer<UInt8>,
        _ progress: UnsafeMutableBufferPointer<UInt32>,
        _ found: (Int) -> Void
    ) {
        var state = initial
        var position = 2
        var last = TextFolding.separator
        var index = 0
        while index < bytes.count {
            let symbol = TextFolding.symbol(bytes, folding, &index)
            if symbol == TextFolding.separator, last == symbol { continue }
            last = symbol
            position &+= 1
            state = next[Int(state) &+ Int(symbol)]
            if state >= firstFinal { report(state, position, progress, found) }
        }
        if last != TextFolding.separator {
            state = next[Int(state) &+ Int(TextFolding.separator)]
            position &+= 1
            if state >= firstFinal { report(state, position, progress, found) }
        }
        state = next[Int(state) &+ Int(TextFolding.end)]
        if state >= firstFinal { report(state, position &+ 1, progress, found) }
    }

    /// Says what ends in a state, and keeps where beginnings ended first, by slot; 0 is one that was not found.
    @inline(never)
    private func report(
        _ state: UInt32,
        _ position: Int,
        _ progress: UnsafeMutableBufferPointer<UInt32>,
        _ found: (Int) -> Void
    ) {
        let final = Int(state &- firstFinal) / TextFolding.width
        for index in Int(useStarts[final])..<Int(useStarts[final + 1]) {
            let use = uses[index]
            if use.before >= 0 {
                let end = Int(progress[Int(use.before)])
                guard end > 0, position - Int(use.length) >= end else { continue }
            }
            if use.phrase >= 0 { found(Int(use.phrase)) }
            guard use.own >= 0, progress[Int(use.own)] == 0 else { continue }
            progress[Int(use.own)] = UInt32(clamping: position)
        }
    }
}
