#if Crypto
import Crypto
import Foundation
public import ResilienceCore
public import RetryOrchestrator

/// When a token is accepted.
public struct AttemptTokenValidity: Sendable, Hashable {
    /// How long after it was made, zero or more.
    public var lifetime: Duration
    /// By how much the clock of who made it may be ahead, zero or more.
    public var leeway: Duration

    /// Two hours, with five seconds of leeway, unless said otherwise.
    ///
    /// - Throws: `InvalidArgument` for a negative duration.
    public init(lifetime: Duration = .seconds(7_200), leeway: Duration = .seconds(5)) throws(InvalidArgument) {
        for (field, value) in [("lifetime", lifetime), ("leeway", leeway)] where value < .zero {
            throw InvalidArgument(field: field, value: value, allowed: "zero or more")
        }
        self.lifetime = lifetime
        self.leeway = leeway
    }

    private init(preset lifetime: Duration, leeway: Duration) {
        self.lifetime = lifetime
        self.leeway = leeway
    }

    /// Two hours, with five seconds of leeway.
    public static let standard = AttemptTokenValidity(preset: .seconds(7_200), leeway: .seconds(5))

    func check(_ token: AttemptToken, at now: Timestamp) throws(AttemptTokenError) {
        // Tokens count whole seconds.
        let now = Timestamp(seconds: now.seconds)
        guard token.createdAt >= now.advanced(by: .zero - lifetime) else { throw .expired(createdAt: token.createdAt) }
        guard token.createdAt <= now.advanced(by: leeway) else { throw .notYetValid(createdAt: token.createdAt) }
    }
}

/// Writes and reads tokens that anyone can read and nobody can change: packed fields and the first half of their
/// HMAC-SHA256, in base64 for URLs.
///
/// ```swift
/// let tokens = try SignedAttemptTokens(key: Array("32 bytes of a secret at the least".utf8))
/// let text = try tokens.write(token)
/// let read = try tokens.read(text, at: clock.now)
/// ```
///
/// The signature is compared in constant time, before any field is looked at.
public struct SignedAttemptTokens: Sendable {
    /// How the identity is laid out in tokens that are read.
    public enum Layout: Sendable, Hashable {
        /// Sixteen bytes: what is written here, too.
        case fixedIdentity
        /// Its length and its bytes, as some writers have it.
        case prefixedIdentity
    }

    private static let signatureBytes = 16
    private let key: SymmetricKey
    private let validity: AttemptTokenValidity
    private let layout: AttemptTokenBytes.Layout

    /// Creates the format with a key.
    ///
    /// - Parameters:
    ///   - key: the secret, at least 16 bytes.
    ///   - validity: when a token is accepted.
    ///   - layout: how the identity is laid out in tokens that are read.
    /// - Throws: `InvalidArgument` for a key that is too short; its bytes are not in the error.
    public init(
        key: [UInt8],
        validity: AttemptTokenValidity = .standard,
        reading layout: Layout = .fixedIdentity
    ) throws(InvalidArgument) {
        guard key.count >= 16 else {
            throw InvalidArgument(field: "key", value: "\(key.count) bytes", allowed: "at least 16 bytes")
        }
        self.key = SymmetricKey(data: key)
        self.validity = validity
        self.layout = layout == .fixedIdentity ? .fixed : .prefixed
    }

    /// The text of a token.
    ///
    /// - Throws: ``AttemptTokenError/fieldTooLong(field:bytes:limit:)`` for an identity over 16 bytes or another string
    ///   over 255, ``AttemptTokenError/malformed(field:)`` for a number that has no place.
    public func write(_ token: AttemptToken) throws(AttemptTokenError) -> String {
        let bytes = try AttemptTokenBytes.write(token, .fixed)
        return Base64URL.write(bytes + signature(of: bytes))
    }

    /// The token of a text.
    ///
    /// - Throws: ``AttemptTokenError``, whatever the text is.
    public func read(_ text: String, at now: Timestamp) throws(AttemptTokenError) -> AttemptToken {
        let bytes = try Base64URL.read(text)
        // The shortest has empty strings: 16 or 1, three lengths, an amount, a length, a time, a signature.
        guard bytes.count >= 52 else { throw .wrongLength(characters: text.utf8.count) }
        let body = Array(bytes.dropLast(Self.signatureBytes))
        guard Self.isEqual(signature(of: body), bytes.suffix(Self.signatureBytes)) else { throw .signatureMismatch }
        let token = try AttemptTokenBytes.read(body, layout, at: now)
        try validity.check(token, at: now)
        return token
    }

    private func signature(of bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(Self.signatureBytes))
    }

    /// Looks at every byte, wherever the first difference is.
    private static func isEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Writes and reads tokens that nobody can read or change: AES-GCM, with the name of the key in front, so that keys can
