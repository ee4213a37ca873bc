/// The conditions of one rule as numbers, without references: ranges point into the arrays of ``CompiledRules``.
struct CompiledRule: Sendable {
    /// A bit for each system that the rule speaks of; bit 0 is a failure whose source is not named or not known.
    let systems: UInt128
    let codes: Span
    let statuses: Span
    let types: Span
    let headers: Span
    /// Whether the list in which it stands is all that it asks for, so that only the system is left to test.
    let isPlain: Bool

    /// A part of a shared array.
    struct Span: Sendable {
        let start: Int32
        let count: Int32

        var isEmpty: Bool { count == 0 }
        var range: Range<Int> { Int(start)..<Int(start + count) }
    }
}

/// The facts of a failure as numbers.
struct NumberedFacts {
    /// The bit of its system.
    var system: UInt128 = 1
    /// The number of its system, 0 for none.
    var systemIndex = 0
    /// The codes that it has, whole, in parts and by beginnings; -1 where there is none.
    var codes = SIMD8<Int32>(repeating: -1)
    var codeCount = 0
    /// The number of its type; -1 if no rule names it.
    var type: Int32 = -1

    mutating func add(code: Int32) {
        guard code >= 0, codeCount < 8 else { return }
        codes[codeCount] = code
        codeCount += 1
    }
}

/// Lists of numbers by number, in one array.
struct NumberLists: Sendable {
    private let starts: [Int32]
    private let values: [Int32]

    init(_ lists: [[Int32]]) {
        var starts: [Int32] = [0]
        var values: [Int32] = []
        for list in lists {
            values += list
            starts.append(Int32(values.count))
        }
        self.starts = starts
        self.values = values
    }

    /// The positions of one list.
    @inline(__always)
    func range(_ list: Int) -> Range<Int> { Int(starts[list])..<Int(starts[list &+ 1]) }

    @inline(__always)
    subscript(position: Int) -> Int32 { values[position] }
}
