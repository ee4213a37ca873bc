/// The phrases of an automaton while it is built.
struct Trie {
    /// The next state by state and symbol; 0 where there is none yet.
    private(set) var next = [Int](repeating: 0, count: TextFolding.width)
    /// What ends in each state.
    private(set) var uses: [[PhraseAutomaton.Use]] = [[]]

    private static let emptyRow = [Int](repeating: 0, count: TextFolding.width)

    /// The number of states.
    var count: Int { uses.count }

    /// Adds one part of a phrase, unless it would need more states than there are.
    mutating func insert(_ symbols: [UInt8], _ use: PhraseAutomaton.Use) {
        guard count + symbols.count <= PhraseAutomaton.maximumStates else { return }
        var state = 0
        for symbol in symbols {
            let edge = state * TextFolding.width + Int(symbol)
            if next[edge] == 0 {
                next[edge] = count
                uses.append([])
                next += Self.emptyRow
            }
            state = next[edge]
        }
        uses[state].append(use)
    }

    /// Completes every edge by the longest suffix that is a state too, breadth first.
    mutating func link() {
        var suffix = [Int](repeating: 0, count: count)
        var queue: [Int] = []
        for symbol in 0..<TextFolding.width where next[symbol] != 0 { queue.append(next[symbol]) }
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            uses[state] += uses[suffix[state]]
            for symbol in 0..<TextFolding.width {
                let edge = state * TextFolding.width + symbol
                let fallback = next[suffix[state] * TextFolding.width + symbol]
                if next[edge] == 0 {
                    next[edge] = fallback
                } else {
                    suffix[next[edge]] = fallback
                    queue.append(next[edge])
                }
            }
        }
    }

    /// New numbers for the states, those that end something last.
    func numbering() -> (number: [UInt16], finals: [Int]) {
        let finals = uses.indices.filter { !uses[$0].isEmpty }
        let others = uses.indices.filter { uses[$0].isEmpty }
        var number = [UInt16](repeating: 0, count: count)
        for (index, state) in (others + finals).enumerated() { number[state] = UInt16(index) }
        return (number, finals)
    }
}
