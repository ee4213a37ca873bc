#if SQLite
/// The durable store, compared with the driver itself.
let sqliteRows: [Row] = [
    Row("sqlite3.full.commit", base: .sqliteFull, prepare: Base.sqliteFull.prepare),
    Row("sqlite3.normal.commit", base: .sqliteNormal, prepare: Base.sqliteNormal.prepare),
    Row("sqlite3.full.over.call", prepare: Base.sqliteFull.prepare),
]
#else
let sqliteRows: [Row] = []
#endif
