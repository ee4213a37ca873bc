/// The forms in which a token gets into texts: as it is, percent-encoded in a URL, and in base64.
enum TokenForms {
    /// Shorter ones are not looked for encoded: what they become stands in texts that have nothing to do with them.
    private static let least = 6

    static func all(of token: String) -> [String] {
        guard token.utf8.count >= least else { return token.isEmpty ? [] : [token] }
        var forms: Set = [token, percentEncoded(token, "0123456789ABCDEF"), percentEncoded(token, "0123456789abcdef")]
        forms.insert(base64(token, "+/"))
        forms.insert(base64(token, "-_"))
        return forms.filter { !$0.isEmpty }
    }

    /// As in a query: only letters, digits and `-._~` stay as they are (RFC 3986).
    private static func percentEncoded(_ token: String, _ digits: String) -> String {
        let digits = Array(digits.utf8)
        var text: [UInt8] = []
        for byte in token.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.append(byte)
            default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Without padding, so that it is found with and without; its last character, which depends on what follows, is left
    /// out where the token does not fill it.
    private static func base64(_ token: String, _ last: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in token.utf8 {
            (bits, count) = (bits << 8 | Int(byte), count + 8)
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
            bits &= 0xFF
        }
        return String(decoding: text, as: UTF8.self)
    }
}
