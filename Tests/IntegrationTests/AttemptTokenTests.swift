#if Crypto
import Foundation
import ResilienceCore
import ResilienceIntegrations
import ResilienceTesting
import RetryOrchestrator
import Testing

@Suite("Attempt tokens") struct AttemptTokenTests {
    private let tokens: SignedAttemptTokens
    private let made = Timestamp(seconds: 1_761_984_657)

    init() throws { tokens = try SignedAttemptTokens(key: Array("test_internal_key_67890".utf8)) }

    private var first: AttemptToken {
        AttemptToken(
            id: "TEST123456789012",
            apiID: "cn_test_12345",
            currency: "ETH",
            network: "eth",
            amount: 0.001234,
            address: "0x1234567890abcdef",
            at: made
        )
    }

    private static let v1 =
        "VEVTVDEyMzQ1Njc4OTAxMg1jbl90ZXN0XzEyMzQ1A2V0aANldGg_VDfFaSs8xRIweDEyMzQ1Njc4OTBhYmNkZWYHaW5zdGFudAAAAAFpBcCRAGkFwJF9Pb9PiBMDgjMtvtXwnUp-"
    private static let v2 =
        "VEVTVDEyMzQ1Njc4OTAxMg1jbl90ZXN0XzEyMzQ1A2V0aANldGg_VDfFaSs8xRIweDEyMzQ1Njc4OTBhYmNkZWYHaW5zdGFudAAAAAJpBcCRE1JBVEVfTElNSVRfRVhDRUVERURpBcDN78qTDRqH8x5vvoi_1AOLGg"

    private func error(_ body: () throws -> Any) -> AttemptTokenError? {
        do { _ = try body() } catch { return error as? AttemptTokenError }
        return nil
    }

    @Test("V1: the first attempt is written bit for bit, and read")
    func firstAttempt() throws {
        #expect(try tokens.write(first) == Self.v1)
        #expect(try tokens.read(Self.v1, at: made) == first)
    }

    @Test("V2: its retry a minute later is written bit for bit, and read")
    func retry() throws {
        let later = made.advanced(by: .seconds(60))
        let second = first.next(after: "RATE_LIMIT_EXCEEDED", at: later)
        #expect(try tokens.write(second) == Self.v2)
        let read = try tokens.read(Self.v2, at: later)
        #expect(read == second)
        #expect(read.attempt == 2)
        #expect(read.firstAttemptAt == made)
    }

    @Test("T1: a new token is of attempt 1, without a code, with the time of the first attempt")
    func newToken() throws {
        let read = try tokens.read(try tokens.write(first), at: made)
        #expect(read.attempt == 1)
        #expect(read.lastErrorCode == nil)
        #expect(read.firstAttemptAt == made)
    }

    /// Writes what earlier versions wrote: the body cut before some fields, signed like any other.
    private func legacy(withContext: Bool) throws -> String {
        var body = try AttemptTokenBytes.write(first, .fixed)
        let created = body.suffix(4)
        body.removeLast(4 + 1 + 4 + 4)
        if !withContext { body.removeLast(1 + "instant".utf8.count) }
        return sign(body + created)
    }

