#if Crypto
import ResilienceCore
import ResilienceIntegrations
import RetryOrchestrator
import Testing

@Suite struct TokenExamples {
    @Test func tokens() throws {
        let clock = SystemClock()
        // example
        let first = AttemptToken(id: "p-1", apiID: "a-1", currency: "eth", network: "eth", amount: 0.5,
            address: "0x12ab", at: clock.now)
        let second = first.next(after: "RATE_LIMIT_EXCEEDED", at: clock.now)  // attempt 2 of the same payment
        // end
        let token = second
        // example
        let tokens = try SignedAttemptTokens(key: Array("32 bytes of a secret at the least".utf8))
        let text = try tokens.write(token)
        let read = try tokens.read(text, at: clock.now)
        // end
        #expect(read == token)
    }

    @Test func encrypted() throws {
        let (newKey, oldKey) = (Array<UInt8>(0..<32), Array<UInt8>(32..<64))
        // example
        let tokens = try EncryptedAttemptTokens(keys: ["2026-11": newKey, "2026-10": oldKey], writing: "2026-11")
        // end
        let now = Timestamp(seconds: 1_800_000_000)
        let token = AttemptToken(id: "p", apiID: "a", currency: "eth", network: "eth", amount: 1, address: "0x1", at: now)
        #expect(try tokens.read(try tokens.write(token), at: now) == token)
    }
}
#endif
