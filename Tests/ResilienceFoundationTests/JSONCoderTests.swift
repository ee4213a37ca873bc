import Foundation
import ResilienceCore
import ResilienceFoundation
import Testing

@Suite struct JSONCoderTests {
    private let coder = JSONCoder()

    private func comesBack<Value: Codable & Equatable>(_ value: Value) throws -> Bool {
        try coder.decode(Value.self, from: try coder.encode(value)) == value
    }

    private func text(_ value: any Encodable) throws -> String {
        String(decoding: try coder.encode(value), as: UTF8.self)
    }

    @Test func sortsKeysAndLeavesSlashes() throws {
        struct Request: Codable { var url = "https://example.org/a", amount = 3, id = "p" }
        #expect(try text(Request()) == #"{"amount":3,"id":"p","url":"https://example.org/a"}"#)
    }

    @Test func plainValuesComeBack() throws {
        #expect(try comesBack("text"))
        #expect(try comesBack(42))
        #expect(try comesBack(true))
        #expect(try comesBack([String]()))
        #expect(try comesBack(Timestamp(microseconds: .max)))
        #expect(try text("text") == #""text""#)
        #expect(try text(Timestamp(microseconds: 5)) == "5")
    }

    @Test func nothingComesBackAsNothing() throws {
        #expect(try comesBack(Int?.none))
        #expect(try comesBack([Int?.none, 1]))
    }

    @Test func extremesOfIntegersComeBack() throws {
        #expect(try comesBack([Int64.min, Int64.max]))
        #expect(try comesBack([UInt64.max, 1 << 53 + 1]))
    }

    @Test func numbersComeBackBitForBit() throws {
        var generator = SmallGenerator(seed: 7)
        var values: [Double] = [0, -0.0, 0.1, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e22, 1e23]
        values += (0..<2_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        let back = try coder.decode([Double].self, from: try coder.encode(values))
        #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
        let floats = values.map { Float($0) }.filter(\.isFinite)
        let floatsBack = try coder.decode([Float].self, from: try coder.encode(floats))
        #expect(floatsBack.map(\.bitPattern) == floats.map(\.bitPattern))
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func refusesNumbersThatJSONCannotHold(_ value: Double) {
        #expect(throws: EncodingError.self) { try coder.encode(value) }
        #expect(throws: EncodingError.self) { try coder.encode(["nested": [value]]) }
    }

    @Test func textComesBackByteForByte() throws {
        let value = "a\u{0}b\u{1F}\"\\/\r\n\u{2028} é e\u{301} 漢字 🧾\u{FEFF}"
        let back = try coder.decode(String.self, from: try coder.encode(value))
        #expect(Array(back.utf8) == Array(value.utf8))
        #expect(try !coder.encode(value).contains(0))
    }

    @Test func typesOfFoundationComeBack() throws {
        #expect(try comesBack(Date(timeIntervalSinceReferenceDate: 775_000_000.123_456_7)))
        #expect(try comesBack(Data([0, 255, 128])))
        #expect(try comesBack(UUID(uuidString: "8B1F5A52-5E2D-4C0B-9F2C-3E0C7A1D2B3C")))
        #expect(try comesBack(URL(string: "https://example.org/a?b=c#d")))
        #expect(try comesBack(Decimal(string: "12345678901234567890.123456789")))
        #expect(try comesBack([1: "one", 2: "two"]))
    }

    @Test func refusesBytesThatAreNotJSON() {
        #expect(throws: DecodingError.self) { try coder.decode(Int.self, from: Array("{".utf8)) }
        #expect(throws: DecodingError.self) { try coder.decode(Int.self, from: []) }
        #expect(throws: DecodingError.self) { try coder.decode(Int.self, from: Array(#""1""#.utf8)) }
    }
}