    private func sign(_ body: [UInt8], key: String = "test_internal_key_67890") -> String {
        // The signature by a way of its own: the text of a token whose body is this one cannot be had from the product.
        let signature = HMACOracle.sha256(Array(key.utf8), body).prefix(16)
        return Data(body + signature).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    @Test(
        "T4: a token without the fields of retries, or without the context too, is attempt 1 of an instant payment",
        arguments: [true, false]
    )
    func legacyToken(withContext: Bool) throws {
        let read = try tokens.read(try legacy(withContext: withContext), at: made.advanced(by: .seconds(9)))
        #expect(read.attempt == 1)
        #expect(read.lastErrorCode == nil)
        #expect(read.context == "instant")
        #expect(read.firstAttemptAt == made.advanced(by: .seconds(9)))
        #expect(read.createdAt == made)
    }

    @Test("An identity with its length in front is read where the caller says so, and else is not")
    func prefixedIdentity() throws {
        var token = first
        token.id = "0c9a7f0e-8a55-4f0c-9a38-1c1b8a0c7e11"
        let text = sign(try AttemptTokenBytes.write(token, .prefixed))
        let reading = try SignedAttemptTokens(key: Array("test_internal_key_67890".utf8), reading: .prefixedIdentity)
        #expect(try reading.read(text, at: made) == token)
        #expect((try? tokens.read(text, at: made)) != token)
        #expect(error { try tokens.write(token) } == .fieldTooLong(field: "id", bytes: 36, limit: 16))
    }

    @Test("It is accepted for two hours and from five seconds before it was made, to the second")
    func validity() throws {
        _ = try tokens.read(Self.v1, at: made.advanced(by: .seconds(7_200)))
        #expect(error { try tokens.read(Self.v1, at: made.advanced(by: .seconds(7_201))) } == .expired(createdAt: made))
        _ = try tokens.read(Self.v1, at: made.advanced(by: .seconds(-5)))
        #expect(
            error { try tokens.read(Self.v1, at: made.advanced(by: .seconds(-6))) } == .notYetValid(createdAt: made)
        )
    }

