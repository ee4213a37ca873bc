#if SQLite
#else
/// The durable store on the system's sqlite3: enable the trait `SQLite` of this package.
@available(*, unavailable, message: "enable the trait SQLite")
public enum SQLiteStore {}
#endif
