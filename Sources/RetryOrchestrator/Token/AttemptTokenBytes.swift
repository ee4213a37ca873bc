package import ResilienceCore

/// The binary form of a token without its signature: what the signed and the encrypted form have in common.
///
/// Integers are big-endian; a string is its length in a byte and its bytes.
package struct AttemptTokenBytes {
    /// How the identity is laid out.
    package enum Layout: Sendable { case fixed, prefixed }

    static let idBytes = 16

    package static func write(_ token: AttemptToken, _ layout: Layout) throws(AttemptTokenError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        switch layout {
        case .fixed:
            let id = Array(token.id.utf8)
            guard id.count <= idBytes else {
                throw .fieldTooLong(field: "id", bytes: id.count, limit: idBytes)
            }
            guard !id.contains(0) else { throw .malformed(field: "id") }
            bytes += id + Array(repeating: 0, count: idBytes - id.count)
        case .prefixed: try append(token.id, "id", to: &bytes)
        }
        try append(token.apiID, "apiID", to: &bytes)
        try append(token.currency.lowercased(), "currency", to: &bytes)
        try append(token.network.lowercased(), "network", to: &bytes)
        guard token.amount.isFinite else { throw .malformed(field: "amount") }
        append(token.amount.bitPattern, to: &bytes)
        try append(token.address, "address", to: &bytes)
        try append(token.context.lowercased(), "context", to: &bytes)
        guard token.attempt >= 1, let attempt = UInt32(exactly: token.attempt) else {
            throw .malformed(field: "attempt")
        }
        append(attempt, to: &bytes)
        try append(token.firstAttemptAt, "firstAttemptAt", to: &bytes)
        try append(token.lastErrorCode ?? "", "lastErrorCode", to: &bytes)
        try append(token.createdAt, "createdAt", to: &bytes)
        return bytes
    }

    private static func append(_ text: String, _ field: String, to bytes: inout [UInt8]) throws(AttemptTokenError) {
        let utf8 = Array(text.utf8)
        guard let count = UInt8(exactly: utf8.count) else {
            throw .fieldTooLong(field: field, bytes: utf8.count, limit: 255)
        }
        bytes.append(count)
        bytes += utf8
    }

    private static func append(_ instant: Timestamp, _ field: String, to bytes: inout [UInt8]) throws(AttemptTokenError)
    {
        guard let seconds = UInt32(exactly: instant.seconds) else { throw .malformed(field: field) }
        append(seconds, to: &bytes)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    // MARK: Reading

    private var rest: ArraySlice<UInt8>

    private init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Reads what ``write(_:_:)`` wrote, and what earlier versions wrote: without the fields of retries, or without them
    /// and the context.
    package static func read(
        _ bytes: [UInt8],
        _ layout: Layout,
        at now: Timestamp
    ) throws(AttemptTokenError) -> AttemptToken {
        var reader = AttemptTokenBytes(bytes)
        let id: String
        switch layout {
        case .fixed: id = try reader.fixedID()
        case .prefixed: id = try reader.text("id")
        }
        var token = AttemptToken(
            id: id,
            apiID: try reader.text("apiID"),
            currency: try reader.text("currency"),
            network: try reader.text("network"),
            amount: Double(bitPattern: try reader.number(UInt64.self, "amount")),
            address: try reader.text("address"),
            at: now
        )
        guard token.amount.isFinite else { throw .malformed(field: "amount") }
        // The time of creation is four bytes: where no more are left, what would stand before it was not known yet.
        if reader.rest.count > 4 { token.context = try reader.text("context") }
        if reader.rest.count > 4 {
            guard let attempt = Int(exactly: try reader.number(UInt32.self, "attempt")), attempt >= 1 else {
                throw .malformed(field: "attempt")
            }
            token.attempt = attempt
            token.firstAttemptAt = Timestamp(seconds: Int64(try reader.number(UInt32.self, "firstAttemptAt")))
            let code = try reader.text("lastErrorCode")
            token.lastErrorCode = code.isEmpty ? nil : code
        }
        token.createdAt = Timestamp(seconds: Int64(try reader.number(UInt32.self, "createdAt")))
        guard reader.rest.isEmpty else { throw .malformed(field: "createdAt") }
        return token
    }

    private mutating func take(_ count: Int, _ field: String) throws(AttemptTokenError) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw .malformed(field: field) }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func fixedID() throws(AttemptTokenError) -> String {
        let bytes = try take(Self.idBytes, "id")
        let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
        return try string(bytes[..<end], "id")
    }

    private mutating func text(_ field: String) throws(AttemptTokenError) -> String {
        guard let count = try take(1, field).first else { throw .malformed(field: field) }
        return try string(try take(Int(count), field), field)
    }

    private func string(_ bytes: ArraySlice<UInt8>, _ field: String) throws(AttemptTokenError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(field: field) }
        return text
    }

    private mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type,
        _ field: String
    ) throws(AttemptTokenError) -> Number {
        try take(Number.bitWidth / 8, field).reduce(0 as Number) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
