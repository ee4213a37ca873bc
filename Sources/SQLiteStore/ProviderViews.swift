#if SQLite
internal import ResilienceCore

extension SQLiteStore {
    /// Makes, or makes anew, views of what the journal of a router over providers holds, for people and tools that speak
    /// SQL. Times are in UTC.
    ///
    /// ```swift
    /// try await store.createProviderViews(of: "numbers")
    /// // UPDATE provider_preferences SET preferred_provider = 'sms-activate'
    /// // WHERE id = (SELECT id FROM provider_preferences LIMIT 1);
    /// ```
    ///
    /// | view | shows |
    /// | --- | --- |
    /// | `provider_health` | each provider as it was last written |
    /// | `provider_requests` | each attempt |
    /// | `provider_preferences` | one row, which may be updated: routers follow |
    /// | `provider_comparison` | each provider on one line |
    /// | `provider_failures` | what providers said when they failed in the last 24 hours, and how often |
    /// | `provider_hourly_volume` | attempts of the last 24 hours, by provider and hour |
    /// | `provider_slowest_endpoints` | response times of the last 24 hours, by provider and operation |
    ///
    /// An update of `provider_preferences` is made by any program with SQLite, in a transaction of its own; a value out of range
    /// is refused. Statements of ``commit(_:also:)`` cannot make it.
    ///
    /// - Parameter journal: the name of the journal.
    /// - Throws: ``StoreError``, ``SQLError``.
    public func createProviderViews(of journal: String) async throws {
        let views = ProviderViews(journal)
        let statements = views.drops + views.creates
        let unchanged = Batch([.verify(RecordKey(views.health, "view"), expect: .any)])
        try await commit(unchanged) { connection in
            for statement in statements { try connection.execute(statement) }
        }
    }
}

/// The statements that make the views.
private struct ProviderViews {
    let requests: String
    let health: String
    let preferences: String

    init(_ journal: String) {
        requests = "provider.\(journal).requests"
        health = "provider.\(journal).health"
        preferences = "provider.\(journal).preferences"
    }

    /// Later ones read earlier ones.
    private var views: [(name: String, select: String)] {
        [
            ("provider_health", selectHealth), ("provider_requests", selectRequests),
            ("provider_preferences", selectPreferences), ("provider_comparison", Self.comparison),
            ("provider_failures", Self.failures), ("provider_hourly_volume", Self.hourlyVolume),
            ("provider_slowest_endpoints", Self.slowestEndpoints),
        ]
    }

    var drops: [String] { views.reversed().map { "DROP VIEW IF EXISTS \($0.name)" } }

    var creates: [String] { views.map { "CREATE VIEW \($0.name) AS \($0.select)" } + [onUpdate] }

    private var selectHealth: String {
        select(
            [
                "id": "row_number() OVER (ORDER BY name)",
                "provider": field("provider"),
                "status": field("status"),
                "success_rate": "CAST(\(field("successRate")) AS REAL)",
                "avg_response_time_ms": field("meanResponseMs"),
                "total_requests": field("total"),
                "successful_requests": field("successes"),
                "failed_requests": field("failures"),
                "last_success_at": time("lastSuccessAt"),
                "last_failure_at": time("lastFailureAt"),
                "last_checked_at": time("checkedAt"),
                "created_at": time("createdAt"),
                "updated_at": time("checkedAt"),
            ],
            from: health
        )
    }

    private var selectRequests: String {
        select(
            [
                "id": "name",
                "provider": field("provider"),
                "request_type": field("operation"),
                "success": field("success"),
                "response_time_ms": "(max(\(field("responseTimeMicroseconds")), 0) + 500) / 1000",
                "error_message": field("error"),
                "country_code": field("tags.country"),
                "service_code": field("tags.service"),
                "rental_id": field("reference"),
                "created_at": time("ended"),
                "outcome": field("outcome"),
                "attempt": field("attempt"),
                "is_fallback": field("fallback"),
                "probability": field("probability"),
            ],
            from: requests
        )
    }

    /// Each record of a space on a row: the columns by their names.
    private func select(_ columns: KeyValuePairs<String, String>, from space: String) -> String {
        let list = columns.map { "\($0.value) AS \($0.key)" }.joined(separator: ",\n    ")
        return "SELECT\n    \(list)\nFROM records WHERE space = \(quoted(space))"
    }

    /// The one row, with what is usual where nothing was saved yet.
    private var selectPreferences: String {
        """
        SELECT
            1 AS id,
            coalesce(\(field("preferredProvider")), 'auto') AS preferred_provider,
            coalesce(\(field("fallbackEnabled")), 1) AS fallback_enabled,
            coalesce(\(field("minSuccessRate")), 90.0) AS min_success_rate,
            coalesce(\(field("maxResponseTimeMs")), 5000) AS max_response_time_ms,
            coalesce(\(field("retryAttempts")), 2) AS retry_attempts,
            coalesce(\(field("retryDelayMs")), 1000) AS retry_delay_ms
        FROM (SELECT 1) LEFT JOIN records ON space = \(quoted(preferences)) AND name = 'preferences'
        """
    }

