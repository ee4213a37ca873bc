#if Crypto
import Crypto
import Foundation

/// HMAC-SHA256 by its definition (RFC 2104), for signatures that the product does not make.
enum HMACOracle {
    static func sha256(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let padded = key + Array(repeating: 0, count: 64 - key.count)
        let inner = SHA256.hash(data: padded.map { $0 ^ 0x36 } + message)
        return Array(SHA256.hash(data: padded.map { $0 ^ 0x5C } + Array(inner)))
    }
}
#endif
