internal import Foundation

/// What a store says of payments that were not made: given up with a reason, or not finished.
public struct StoreContents: Sendable {
    /// A payment that was given up.
    public struct Failed: Sendable {
        /// Why.
        public let code: String
        /// Whether it may have been made all the same.
        public let isAmbiguous: Bool

        /// Creates one.
        public init(code: String, isAmbiguous: Bool) {
            self.code = code
            self.isAmbiguous = isAmbiguous
        }
    }

    /// Those that were given up, by id.
    public let failed: [String: Failed]
    /// The ids of those that are waiting or under way.
    public let unfinished: Set<String>

    /// Takes what the caller has read.
    public init(failed: [String: Failed], unfinished: Set<String>) {
        self.failed = failed
        self.unfinished = unfinished
    }
}

extension StoreContents.Failed {
    /// Reads the JSON of a failed operation; one that cannot be read is told by that.
    init(json: [UInt8]) {
        struct Value: Decodable {
            let code: String
            let isAmbiguous: Bool
        }
        let value = try? JSONDecoder().decode(Value.self, from: Data(json))
        self.init(code: value?.code ?? "unreadable", isAmbiguous: value?.isAmbiguous ?? true)
    }
}
