// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// What PostgreSQL and libpq say where the SQLSTATE is lost: in logs, and before a connection stands.
    public static let postgresMessages = RuleTable(
        "postgresMessages", of: ["postgres", "pgbouncer", "postgresql"], needsSource: true,
        cite: "https://github.com/postgres/postgres/tree/master/src/interfaces/libpq", [
            Rule("unique", .duplicate, says: ["duplicate key value violates unique constraint"]),
            Rule("constraint", .validation, says: ["violates foreign key constraint", "violates check constraint", "violates not null constraint"]),
            Rule("exclusion", .conflict, .fail, says: ["violates exclusion constraint"]),
            Rule("row security", .authorization, says: ["violates row level security policy", "permission denied for", "must be owner of"]),
            Rule("value or statement", .validation, says: [
                "invalid input syntax", "syntax error at or near", "value too long for type", "out of range", "division by zero",
                "invalid value for parameter", "there is no parameter",
            ]),
            Rule("exists", .duplicate, says: ["relation*already exists", "role*already exists", "database*already exists", "column*already exists"]),
            Rule("login", .authentication, says: ["password authentication failed", "no pg_hba.conf entry", "role*does not exist", "no password supplied"]),
            Rule("schema", .configuration, says: [
                "relation*does not exist", "column*does not exist", "function*does not exist", "database*does not exist",
                "schema*does not exist", "type*does not exist", "operator does not exist",
            ]),
            Rule("serialization", .conflict, says: [
                "deadlock detected", "could not serialize access", "could not obtain lock", "canceling statement due to lock timeout",
            ]),
            Rule("statement timeout", .timeout, ambiguous: false, says: ["canceling statement due to statement timeout"]),
            Rule("query cancelled", .cancelled, ambiguous: false, says: ["canceling statement due to user request"]),
            Rule("connections", .resourceExhausted, says: [
                "too many clients already", "remaining connection slots are reserved", "too many connections for",
            ]),
            Rule("start or stop", .unavailable, says: [
                "database system is starting up", "database system is shutting down", "database system is in recovery mode",
                "database system is not yet accepting connections", "terminating connection due to administrator command",
            ]),
            Rule("crash", .unavailable, ambiguous: true, says: ["because of crash of another server process"]),
            Rule("not connected in time", .timeout, ambiguous: false, says: ["timeout expired", "could not connect to server*timed out"]),
            Rule("no answer in time", .timeout, ambiguous: true, says: ["could not receive data from server*timed out", "could not send data to server*timed out"]),
            Rule("not connected", .network, ambiguous: false, says: [
                "connection refused", "could not translate host name", "no route to host", "is the server running on", "could not connect to server",
            ]),
            Rule("lost", .network, ambiguous: true, says: [
                "server closed the connection unexpectedly", "could not receive data from server", "could not send data to server",
                "ssl syscall error", "ssl connection has been closed unexpectedly", "connection reset by peer", "lost synchronization with server",
            ]),
            Rule("disk", .resourceExhausted, .fail, says: ["no space left on device"]),
            Rule("damaged", .dataCorruption, says: ["invalid page in block", "unexpected zero page", "missing chunk number"]),
        ])

    /// What SQLite says where the result code is lost.
    public static let sqliteMessages = RuleTable(
        "sqliteMessages", of: ["sqlite"], needsSource: true, cite: "https://www.sqlite.org/rescode.html", [
            Rule("unique", .duplicate, says: ["unique constraint failed"]),
            Rule("constraint", .validation, says: ["constraint failed"]),
            Rule("statement", .validation, says: ["syntax error", "datatype mismatch", "unrecognized token", "incomplete input", "bad parameter or other api misuse"]),
            Rule("schema", .configuration, says: [
                "no such table", "no such column", "no such function", "no such module", "unable to open database file",
                "attempt to write a readonly database",
            ]),
            Rule("disk full", .resourceExhausted, .fail, says: ["database or disk is full"]),
            Rule("disk fault", .server, .fail, says: ["disk i/o error"]),
            Rule("interrupted", .cancelled, ambiguous: false, says: ["interrupted"]),
        ])
}
