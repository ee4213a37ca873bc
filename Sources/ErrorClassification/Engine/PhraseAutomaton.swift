/// Finds all phrases of all rules in one pass over a message: an Aho-Corasick automaton with a dense table.
///
/// States that end a part of a phrase have the highest numbers, so that one comparison a byte tells them.
struct PhraseAutomaton: Sendable {
    /// A part of a phrase that ends in a state.
    struct Use: Sendable {
        /// Which phrase.
        let phrase: Int32
        /// Where that phrase is kept while it is half found; -1 if it has one part only.
        let slot: Int32
        /// Which part, and how many there are.
        let part: UInt8
        let parts: UInt8
        /// Its length in symbols, without the separator that it may share with the part before.
        let length: UInt16
    }

    private let next: [UInt16]
    private let firstFinal: UInt16
    private let initial: UInt16
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
        var slots = 0
        for (number, phrase) in phrases.enumerated() {
            let slot = phrase.parts.count > 1 ? slots : -1
            if slot >= 0 { slots += 1 }
            for (index, part) in phrase.parts.enumerated() {
                trie.insert(
                    part,
                    Use(
                        phrase: Int32(number), slot: Int32(slot), part: UInt8(index), parts: UInt8(phrase.parts.count),
                        length: UInt16(part.first == TextFolding.separator ? part.count - 1 : part.count)))
            }
        }
        trie.link()
        let order = trie.numbering()
        var next = [UInt16](repeating: 0, count: trie.count * TextFolding.width)
        for state in 0..<trie.count {
            for symbol in 0..<TextFolding.width {
                next[Int(order.number[state]) * TextFolding.width + symbol] =
                    order.number[trie.next[state * TextFolding.width + symbol]]
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
        self.slots = slots
        useStarts = starts
        firstFinal = UInt16(trie.count - order.finals.count)
        folding = TextFolding.table
        let root = Int(order.number[0])
        let started = Int(next[root * TextFolding.width + Int(TextFolding.start)])
        initial = next[started * TextFolding.width + Int(TextFolding.separator)]
    }

    /// Hands each phrase found to `found`, perhaps more than once, in the order in which they end.
    ///
    /// Costs about 2 ns a byte. It allocates only where more than 250 phrases have gaps.
    func scan(_ text: String, _ found: (Int) -> Void) {
        var text = text
        text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: slots) { progress in
                progress.initialize(repeating: 0)
                next.withUnsafeBufferPointer { next in
                    folding.withUnsafeBufferPointer { folding in
                        useStarts.withUnsafeBufferPointer { starts in
                            uses.withUnsafeBufferPointer { uses in
                                scan(bytes, next, folding, Finds(starts: starts, uses: uses, progress: progress), found)
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, _ next: UnsafeBufferPointer<UInt16>,
        _ folding: UnsafeBufferPointer<UInt8>, _ finds: Finds, _ found: (Int) -> Void
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
            state = next[Int(state) &* TextFolding.width &+ Int(symbol)]
            if state >= firstFinal { finds.report(Int(state &- firstFinal), position, found) }
        }
        if last != TextFolding.separator {
            state = next[Int(state) &* TextFolding.width &+ Int(TextFolding.separator)]
            position &+= 1
            if state >= firstFinal { finds.report(Int(state &- firstFinal), position, found) }
        }
        state = next[Int(state) &* TextFolding.width &+ Int(TextFolding.end)]
        if state >= firstFinal { finds.report(Int(state &- firstFinal), position &+ 1, found) }
    }

    /// What final states mean, and which phrases are half found in this message.
    private struct Finds {
        let starts: UnsafeBufferPointer<Int32>
        let uses: UnsafeBufferPointer<Use>
        /// The next part in 4 bits and the end of the last part in 28, by slot.
        let progress: UnsafeMutableBufferPointer<UInt32>

        @inline(never)
        func report(_ final: Int, _ position: Int, _ found: (Int) -> Void) {
            for index in Int(starts[final])..<Int(starts[final + 1]) {
                let use = uses[index]
                guard use.slot >= 0 else {
                    found(Int(use.phrase))
                    continue
                }
                let kept = progress[Int(use.slot)]
                guard kept & 15 == UInt32(use.part), position - Int(use.length) >= Int(kept >> 4) else { continue }
                if use.part + 1 == use.parts {
                    found(Int(use.phrase))
                } else {
                    progress[Int(use.slot)] = UInt32(clamping: min(position, 0xFFF_FFFF)) << 4 | UInt32(use.part + 1)
                }
            }
        }
    }
}