/// be changed without a stop.
///
/// ```swift
/// let tokens = try EncryptedAttemptTokens(keys: ["2026-11": newKey, "2026-10": oldKey], writing: "2026-11")
/// ```
///
/// A text begins with `v1.`; the name of the key is seen by everybody.
public struct EncryptedAttemptTokens: Sendable {
    private static let mark = "v1."
    private let keys: [String: SymmetricKey]
    private let current: String
    private let validity: AttemptTokenValidity

    /// Creates the format with its keys.
    ///
    /// - Parameters:
    ///   - keys: by name, of 1 to 64 bytes; each key of 16, 24 or 32 bytes.
    ///   - current: the name of the key that is written with; all are read.
    ///   - validity: when a token is accepted.
    /// - Throws: `InvalidArgument` for a key or a name out of range; no key is in the error.
    public init(
        keys: [String: [UInt8]],
        writing current: String,
        validity: AttemptTokenValidity = .standard
    ) throws(InvalidArgument) {
        for (name, key) in keys {
            guard (1...64).contains(name.utf8.count) else {
                throw InvalidArgument(field: "keys", value: name, allowed: "names of 1...64 bytes")
            }
            guard [16, 24, 32].contains(key.count) else {
                throw InvalidArgument(
                    field: "keys",
                    value: "\(name): \(key.count) bytes",
                    allowed: "16, 24 or 32 bytes"
                )
            }
        }
        guard keys[current] != nil else {
            throw InvalidArgument(field: "writing", value: current, allowed: "the name of one of the keys")
        }
        self.keys = keys.mapValues { SymmetricKey(data: $0) }
        self.current = current
        self.validity = validity
    }

    /// The text of a token; another one each time.
    ///
    /// - Throws: ``AttemptTokenError/fieldTooLong(field:bytes:limit:)`` for a string over 255 bytes,
    ///   ``AttemptTokenError/malformed(field:)`` for a number that has no place.
    public func write(_ token: AttemptToken) throws(AttemptTokenError) -> String {
        let bytes = try AttemptTokenBytes.write(token, .prefixed)
        guard let key = keys[current] else { throw .unknownKey(current) }
        let header = [UInt8(current.utf8.count)] + Array(current.utf8)
        let box: Data?
        do { box = try AES.GCM.seal(bytes, using: key, authenticating: header).combined } catch { box = nil }
        guard let box else { throw .malformed(field: "token") }
        return Self.mark + Base64URL.write(header + Array(box))
    }

    /// The token of a text.
    ///
    /// - Throws: ``AttemptTokenError``, whatever the text is.
    public func read(_ text: String, at now: Timestamp) throws(AttemptTokenError) -> AttemptToken {
        guard text.hasPrefix(Self.mark) else { throw .malformed(field: "version") }
        let bytes = try Base64URL.read(String(text.dropFirst(Self.mark.count)))
        guard let count = bytes.first.map(Int.init), bytes.count > 1 + count else {
            throw .wrongLength(characters: text.utf8.count)
        }
        let header = Array(bytes.prefix(1 + count))
        guard let name = String(validating: header.dropFirst(), as: UTF8.self) else { throw .malformed(field: "key") }
        guard let key = keys[name] else { throw .unknownKey(name) }
        let body: [UInt8]
        do {
            let box = try AES.GCM.SealedBox(combined: bytes.dropFirst(1 + count))
            body = Array(try AES.GCM.open(box, using: key, authenticating: header))
        } catch { throw .signatureMismatch }
        let token = try AttemptTokenBytes.read(body, .prefixed, at: now)
        try validity.check(token, at: now)
        return token
    }
}

/// Base64 for URLs without padding (RFC 4648, section 5), in its one canonical form.
enum Base64URL {
    /// The longest token: a name of a key, six strings and the rest, in base64.
    private static let limit = 4_096

    static func write(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func read(_ text: String) throws(AttemptTokenError) -> [UInt8] {
        guard (1...limit).contains(text.utf8.count) else { throw .wrongLength(characters: text.utf8.count) }
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        standard += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        // Two texts must not be one token: what is read must be written the same.
        guard let data = Data(base64Encoded: standard), write(Array(data)) == text else { throw .notBase64 }
        return Array(data)
    }
}
#else
/// Tokens that nobody can change: enable the trait Crypto.
@available(*, unavailable, message: "enable the trait Crypto")
public struct SignedAttemptTokens {}

/// Tokens that nobody can read: enable the trait Crypto.
@available(*, unavailable, message: "enable the trait Crypto")
public struct EncryptedAttemptTokens {}
#endif
