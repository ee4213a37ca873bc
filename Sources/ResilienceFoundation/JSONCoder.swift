internal import Foundation
public import ResilienceCore

/// Turns values into JSON and back, with one configuration for everything that is stored.
///
/// Keys are sorted, so equal values have equal bytes; slashes are not escaped; a value may be a plain number or string.
/// Dates, data and the rest take the forms that their own `Codable` conformance gives under Foundation's defaults, all of
/// which come back exactly. What JSON cannot hold exactly, an infinite or undefined number, is refused when it is encoded.
///
/// ```swift
/// let coder = JSONCoder()
/// let bytes = try coder.encode(["amount": 3])
/// let value = try coder.decode([String: Int].self, from: bytes)
/// ```
public struct JSONCoder: ValueCoder {
    // Both are safe to share between threads as long as nobody changes their options, and nobody else has them.
    private let encoder: JSONEncoder
    private let decoder: JSONDecoder

    /// The one coder; all of them are alike.
    public init() {
        self = Self.shared
    }

    private init(encoder: JSONEncoder, decoder: JSONDecoder) {
        self.encoder = encoder
        self.decoder = decoder
    }

    private static let shared: JSONCoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return JSONCoder(encoder: encoder, decoder: JSONDecoder())
    }()

    /// The JSON of a value, in UTF-8.
    ///
    /// - Throws: `EncodingError` for a value that JSON cannot hold, or the value's own error.
    public func encode(_ value: any Encodable) throws -> [UInt8] {
        // A value that fails here is encoded once more, so that the error is the one of `JSONEncoder`.
        if let bytes = try? JSONEncoding.json(value) { return bytes }
        return [UInt8](try encoder.encode(value))
    }

    /// The value of JSON that ``encode(_:)`` gave.
    ///
    /// - Throws: `DecodingError` if the bytes are not JSON or hold something else.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try decoder.decode(type, from: Data(bytes))
    }
}
