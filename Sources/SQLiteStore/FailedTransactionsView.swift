#if SQLite
internal import ResilienceCore

/// Where the payload of a failed payment has the fields that the view `failed_transactions` shows: their JSON keys.
public struct FailedTransactionFields: Sendable, Hashable {
    /// The identity by which the payment's own API knows it.
    public var apiID = "apiID"
    /// What is paid with.
    public var currency = "fromCurrency"
    /// Where.
    public var network = "fromNetwork"
    /// How much.
    public var amount = "amount"
    /// To whom.
    public var address = "payinAddress"

    /// The keys of the examples.
    public init() {}
}

extension SQLiteStore {
    /// Makes, or makes anew, a view of the failed operations of a queue, for people and tools that speak SQL: a row for
    /// each, with 22 columns, times in UTC.
    ///
    /// ```swift
    /// try await store.createFailedTransactionsView(of: "payments")
    /// // SELECT unique_id, error_code, status FROM failed_transactions ORDER BY created_at
    /// ```
    ///
    /// It is for reading; statuses are changed through `FailedOperations`, which enforces the transitions. A field that
    /// the payload does not have is NULL.
    ///
    /// - Parameters:
    ///   - queue: the name of the queue.
    ///   - fields: where the payload has what.
    ///   - view: the name of the view: letters, digits and underscores.
    /// - Throws: `InvalidArgument` for a name that cannot be a view's, ``StoreError``, ``SQLError``.
    public func createFailedTransactionsView(
        of queue: String,
        fields: FailedTransactionFields = FailedTransactionFields(),
        named view: String = "failed_transactions"
    ) async throws {
        let isName = view.utf8.allSatisfy {
            ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == 0x5F || $0 >= 0x30 && $0 <= 0x39
        }
        guard isName, (1...64).contains(view.utf8.count), view.utf8.first.map({ $0 > 0x39 }) == true,
            !["records", "tags", "meta"].contains(view.lowercased()), !view.lowercased().hasPrefix("sqlite_")
        else {
            throw InvalidArgument(field: "view", value: view, allowed: "1...64 letters, digits and underscores")
        }
        let space = "failed.\(queue)"
        let drop = "DROP VIEW IF EXISTS \(view)"
        let create = "CREATE VIEW \(view) AS \(FailedTransactionsView.select(space, fields))"
        let unchanged = Batch([.verify(RecordKey(space, "view"), expect: .any)])
        try await commit(unchanged) { connection in
            try connection.execute(drop)
            try connection.execute(create)
        }
    }
}

private enum FailedTransactionsView {
    static func select(_ space: String, _ fields: FailedTransactionFields) -> String {
        """
        SELECT
            row_number() OVER (ORDER BY json_extract(value, '$.failedAt'), name) AS id,
            json_extract(value, '$.id') AS unique_id,
            \(payload(fields.apiID)) AS cn_api_id,
            \(payload(fields.currency)) AS from_currency,
            \(payload(fields.network)) AS from_network,
            \(payload(fields.amount)) AS from_amount,
            \(payload(fields.address)) AS payin_address,
            json_extract(value, '$.context') AS context,
            json_extract(value, '$.code') AS error_code,
            json_extract(value, '$.history[#-1].message') AS error_message,
            json_object(
                'first_attempt_at', \(time("$.history[0].startedAt")),
                'last_attempt_at', \(time("$.history[#-1].startedAt")),
                'is_retryable', json(CASE WHEN json_extract(value, '$.classification.disposition')
                    IN ('retry', 'retryAfter', 'failover', 'reauthenticate') THEN 'true' ELSE 'false' END),
                'is_ambiguous', json(CASE WHEN json_extract(value, '$.isAmbiguous') THEN 'true' ELSE 'false' END),
                'error_classification', json_extract(value, '$.classification.category'),
                'rule', json_extract(value, '$.classification.rule')
            ) AS last_error_details,
            json_extract(value, '$.attempts') AS attempt_count,
            coalesce(\(time("$.history[#-1].endedAt")), \(time("$.failedAt"))) AS last_attempt_timestamp,
            json_extract(value, '$.status') AS status,
            coalesce(json_extract(value, '$.redrives'), 0) AS retry_count,
            \(time("$.lastRedriveAt")) AS last_retry_attempt,
            json_extract(value, '$.recovery.proof') AS recovery_tx_hash,
            \(time("$.recovery.at")) AS recovered_at,
            CASE json_extract(value, '$.recovery.kind') WHEN 'automatic' THEN 'automated'
                ELSE json_extract(value, '$.recovery.by') END AS recovered_by,
            json_extract(value, '$.notes[#-1].text') AS admin_notes,
            \(time("$.failedAt")) AS created_at,
            \(time("$.updatedAt")) AS updated_at
        FROM records WHERE space = \(quoted(space))
        """
    }

    private static func payload(_ key: String) -> String {
        // A key in a JSON path is quoted, and has no quotes in it.
        let name = key.replacing("\\", with: "").replacing("\"", with: "")
        return "json_extract(value, \(quoted("$.payload.\"\(name)\"")))"
    }

    private static func time(_ path: String) -> String {
        "strftime('%Y-%m-%d %H:%M:%f', json_extract(value, \(quoted(path))) / 1000000.0, 'unixepoch')"
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}
#endif
