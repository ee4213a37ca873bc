internal import Foundation

/// What a store says of payments that were not made: given up with a reason, or not finished.
public struct StoreContents: Sendable {
    /// A payment that was given up.
    public struct Failed: Sendable {
        /// Why.
        public let code: String
        /// Whether it may have been made all the same.
        public let isAmbiguous: Bool

        /// Whether the flow made it after all: it was brought back. One that was settled elsewhere is not.
        public let isRecovered: Bool

        /// Creates one.
        public init(code: String, isAmbiguous: Bool, isRecovered: Bool = false) {
            self.code = code
            self.isAmbiguous = isAmbiguous
            self.isRecovered = isRecovered
        }
    }

    /// Those that were given up, by id.
    public let failed: [String: Failed]
    /// The ids of those that are waiting or under way.
    public let unfinished: Set<String>

    /// The amounts that batches gathered.
    public let accumulations: [Accumulation]

    /// Takes what the caller has read.
    public init(failed: [String: Failed], unfinished: Set<String>, accumulations: [Accumulation] = []) {
        self.failed = failed
        self.unfinished = unfinished
        self.accumulations = accumulations
    }
}

extension StoreContents.Failed {
    /// Reads the JSON of a failed operation; one that cannot be read is told by that.
    init(json: [UInt8]) {
        struct Value: Decodable {
            let code: String
            let isAmbiguous: Bool
            let recovery: Recovery?
        }
        struct Recovery: Decodable {
            let proof: String?
        }
        let value = try? JSONDecoder().decode(Value.self, from: Data(json))
        self.init(
            code: value?.code ?? "unreadable",
            isAmbiguous: value?.isAmbiguous ?? true,
            isRecovered: value?.recovery.map { $0.proof == nil } ?? false
        )
    }
}

/// An amount that is paid together with others.
public struct Accumulation: Sendable {
    /// The payment that gathered it first, and a number.
    let name: String
    /// The payment that is to pay it; `nil` while it waits for another one.
    let batch: String?

    /// Creates one.
    public init(_ name: String, batch: String?) {
        self.name = name
        self.batch = batch
    }

    /// The payment that gathered it first.
    var first: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name }
}

extension Accumulation {
    init(_ name: String, json: [UInt8]) {
        struct Value: Decodable {
            let batch: String?
        }
        self.init(name, batch: (try? JSONDecoder().decode(Value.self, from: Data(json)))?.batch)
    }
}