    @Test("What was changed, cut, written otherwise or made with another key is a typed error")
    func refused() throws {
        #expect(error { try tokens.read(String(Self.v1.dropLast(3)) + "AAA", at: made) } == .signatureMismatch)
        #expect(error { try tokens.read("AAAA", at: made) } == .wrongLength(characters: 4))
        #expect(error { try tokens.read("", at: made) } == .wrongLength(characters: 0))
        #expect(
            error { try tokens.read(String(repeating: "A", count: 5_000), at: made) } == .wrongLength(characters: 5_000)
        )
        #expect(error { try tokens.read(Self.v1 + "=", at: made) } == .notBase64)
        #expect(error { try tokens.read(Self.v1 + " ", at: made) } == .notBase64)
        #expect(error { try tokens.read(Self.v1.replacingOccurrences(of: "_", with: "/"), at: made) } == .notBase64)
        // V2 has two characters that carry six bits for four: the same bytes in another writing.
        #expect(error { try tokens.read(String(Self.v2.dropLast()) + "h", at: made) } == .notBase64)
        let other = try SignedAttemptTokens(key: Array("another_internal_key".utf8))
        #expect(error { try other.read(Self.v1, at: made) } == .signatureMismatch)
        for cut in 1..<Self.v1.count {
            #expect(error { try tokens.read(String(Self.v1.prefix(cut)), at: made) } != nil)
        }
    }

    @Test("What has no place in the format is refused by name when it is written")
    func unwritable() throws {
        func field(_ change: (inout AttemptToken) -> Void) -> AttemptTokenError? {
            var token = first
            change(&token)
            return error { try tokens.write(token) }
        }
        let long = String(repeating: "x", count: 256)
        #expect(field { $0.apiID = long } == .fieldTooLong(field: "apiID", bytes: 256, limit: 255))
        #expect(field { $0.address = long } == .fieldTooLong(field: "address", bytes: 256, limit: 255))
        #expect(field { $0.lastErrorCode = long } == .fieldTooLong(field: "lastErrorCode", bytes: 256, limit: 255))
        #expect(field { $0.amount = .nan } == .malformed(field: "amount"))
        #expect(field { $0.amount = .infinity } == .malformed(field: "amount"))
        #expect(field { $0.attempt = 0 } == .malformed(field: "attempt"))
        #expect(field { $0.attempt = .max } == .malformed(field: "attempt"))
        #expect(field { $0.createdAt = .distantFuture } == .malformed(field: "createdAt"))
        #expect(field { $0.firstAttemptAt = .distantPast } == .malformed(field: "firstAttemptAt"))
        #expect(field { $0.id = "a\0b" } == .malformed(field: "id"))
        #expect(field { $0.id = "short" } == nil)
    }

    @Test(
        "A short identity and sixteen letters come back as they were",
        arguments: ["short", "xxxxxxxxxxxxxxxx", "", "é"]
    )
    func identities(id: String) throws {
        var token = first
        token.id = id
        #expect(try tokens.read(try tokens.write(token), at: made).id == id)
    }

    @Test("The JSON view has the names that other languages read")
    func json() throws {
        let second = first.next(after: "RATE_LIMIT_EXCEEDED", at: made.advanced(by: .seconds(60)))
        let data = try JSONEncoder().encode(second)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "unique_id", "cn_api_id", "from_currency", "from_network", "from_amount", "payin_address", "context",
                "timestamp", "attempt_count", "first_attempt_at", "last_error_code",
            ]
        )
        #expect(object["timestamp"] as? Int == 1_761_984_717)
        #expect(object["attempt_count"] as? Int == 2)
        #expect(try JSONDecoder().decode(AttemptToken.self, from: data) == second)
    }

    // MARK: Encrypted

    private let keys: [String: [UInt8]] = ["new": Array(0..<32), "old": Array(32..<64)]

    @Test("Encrypted it is read by whoever has the key, also after the key was changed, and shows nothing")
    func encrypted() throws {
        let before = try EncryptedAttemptTokens(keys: ["old": keys["old"] ?? []], writing: "old")
        let after = try EncryptedAttemptTokens(keys: keys, writing: "new")
        var token = first
        token.id = "an identity of more than sixteen bytes"
        let (old, new) = (try before.write(token), try after.write(token))
        #expect(try after.read(old, at: made) == token)
        #expect(try after.read(new, at: made) == token)
        #expect(try after.write(token) != new)
        #expect(error { try before.read(new, at: made) } == .unknownKey("new"))
        #expect(error { try after.read(new, at: made.advanced(by: .seconds(7_201))) } == .expired(createdAt: made))
        #expect(error { try after.read(Self.v1, at: made) } == .malformed(field: "version"))
        let bytes = try #require(Data(base64Encoded: padded(String(new.dropFirst(3)))))
        #expect(bytes.range(of: Data("0x1234567890abcdef".utf8)) == nil)
    }

    private func padded(_ text: String) -> String {
        text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
            + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    @Test("Keys and durations out of range are refused, and no key is in the error")
    func configuration() {
        func refusal(_ body: () throws -> Any) -> InvalidArgument? {
            do { _ = try body() } catch { return error as? InvalidArgument }
            return nil
        }
        let short = refusal { try SignedAttemptTokens(key: Array("secret".utf8)) }
        #expect(short?.field == "key")
        #expect("\(String(describing: short))".contains("secret") == false)
        #expect(refusal { try EncryptedAttemptTokens(keys: ["a": [1, 2]], writing: "a") }?.field == "keys")
        #expect(refusal { try EncryptedAttemptTokens(keys: ["": Array(0..<16)], writing: "") }?.field == "keys")
        #expect(refusal { try EncryptedAttemptTokens(keys: keys, writing: "none") }?.field == "writing")
        #expect(refusal { try AttemptTokenValidity(lifetime: .seconds(-1)) }?.field == "lifetime")
    }

    @Test("A million mutations of tokens: typed errors only, and none is accepted")
    func fuzz() throws {
        let encrypted = try EncryptedAttemptTokens(keys: keys, writing: "new")
        let sources = [Self.v1, Self.v2, try encrypted.write(first)].map { Array($0.utf8) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ .\u{e9}\0".utf8)
        var generator = SmallGenerator(seed: 42)
        let count = 1_000_000
        // What is thrown is an AttemptTokenError: the compiler sees to that.
        var (accepted, refused) = (0, 0)
        for _ in 0..<count {
            let source = sources[Int.random(in: 0..<3, using: &generator)]
            var text = source
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<max(text.count, 1), using: &generator)
                let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where !text.isEmpty: text[place] = letter
                case 1 where !text.isEmpty: text.remove(at: place)
                case 2: text.insert(letter, at: min(place, text.count))
                default: text = Array(text.prefix(place))
                }
            }
            guard text != source else { continue }
            let string = String(decoding: text, as: UTF8.self)
            do {
                _ = try tokens.read(string, at: made)
                accepted += 1
            } catch { refused += 1 }
            do {
                _ = try encrypted.read(string, at: made)
                accepted += 1
            } catch { refused += 1 }
        }
        #expect(accepted == 0)
        #expect(refused > count)
    }
}
#endif
