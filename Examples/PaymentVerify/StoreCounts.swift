public import VerifyFiles

extension StoreContents {
    /// Reads the failed and unfinished payments of a store's file with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        let file = try StoreFile(path)
        var failed: [String: Failed] = [:]
        for (name, value) in try file.records(in: "failed.payments") { failed[name] = Failed(json: value) }
        let waiting = try file.records(in: "retry.payments") + file.records(in: "retry.payments.again")
        let accumulations = try file.records(in: "accumulations").map { Accumulation($0.name, json: $0.value) }
        self.init(failed: failed, unfinished: Set(waiting.map(\.name)), accumulations: accumulations)
    }
}

/// How much of each kind a store holds.
public struct StoreCounts: Sendable {
    private let counts: [String: Int]

    /// The counts as the fields of a JSON object.
    ///
    /// `intents` are calls that were announced and have no outcome.
    public var fields: [String: Any] { counts }

    /// Counts with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        let file = try StoreFile(path)
        let waiting = "space IN ('retry.payments', 'retry.payments.again')"
        counts = [
            "pending": try file.count(waiting),
            "intents": try file.count(waiting + " AND json_extract(value, '$.intent') IS NOT NULL"),
            "retrying": try file.count("space = 'retry.payments.again'"),
            "succeeded": try file.count("space = 'retry.payments.done'"),
            "failed": try file.count("space = 'failed.payments'"),
        ]
    }
}
