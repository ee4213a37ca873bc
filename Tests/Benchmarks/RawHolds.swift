#if SQLite
/// What durable holds are compared with: the rows of a hold, written through sqlite3 by a bare writer thread.
///
/// To create a hold is a record that is due, its tag and a guard, to confirm it that record again without the tag: as many
/// rows and entries of indexes as a desk makes, as long, and in the same order of names.
struct RawHolds {
    private let rows: RawRows
    private static let value = "'\(String(repeating: "v", count: 210))'"
    private static let guarded = "'\(String(repeating: "g", count: 60))'"

    init(_ path: String, synchronous: String) throws {
        rows = try RawRows(
            path,
            synchronous: synchronous,
            [
                "INSERT INTO records VALUES ('hold.bench', ?2, ?1, 0, ?1, ?3, \(Self.value))",
                "INSERT INTO tags VALUES ('hold.bench', ?3, ?2)",
                "INSERT OR REPLACE INTO records VALUES ('hold.bench.guards', ?2, ?1, 0, NULL, NULL, \(Self.guarded))",
                """
                UPDATE records SET revision = ?1, due = NULL, tags = NULL, value = \(Self.value)
                WHERE space = 'hold.bench' AND name = ?2
                """,
                "DELETE FROM tags WHERE space = 'hold.bench' AND tag = ?3 AND name = ?2",
            ]
        )
    }

    /// Writes in one transaction: an even number creates the hold of half that number, the next one confirms it.
    func commit(_ numbers: [Int]) throws {
        try rows.commit(numbers.last ?? 0) { rows in
            for number in numbers {
                let hold = number / 2
                let digits = String(hold, radix: 16)
                let name = String(repeating: "0", count: 32 - digits.count) + digits
                let seat = "seat-\(UInt64(truncatingIfNeeded: hold) &* 0x9E37_79B9_7F4A_7C15 % 1_000_000)"
                let tag = "w=\(seat)|\(name.suffix(16))"
                if number % 2 == 0 {
                    try rows.run(0, hold, name, tag)
                    try rows.run(1, hold, name, tag)
                    try rows.run(2, hold, seat)
                } else {
                    try rows.run(3, hold, name)
                    try rows.run(4, hold, name, tag)
                }
            }
        }
    }
}

extension Base {
    /// A hold's share of two durable commits through a bare writer thread, by so many tasks at once.
    static func sqliteHolds(tasks: Int, _ synchronous: String = "FULL") -> Base {
        Base("rows of a hold, \(tasks) tasks", reference: 200_000, samples: longSamples) {
            let database = try RawHolds(TemporaryFolder.file("floor"), synchronous: synchronous)
            let writer = RawWriter(committing: database.commit)
            let numbers = Counting()
            return { count in
                await withTaskGroup { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for _ in stride(from: task, to: count, by: tasks) {
                                let number = numbers.next()
                                await writer.write(2 * number)
                                await writer.write(2 * number + 1)
                            }
                        }
                    }
                }
            }
        }
    }
}
#endif
