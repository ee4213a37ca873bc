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
    private let form: Form

    private enum Form: Sendable {
        case live(any Codable & Sendable)
        case encoded([UInt8], any ValueCoder)
    }

    /// Holds a live value.
    public init(_ value: some Codable & Sendable) { form = .live(value) }

    /// Holds the bytes of a value, for implementors of stores.
    public init(encoded bytes: [UInt8], coder: any ValueCoder) { form = .encoded(bytes, coder) }

    /// The value, decoded if need be.
    ///
    /// - Throws: ``StoreError/invalid(_:)`` if the record holds something else.
    public func get<Value: Codable & Sendable>(_ type: Value.Type = Value.self) throws(StoreError) -> Value {
        switch form {
        case .live(let held):
            guard let value = held as? Value else {
                throw .invalid(.init(field: "value", value: Swift.type(of: held), allowed: "\(Value.self)"))
            }
            return value
        case .encoded(let bytes, let coder):
            do {
                return try coder.decode(Value.self, from: bytes)
            } catch {
                throw .invalid(.init(field: "value", value: "\(bytes.count) bytes", allowed: "\(Value.self)"))
            }
        }
    }

    /// The bytes, encoded if need be.
    ///
    /// - Throws: ``StoreError/invalid(_:)`` if the value cannot be encoded or has more than ``StoreLimits/valueBytes``.
    public func encoded(by coder: any ValueCoder) throws(StoreError) -> [UInt8] {
        let bytes: [UInt8]
        switch form {
        case .encoded(let held, _):
            bytes = held
        case .live(let held):
            do {
                bytes = try coder.encode(held)
            } catch {
                throw .invalid(.init(field: "value", value: Swift.type(of: held), allowed: "a value that encodes"))
            }
        }
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
