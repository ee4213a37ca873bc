// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// PostgreSQL, PgBouncer and Prisma.
    public static let postgres = ErrorClassifier(
        preset: [.pgBouncer, .postgres, .postgresMessages, .prisma, .network, .replies, .exceptions, .words], assumedSource: "postgres")
    /// SQLite.
    public static let sqlite = ErrorClassifier(preset: [.sqlite, .sqliteMessages, .network, .replies, .exceptions, .words], assumedSource: "sqlite")
    /// Redis and Valkey.
    public static let redis = ErrorClassifier(preset: [.redis, .network, .replies, .exceptions, .words], assumedSource: "redis")
}

extension RuleTable {
    /// SQLSTATE codes and classes, PostgreSQL appendix A.
    public static let postgres = RuleTable(
        "postgres", of: ["postgres", "pgbouncer", "postgresql"], codesInText: .nowhere,
        cite: "https://www.postgresql.org/docs/current/errcodes-appendix.html", [
            Rule("cached plan", .conflict, on: "0A000", says: ["cached plan must not change result type"]),
            Rule("hot standby", .unavailable, .failover, on: "25006", says: ["during recovery"]),
            Rule("read only", .configuration, .failover, on: "25006"),
            Rule("shared memory", .resourceExhausted, .fail, on: "53200", says: ["out of shared memory"]),
            Rule("connect timeout", .timeout, ambiguous: false, on: "08000 08001", says: ["timeout expired", "connection timed out"],
                cite: "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT"),
            Rule("statement timeout", .timeout, ambiguous: false, on: "57014", says: ["statement timeout", "transaction timeout"]),
            Rule("query cancelled", .cancelled, ambiguous: false, on: "57014"),
            Rule("raised by the application: funds", .insufficientFunds, .fail, on: "P0001", says: ["insufficient funds", "insufficient balance"]),
            Rule("closed to connections", .configuration, on: "57P03", says: ["is not currently accepting connections"]),
            Rule("serialization", .conflict, on: "40000 40001 40P01 55P03 55006 72000 55P04"),
            Rule("completion unknown", .network, ambiguous: true, on: "08006 08007 40003 08003"),
            Rule("protocol", .configuration, on: "08P01"),
            Rule("connection", .network, ambiguous: false, on: "08000 08001"),
            Rule("rejected", .unavailable, on: "08004"),
            Rule("unique", .duplicate, on: "23505 42701 42710 42712 42723 42P03 42P04 42P06 42P07"),
            Rule("exclusion", .conflict, .fail, on: "23P01"),
            Rule("constraint", .validation, on: "23* 40002 44*"),
            Rule("transaction aborted", .permanent, on: "25P02"),
            Rule("idle session", .network, ambiguous: false, on: "25P03 57P05"),
            Rule("transaction timeout", .timeout, ambiguous: false, on: "25P04"),
            Rule("login", .authentication, on: "28*"),
            Rule("no such database or schema", .configuration, on: "3D000 3F000 42P01 42703 42883 42704 42P05 55P02 57P04 0A000 F0*"),
            Rule("privilege", .authorization, on: "42501 0L* 0P*"),
            Rule("disk", .resourceExhausted, .fail, on: "53100 53400"),
            Rule("memory or connections", .resourceExhausted, on: "53*"),
            Rule("crash", .unavailable, ambiguous: true, on: "57P02"),
            Rule("shutdown or start", .unavailable, on: "57P01 57P03 57000"),
            Rule("corruption", .dataCorruption, on: "XX001 XX002"),
            Rule("disk fault", .server, .fail, ambiguous: true, on: "58030 58P01 58P02"),
            Rule("system", .server, on: "58000 XX000 HV000 39*"),
            Rule("foreign server", .network, ambiguous: true, on: "HV00N"),
            Rule("no data", .notFound, on: "02* P0002"),
            Rule("success", .unknown, .treatAsDone, ambiguous: false, on: "00000 01*"),
            Rule("raised by the application", .permanent, on: "P0001 P0000 P0004"),
            Rule("statement", .validation, on: """
                03* 09* 0B* 0F* 0Z* 20* 21* 22* 24* 25* 26* 27* 2B* 2D* 2F* 34* 38* 3B* 42* 54* 55000 HV* P0003
                """),
        ])