    /// Writes what a commit of the store would write: the next revision, and the value as JSON.
    private var onUpdate: String {
        """
        CREATE TRIGGER provider_preferences_update INSTEAD OF UPDATE ON provider_preferences BEGIN
            SELECT CASE
                WHEN typeof(new.preferred_provider) <> 'text' OR length(new.preferred_provider) NOT BETWEEN 1 AND 512
                    THEN raise(ABORT, 'preferred_provider: the name of a provider, or auto')
                WHEN new.fallback_enabled IS NULL OR new.fallback_enabled NOT IN (0, 1)
                    THEN raise(ABORT, 'fallback_enabled: true or false')
                WHEN new.min_success_rate IS NULL OR typeof(new.min_success_rate) NOT IN ('integer', 'real')
                    OR new.min_success_rate NOT BETWEEN 0 AND 100
                    THEN raise(ABORT, 'min_success_rate: 0 to 100')
                WHEN typeof(new.max_response_time_ms) <> 'integer' OR new.max_response_time_ms NOT BETWEEN 1 AND 86400000
                    THEN raise(ABORT, 'max_response_time_ms: 1 to 86400000')
                WHEN typeof(new.retry_attempts) <> 'integer' OR new.retry_attempts NOT BETWEEN 1 AND 100
                    THEN raise(ABORT, 'retry_attempts: 1 to 100')
                WHEN typeof(new.retry_delay_ms) <> 'integer' OR new.retry_delay_ms NOT BETWEEN 0 AND 86400000
                    THEN raise(ABORT, 'retry_delay_ms: 0 to 86400000')
            END;
            UPDATE meta SET value = value + 1 WHERE kind = 'revision';
            INSERT INTO records (space, name, revision, deliveries, value)
            VALUES (
                \(quoted(preferences)), 'preferences', (SELECT value FROM meta WHERE kind = 'revision'), 0,
                json_object(
                    'preferredProvider', new.preferred_provider,
                    'fallbackEnabled', json(CASE WHEN new.fallback_enabled THEN 'true' ELSE 'false' END),
                    'minSuccessRate', new.min_success_rate,
                    'maxResponseTimeMs', new.max_response_time_ms,
                    'retryAttempts', new.retry_attempts,
                    'retryDelayMs', new.retry_delay_ms
                )
            )
            ON CONFLICT (space, name) DO UPDATE SET revision = excluded.revision, value = excluded.value;
        END
        """
    }

    private static let comparison = """
        SELECT
            provider,
            status,
            success_rate || '%' AS success_rate,
            avg_response_time_ms || 'ms' AS avg_response,
            successful_requests || '/' || total_requests AS success_total,
            ((julianday('now') - julianday(last_checked_at)) * 1440) || ' mins ago' AS last_check
        FROM provider_health ORDER BY provider_health.success_rate DESC, provider
        """

    private static let failures = """
        SELECT provider, error_message, COUNT(*) AS occurrences
        FROM provider_requests WHERE NOT success AND \(ofTheLastDay)
        GROUP BY provider, error_message ORDER BY occurrences DESC, provider, error_message
        """

    private static let hourlyVolume = """
        SELECT
            provider,
            strftime('%Y-%m-%d %H:00:00', created_at) AS hour,
            COUNT(*) AS total,
            SUM(CASE WHEN success THEN 1 ELSE 0 END) AS successful,
            CAST(ROUND(AVG(response_time_ms)) AS INTEGER) AS avg_ms
        FROM provider_requests WHERE \(ofTheLastDay)
        GROUP BY provider, hour ORDER BY hour DESC, provider
        """

    private static let slowestEndpoints = """
        SELECT
            provider,
            request_type,
            AVG(response_time_ms) AS avg_ms,
            MAX(response_time_ms) AS max_ms,
            COUNT(*) AS requests
        FROM provider_requests WHERE \(ofTheLastDay)
        GROUP BY provider, request_type ORDER BY avg_ms DESC, provider, request_type
        """

    /// Names begin with the time, so that this is a range of the primary key.
    private static let ofTheLastDay = "id >= printf('%019d', (strftime('%s', 'now') - 86400) * 1000000)"

    private func field(_ path: String) -> String { "json_extract(value, '$.\(path)')" }

    private func time(_ path: String) -> String {
        "strftime('%Y-%m-%d %H:%M:%f', json_extract(value, '$.\(path)') / 1000000.0, 'unixepoch')"
    }

    private func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}
#endif
