internal import Foundation

/// The output of one value, shared by the encoders of all that is in it.
final class JSONEncoding {
    fileprivate var output = JSONOutput()

    /// The JSON of a value; `nil` if it was given up.
    static func json(_ value: some Encodable) throws -> [UInt8]? {
        let encoding = JSONEncoding()
        try encoding.encode(value)
        return encoding.output.hasGivenUp ? nil : encoding.output.bytes
    }

    fileprivate func encode<Value: Encodable>(_ value: Value) throws {
        // `JSONEncoder` gives these a form of its own.
        if Value.self == Data.self || Value.self == URL.self || Value.self == Decimal.self { return output.giveUp() }
        guard !output.hasGivenUp else { return }
        try value.encode(to: JSONValueEncoder(encoding: self, place: output.begin()))
        output.end()
    }
}

/// Hands what one value encodes to the output, at the place of that value.
///
/// What is asked for by few types only, such as the encoder of a superclass, makes the output give up.
private struct JSONValueEncoder: Encoder {
    let encoding: JSONEncoding
    let place: JSONOutput.Place

    var codingPath: [any CodingKey] {
        encoding.output.giveUp()
        return []
    }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        encoding.output.open(place, asArray: false)
        return KeyedEncodingContainer(JSONObjectContainer(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        encoding.output.open(place, asArray: true)
        return JSONArrayContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleContainer(encoder: self) }

    /// An object within the member that was just begun. The enums that the compiler encodes are made of these.
    func nested<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let inner = JSONValueEncoder(encoding: encoding, place: encoding.output.begin(isNested: true))
        return inner.container(keyedBy: type)
    }

    /// Stands in where the output has given up.
    func givenUp() -> JSONValueEncoder {
        encoding.output.giveUp()
        return self
    }
}

private struct JSONObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: JSONValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    private func member(_ key: Key, _ write: (inout JSONOutput) -> Void) {
        encoder.encoding.output.member(key.stringValue, encoder.place, write)
    }

    func encodeNil(forKey key: Key) { member(key) { $0.writeNull() } }
    func encode(_ value: Bool, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: String, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Double, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Float, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Int, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Int8, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Int16, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Int32, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: Int64, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: UInt, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: UInt8, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: UInt16, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: UInt32, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: UInt64, forKey key: Key) { member(key) { $0.write(value) } }
    func encode(_ value: some Encodable, forKey key: Key) throws {
        member(key) { _ in }
        try encoder.encoding.encode(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        member(key) { _ in }
        return encoder.nested(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.givenUp().unkeyedContainer()
    }
    func superEncoder() -> any Encoder { encoder.givenUp() }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.givenUp() }
}

private struct JSONArrayContainer: UnkeyedEncodingContainer {
    let encoder: JSONValueEncoder
    private(set) var count = 0

    init(encoder: JSONValueEncoder) { self.encoder = encoder }

    var codingPath: [any CodingKey] { encoder.codingPath }

    private mutating func element(_ write: (inout JSONOutput) -> Void) {
        encoder.encoding.output.element(encoder.place, write)
        count += 1
    }

    mutating func encodeNil() { element { $0.writeNull() } }
    mutating func encode(_ value: Bool) { element { $0.write(value) } }
    mutating func encode(_ value: String) { element { $0.write(value) } }
    mutating func encode(_ value: Double) { element { $0.write(value) } }
    mutating func encode(_ value: Float) { element { $0.write(value) } }
    mutating func encode(_ value: Int) { element { $0.write(value) } }
    mutating func encode(_ value: Int8) { element { $0.write(value) } }
    mutating func encode(_ value: Int16) { element { $0.write(value) } }
    mutating func encode(_ value: Int32) { element { $0.write(value) } }
    mutating func encode(_ value: Int64) { element { $0.write(value) } }
    mutating func encode(_ value: UInt) { element { $0.write(value) } }
    mutating func encode(_ value: UInt8) { element { $0.write(value) } }
    mutating func encode(_ value: UInt16) { element { $0.write(value) } }
    mutating func encode(_ value: UInt32) { element { $0.write(value) } }
    mutating func encode(_ value: UInt64) { element { $0.write(value) } }
    mutating func encode(_ value: some Encodable) throws {
        element { _ in }
        try encoder.encoding.encode(value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.givenUp().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.givenUp().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.givenUp() }
}

private struct JSONSingleContainer: SingleValueEncodingContainer {
    let encoder: JSONValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    private func single(_ write: (inout JSONOutput) -> Void) {
        encoder.encoding.output.single(encoder.place, write)
    }

    func encodeNil() { single { $0.writeNull() } }
    func encode(_ value: Bool) { single { $0.write(value) } }
    func encode(_ value: String) { single { $0.write(value) } }
    func encode(_ value: Double) { single { $0.write(value) } }
    func encode(_ value: Float) { single { $0.write(value) } }
    func encode(_ value: Int) { single { $0.write(value) } }
    func encode(_ value: Int8) { single { $0.write(value) } }
    func encode(_ value: Int16) { single { $0.write(value) } }
    func encode(_ value: Int32) { single { $0.write(value) } }
    func encode(_ value: Int64) { single { $0.write(value) } }
    func encode(_ value: UInt) { single { $0.write(value) } }
    func encode(_ value: UInt8) { single { $0.write(value) } }
    func encode(_ value: UInt16) { single { $0.write(value) } }
    func encode(_ value: UInt32) { single { $0.write(value) } }
    func encode(_ value: UInt64) { single { $0.write(value) } }
    func encode(_ value: some Encodable) throws {
        single { _ in }
        try encoder.encoding.encode(value)
    }
}