    /// PgBouncer: its own errors, all under one SQLSTATE.
    public static let pgBouncer = RuleTable(
        "pgbouncer", of: ["pgbouncer"], needsSource: true, cite: "https://www.pgbouncer.org/config.html", [
            Rule("setup", .configuration, says: [
                "no such database", "unsupported startup parameter", "not allowed in statement pooling", "unsupported pkt",
                "prepared statement", "not allowed in*pooling", "pgbouncer cannot connect to server*database",
                "ssl required", "no pg_hba", "bouncer config error", "database*disabled", "unsupported*protocol",
            ]),
            Rule("credential", .authentication, says: [
                "no such user", "auth failed", "authentication failed", "password authentication failed", "wrong password",
                "sasl authentication failed", "login rejected", "cert auth failed",
            ]),
            Rule("server down", .unavailable, says: [
                "client_login_timeout", "server login failed", "server login has been failing", "connect failed",
                "server down", "pooler is shutting down", "shutting down", "pause", "paused", "suspended",
                "database*admin", "cannot connect to server", "database configuration changed", "pgbouncer is shutting down",
            ]),
            Rule("limits", .resourceExhausted, .retry, says: [
                "no more connections allowed", "connections exceeded", "max_client_conn", "max_db_client_connections",
                "max_user_client_connections", "query_wait_timeout", "too many", "not enough free",
            ]),
            Rule("lost while running", .network, ambiguous: true, says: [
                "server conn crashed", "server closed the connection", "client unexpected eof", "unexpected eof",
                "server_lifetime", "connection lost", "server disconnect", "conn crashed", "broken connection",
            ]),
            Rule("query ran too long", .timeout, ambiguous: true, says: ["query_timeout", "query timeout"]),
            Rule("idle", .network, ambiguous: false, says: [
                "client_idle_timeout", "idle_transaction_timeout", "idle transaction timeout", "idle timeout",
                "transaction_timeout",
            ]),
        ])

    /// Prisma: its error codes.
    public static let prisma = RuleTable(
        "prisma", of: ["prisma"], cite: "https://www.prisma.io/docs/orm/reference/error-reference", [
            Rule("raw query, conflict", .conflict, on: "P2010", says: [
                "40001", "40p01", "55p03", "could not serialize", "deadlock", "lock wait timeout", "1213", "1205",
            ]),
            Rule("raw query, duplicate", .duplicate, on: "P2010", says: ["23505", "duplicate key", "duplicate entry", "1062"]),
            Rule("raw query, schema", .configuration, on: "P2010", says: ["42p01", "42703", "42883"]),
            Rule("no transaction free", .resourceExhausted, on: "P2028", says: ["unable to start a transaction"]),
            Rule("transaction", .timeout, on: "P2028"),
            Rule("conflict", .conflict, on: "P2034"),
            Rule("login", .authentication, on: "P1000 P5002 P5007 P6002"),
            Rule("unreachable", .network, ambiguous: false, on: "P1001"),
            Rule("connect timeout", .timeout, ambiguous: false, on: "P1002"),
            Rule("operation timeout", .timeout, on: "P1008 P5009 P6004"),
            Rule("closed", .network, ambiguous: true, on: "P1017 P5010"),
            Rule("denied", .authorization, on: "P1010 P6010"),
            Rule("exists", .duplicate, on: "P1009 P2002"),
            Rule("pool", .resourceExhausted, on: "P2024 P2037"),
            Rule("absent", .notFound, on: "P2001 P2015 P2018 P2025 P5003"),
            Rule("damaged", .dataCorruption, on: "P2023"),
            Rule("rate", .rateLimited, on: "P5011"),
            Rule("plan", .quotaExhausted, on: "P5008 P6003"),
            Rule("service", .unavailable, on: "P5001 P5006 P6008"),
            Rule("schema", .configuration, on: "P1003 P1011 P1012 P1013 P1014 P1015 P2021 P2022 P2026 P2030 P2031 P3* P4* P5004 P5005 P5012 P5013 P5014 P5015 P6001 P6006"),
            Rule("connector", .server, on: "P2027 P2035 P2036 P5000"),
            Rule("query", .validation, on: "P1016 P2* P6*"),
        ])

