/// Turns values into bytes and back: where bytes are written, and only there.
///
/// `JSONCoder` of ResilienceFoundation is one. A coder must give back exactly what it was given.
public protocol ValueCoder: Sendable {
    /// The bytes of a value.
    func encode(_ value: any Encodable) throws -> [UInt8]
    /// The value of bytes that ``encode(_:)`` gave.
    func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value
}

/// What a record holds: a live value in memory, or encoded bytes with the coder that reads them.
///
/// A store in memory never encodes; one on disk encodes at the commit and decodes at ``get(_:)``.
public struct StoredValue: Sendable {
    @usableFromInline let held: any HeldValue

    /// Holds a live value.
    @inlinable
    public init(_ value: some Codable & Sendable) { held = LiveValue(value) }

    /// Holds the bytes of a value, for implementors of stores.
    public init(encoded bytes: [UInt8], coder: any ValueCoder) { held = EncodedValue(bytes, coder) }

    /// The value, decoded if need be.
    ///
    /// - Throws: ``StoreError/invalid(_:)`` if the record holds something else.
    @inlinable
    public func get<Value: Codable & Sendable>(_ type: Value.Type = Value.self) throws(StoreError) -> Value {
        // The class says what is in it: two pointers are compared, where a cast of the value itself would look its type up.
        if let live = held as? LiveValue<Value> { return live.value }
        return try held.decoded(type)
    }

    /// The bytes, encoded if need be.
    ///
    /// - Throws: ``StoreError/invalid(_:)`` if the value cannot be encoded or has more than ``StoreLimits/valueBytes``.
    public func encoded(by coder: any ValueCoder) throws(StoreError) -> [UInt8] {
        let bytes = try held.bytes(by: coder)
        guard bytes.count <= StoreLimits.valueBytes else {
            throw .invalid(
                .init(
                    field: "value",
                    value: "\(bytes.count) bytes",
                    allowed: "at most \(StoreLimits.valueBytes) bytes"
                )
            )
        }
        return bytes
    }
}

/// A value in one of its forms: a reference, so that a record is small and is passed on without its value being copied.
@usableFromInline
protocol HeldValue: AnyObject, Sendable {
    func decoded<Value: Codable & Sendable>(_ type: Value.Type) throws(StoreError) -> Value
    func bytes(by coder: any ValueCoder) throws(StoreError) -> [UInt8]
}

@usableFromInline
final class LiveValue<Held: Codable & Sendable>: HeldValue {
    @usableFromInline let value: Held

    @inlinable
    init(_ value: Held) { self.value = value }

    @usableFromInline
    func decoded<Value: Codable & Sendable>(_ type: Value.Type) throws(StoreError) -> Value {
        guard let value = value as? Value else {
            throw .invalid(.init(field: "value", value: Held.self, allowed: "\(Value.self)"))
        }
        return value
    }

    @usableFromInline
    func bytes(by coder: any ValueCoder) throws(StoreError) -> [UInt8] {
        do {
            return try coder.encode(value)
        } catch {
            throw .invalid(.init(field: "value", value: Held.self, allowed: "a value that encodes"))
        }
    }
}

private final class EncodedValue: HeldValue {
    private let bytes: [UInt8]
    private let coder: any ValueCoder

    init(_ bytes: [UInt8], _ coder: any ValueCoder) {
        self.bytes = bytes
        self.coder = coder
    }

    func decoded<Value: Codable & Sendable>(_ type: Value.Type) throws(StoreError) -> Value {
        do {
            return try coder.decode(Value.self, from: bytes)
        } catch {
            throw .invalid(.init(field: "value", value: "\(bytes.count) bytes", allowed: "\(Value.self)"))
        }
    }

    func bytes(by coder: any ValueCoder) -> [UInt8] { bytes }
}
