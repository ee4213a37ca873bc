internal import Foundation

/// An object of JSON in one line.
public enum JSONLine {
    /// The line, its keys sorted.
    public static func text(_ object: [String: Any]) -> String {
        let bytes = try? JSONSerialization.data(
            withJSONObject: object,
            options: [.sortedKeys, .withoutEscapingSlashes]
        )
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? #"{"ok":false}"#
    }
}