    /// Result codes of SQLite, extended ones too.
    public static let sqlite = RuleTable(
        "sqlite", of: ["sqlite"], cite: "https://www.sqlite.org/rescode.html", [
            Rule("schema", .configuration, on: "SQLITE_ERROR", says: [
                "no such table", "no such column", "no such function", "no such index", "no such module", "no such view",
                "no such collation", "no such trigger", "has no column named", "no such savepoint", "unknown database",
                "no such window", "no such database", "no such vfs",
            ]),
            Rule("exists", .duplicate, on: "SQLITE_ERROR", says: ["already exists", "duplicate column name"]),
            Rule("interrupted", .cancelled, ambiguous: false, on: "SQLITE_ERROR", says: ["interrupted"]),
            Rule("statement", .validation, on: "SQLITE_ERROR"),
            Rule("try the statement again", .conflict, on: "SQLITE_ERROR_RETRY SQLITE_ERROR_SNAPSHOT SQLITE_SCHEMA SQLITE_PROTOCOL"),
            Rule("busy", .conflict, on: "SQLITE_BUSY SQLITE_BUSY_* SQLITE_LOCKED_SHAREDCACHE SQLITE_LOCKED_VTAB"),
            Rule("locked by ourselves", .conflict, .fail, on: "SQLITE_LOCKED"),
            Rule("memory", .resourceExhausted, on: "SQLITE_NOMEM SQLITE_IOERR_NOMEM"),
            Rule("disk full", .resourceExhausted, .fail, on: "SQLITE_FULL"),
            Rule("damaged", .dataCorruption, on: """
                SQLITE_CORRUPT_* SQLITE_NOTADB SQLITE_IOERR_CORRUPTFS SQLITE_IOERR_DATA SQLITE_CORRUPT \
                SQLITE_IOERR_SHORT_READ
                """),
            Rule("lock I/O", .conflict, .retry, on: "SQLITE_IOERR_BLOCKED SQLITE_IOERR_LOCK SQLITE_IOERR_RDLOCK SQLITE_IOERR_CHECKRESERVEDLOCK"),
            Rule("sync", .server, .fail, ambiguous: true, on: "SQLITE_IOERR_FSYNC SQLITE_IOERR_DIR_FSYNC SQLITE_IOERR_COMMIT_ATOMIC"),
            Rule("I/O", .server, .fail, ambiguous: false, on: "SQLITE_IOERR SQLITE_IOERR_* SQLITE_INTERNAL"),
            Rule("file", .configuration, on: "SQLITE_CANTOPEN SQLITE_CANTOPEN_* SQLITE_READONLY SQLITE_READONLY_* SQLITE_NOLFS SQLITE_ERROR_MISSING_COLLSEQ"),
            Rule("permission", .authorization, on: "SQLITE_AUTH SQLITE_AUTH_USER SQLITE_PERM"),
            Rule("rolled back by another statement", .conflict, .retry, on: "SQLITE_ABORT_ROLLBACK"),
            Rule("aborted", .cancelled, ambiguous: false, on: "SQLITE_ABORT SQLITE_INTERRUPT"),
            Rule("unique", .duplicate, on: "SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_PRIMARYKEY SQLITE_CONSTRAINT_ROWID"),
            Rule("unique, by text", .duplicate, on: "SQLITE_CONSTRAINT", says: ["unique constraint failed", "primary key must be unique"]),
            Rule("constraint", .validation, on: "SQLITE_CONSTRAINT SQLITE_CONSTRAINT_*"),
            Rule("use", .validation, on: "SQLITE_TOOBIG SQLITE_MISMATCH SQLITE_MISUSE SQLITE_RANGE SQLITE_FORMAT SQLITE_EMPTY"),
            Rule("opcode", .notFound, on: "SQLITE_NOTFOUND"),
            Rule("no failure", .unknown, .treatAsDone, ambiguous: false, on: "SQLITE_OK SQLITE_ROW SQLITE_DONE SQLITE_NOTICE SQLITE_WARNING SQLITE_NOTICE_* SQLITE_WARNING_* SQLITE_OK_*"),
            Rule("locked, by text", .conflict, says: ["database is locked", "database table is locked", "database schema has changed"], from: ["sqlite"]),
            Rule("damaged, by text", .dataCorruption, says: ["database disk image is malformed", "file is not a database"]),
        ])
}
