import Foundation
import ResilienceCore
import ResilienceFoundation
import Testing

/// What the coder writes is, byte for byte, what `JSONEncoder` writes.
@Suite struct JSONOutputTests {
    private let coder = JSONCoder()

    private func foundation(_ value: any Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func ours(_ value: any Encodable) throws -> String {
        String(decoding: try coder.encode(value), as: UTF8.self)
    }

    @Test func writesRandomValuesAsFoundationDoes() throws {
        var generator = SmallGenerator(seed: 11)
        for _ in 0..<3_000 {
            let value = Tree.random(depth: 4, using: &generator)
            #expect(try ours(value) == foundation(value))
        }
    }

    @Test func writesEveryPlainTypeAsFoundationDoes() throws {
        var generator = SmallGenerator(seed: 12)
        for _ in 0..<500 {
            let value = Plain(using: &generator)
            #expect(try ours(value) == foundation(value))
            #expect(try ours(value.list) == foundation(value.list))
        }
    }

    @Test func writesEveryCharacterAsFoundationDoes() throws {
        for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) {
            #expect(try ours("a\(scalar)b") == foundation("a\(scalar)b"))
            #expect(try ours(["k\(scalar)": 1]) == foundation(["k\(scalar)": 1]))
        }
    }

    @Test func writesWhatFewTypesAskForAsFoundationDoes() throws {
        let values: [any Encodable] = [
            Derived(), Empty(), [Empty()], ["a": Empty()], Nesting(), Nested(), Interleaved(), Twice(), PathReader(), [String: Int](), [Int](),
            [[Int]](), [[1], []], Int?.none, [Int?.none], [3: "c", 1: "a"], Date(timeIntervalSinceReferenceDate: 0.5),
            Data([1, 2]), [Data([3])], [Decimal(string: "0.1")], URL(string: "https://example.org/a"),
            UUID(uuidString: "8B1F5A52-5E2D-4C0B-9F2C-3E0C7A1D2B3C"), CGFloat(2.5), Timestamp(microseconds: 7),
        ]
        for value in values { #expect(try ours(value) == foundation(value), "\(value)") }
    }

    @Test func writesEnumsAsFoundationDoes() throws {
        let choices: [Choice] = [.none, .one("a"), .two(x: 1, y: nil), .deep(.two(x: 3, y: .one("b"))), .list([.none, .one("")])]
        for choice in choices { #expect(try ours(choice) == foundation(choice)) }
        #expect(try ours(["z": choices, "a": [.none]]) == foundation(["z": choices, "a": [.none]]))
        #expect(throws: EncodingError.self) { try coder.encode([Failing.number(.infinity)]) }
    }

    @Test func failsAsFoundationDoes() {
        #expect(throws: EncodingError.self) { try coder.encode(Nothing()) }
        #expect(throws: Refusal.self) { try coder.encode(["a": [Refusing()]]) }
        let error = #expect(throws: EncodingError.self) { try coder.encode(["a": [1, Double.nan]]) }
        guard case .invalidValue(_, let context) = error else { return #expect(Bool(false)) }
        #expect(context.codingPath.map(\.stringValue) == ["a", "Index 1"])
    }
}

/// Values of any shape.
private indirect enum Tree: Encodable {
    case null, bool(Bool), int(Int), double(Double), text(String), array([Tree]), object([String: Tree]), record(Record)

    struct Record: Encodable {
        var zeta: Tree
        var alpha: Tree?
        var mid: [Tree]
    }

    static func random(depth: Int, using generator: inout SmallGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .int(Int(truncatingIfNeeded: generator.next() as UInt64) >> Int.random(in: 0..<63, using: &generator))
        case 3: .double(finite(&generator))
        case 4: .text(text(&generator))
        case 5: .array(several(depth, &generator))
        case 6: .object(Dictionary(several(depth, &generator).map { (text(&generator), $0) }) { $1 })
        default:
            .record(
                Record(
                    zeta: random(depth: depth - 1, using: &generator),
                    alpha: Bool.random(using: &generator) ? random(depth: depth - 1, using: &generator) : nil,
                    mid: several(depth, &generator)
                )
            )
        }
    }

    private static func several(_ depth: Int, _ generator: inout SmallGenerator) -> [Tree] {
        (0..<Int.random(in: 0..<5, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) }
    }

    static func finite(_ generator: inout SmallGenerator) -> Double {
        let value = Double(bitPattern: generator.next())
        return Bool.random(using: &generator) && value.isFinite
            ? value : Double(Int.random(in: -9...9, using: &generator))
    }

    static func text(_ generator: inout SmallGenerator) -> String {
        let alphabet: [Character] = ["a", "B", "_", "9", "/", "\\", "\"", "\n", "\u{1}", "\u{7F}", "é", "漢", "🧾", " "]
        return String(
            (0..<Int.random(in: 0..<7, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "a" }
        )
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .array(let values): try values.encode(to: encoder)
        case .object(let values): try values.encode(to: encoder)
        case .record(let value): try value.encode(to: encoder)
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .int(let value): try container.encode(value)
            case .double(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }
}

private struct Plain: Encodable {
    var a: Int, b: Int8, c: Int16, d: Int32, e: Int64, f: UInt, g: UInt8, h: UInt16, i: UInt32, j: UInt64
    var k: Float, l: Double, m: Bool, n: String, o: Int?, p: Date, q: [UInt8], r: UUID, s: [String: Double]

    init(using generator: inout SmallGenerator) {
        let bits: UInt64 = generator.next()
        (a, b, c) = (Int(truncatingIfNeeded: bits), Int8(truncatingIfNeeded: bits), Int16(truncatingIfNeeded: bits))
        (d, e, f) = (Int32(truncatingIfNeeded: bits), Int64(truncatingIfNeeded: bits), UInt(bits))
        (g, h) = (UInt8(truncatingIfNeeded: bits), UInt16(truncatingIfNeeded: bits))
        (i, j) = (UInt32(truncatingIfNeeded: bits), bits)
        l = Tree.finite(&generator)
        k = Float(bitPattern: UInt32(truncatingIfNeeded: bits) & 0xBFFF_FFFF)
        m = bits % 2 == 0
        n = Tree.text(&generator)
        o = m ? a : nil
        p = Date(timeIntervalSinceReferenceDate: Double(d) / 8)
        q = [g, 0, 255]
        r = UUID()
        s = ["x": l, "": 0]
    }

    /// Through containers of the other two kinds.
    var list: List { List(value: self) }

    struct List: Encodable {
        let value: Plain

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(value.a)
            try list.encode(value.b)
            try list.encode(value.c)
            try list.encode(value.d)
            try list.encode(value.e)
            try list.encode(value.f)
            try list.encode(value.g)
            try list.encode(value.h)
            try list.encode(value.i)
            try list.encode(value.j)
            try list.encode(value.k)
            try list.encode(value.l)
            try list.encode(value.m)
            try list.encode(value.n)
            try list.encodeNil()
            try list.encode(value.o)
            try list.encode(list.count)
        }
    }
}

private class Parent: Encodable { var own = 1 }

/// Encodes its parent through an encoder of the parent's own.
private final class Derived: Parent {
    override func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode("b", forKey: .b)
        try super.encode(to: fields.superEncoder())
    }
    enum Key: CodingKey { case b }
}

private struct Empty: Encodable {}

private struct Nesting: Encodable {
    enum Key: CodingKey { case z, a }
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        var inner = fields.nestedContainer(keyedBy: Key.self, forKey: .z)
        var list = fields.nestedUnkeyedContainer(forKey: .a)
        try list.encode(1)
        try inner.encode(2, forKey: .a)
        try list.encode(3)
    }
}

/// As the compiler encodes it: an object in the member that names the case.
private indirect enum Choice: Encodable {
    case none, one(String), two(x: Int, y: Choice?), deep(Choice), list([Choice])
}

private enum Failing: Encodable { case number(Double) }

/// An object in an object in an object, and members behind each.
private struct Nested: Encodable {
    enum Key: CodingKey { case z, m, a }
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        var inner = fields.nestedContainer(keyedBy: Key.self, forKey: .m)
        var innermost = inner.nestedContainer(keyedBy: Key.self, forKey: .z)
        try innermost.encode([Choice.none], forKey: .m)
        try innermost.encode("x", forKey: .a)
        try inner.encode(2, forKey: .a)
        _ = fields.nestedContainer(keyedBy: Key.self, forKey: .a)
        try fields.encode(3, forKey: .z)
    }
}

/// Goes on with an object that was left for another of the same depth.
private struct Interleaved: Encodable {
    enum Key: CodingKey { case z, m, a }
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        var one = fields.nestedContainer(keyedBy: Key.self, forKey: .z)
        try one.encode(1, forKey: .a)
        var two = fields.nestedContainer(keyedBy: Key.self, forKey: .a)
        try two.encode(2, forKey: .a)
        try one.encode(3, forKey: .m)
        try two.encode(4, forKey: .z)
    }
}

private struct Twice: Encodable {
    enum Key: CodingKey { case a, b }
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(1, forKey: .b)
        try fields.encode(2, forKey: .a)
        var again = encoder.container(keyedBy: Key.self)
        try again.encode(3, forKey: .b)
    }
}

private struct PathReader: Encodable {
    var inner = Inner()
    struct Inner: Encodable {
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(encoder.codingPath.map(\.stringValue).joined(separator: "."))
        }
    }
}

private struct Nothing: Encodable { func encode(to encoder: any Encoder) throws {} }

private struct Refusal: Error {}

private struct Refusing: Encodable { func encode(to encoder: any Encoder) throws { throw Refusal() } }
