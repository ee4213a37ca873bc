#if SQLite
import Synchronization

/// What durable steps of sagas are compared with: the rows of a saga of ten steps that give something, written through sqlite3
/// by a bare writer thread, as long and in the same order of names.
///
/// It begins with its record, which is due, its input and the first entry of its trail; each further entry comes with an
/// output; the last one comes with the record again and a tag. That is eleven commits.
struct RawSagas {
    static let commits = 11
    private let rows: RawRows
    private static let head = "'\(String(repeating: "h", count: 110))'"
    private static let entry = "'\(String(repeating: "e", count: 132))'"

    init(_ path: String) throws {
        rows = try RawRows(
            path,
            synchronous: "FULL",
            [
                "INSERT INTO records VALUES ('saga.bench-10', ?2, ?1, 0, ?1, NULL, \(Self.head))",
                "INSERT INTO records VALUES ('saga.bench-10.log', ?2, ?1, 0, NULL, NULL, \(Self.entry))",
                "INSERT INTO records VALUES ('saga.bench-10.log', ?2, ?1, 0, NULL, NULL, '10')",
                """
                UPDATE records SET revision = ?1, due = ?1, tags = ?3, value = \(Self.head)
                WHERE space = 'saga.bench-10' AND name = ?2
                """,
                "INSERT INTO tags VALUES ('saga.bench-10', ?3, ?2)",
            ]
        )
    }

    /// Writes in one transaction: of the saga of a number's eleventh part the commit that is left over.
    func commit(_ numbers: [Int]) throws {
        try rows.commit(numbers.last ?? 0) { rows in
            for number in numbers {
                let (saga, commit) = ("saga-\(number / Self.commits)", number % Self.commits)
                let digits = String(commit)
                try rows.run(1, number, "\(saga)|" + String(repeating: "0", count: 10 - digits.count) + digits)
                try rows.run(2, number, commit == 0 ? "\(saga)|input" : "\(saga)|output|step-\(commit)")
                if commit == 0 { try rows.run(0, number, saga) }
                guard commit == Self.commits - 1 else { continue }
                let tag = "s=completed|0\(UInt64(1) << 63 + UInt64(number))"
                try rows.run(3, number, saga, tag)
                try rows.run(4, number, saga, tag)
            }
        }
    }
}

extension Base {
    /// A step's share of the durable commits of a saga of ten through a bare writer thread, by so many tasks at once.
    static func sqliteSagas(tasks: Int) -> Base {
        Base("rows of a saga's step, \(tasks) tasks", reference: 120_000, samples: longSamples) {
            try writingSagas(by: tasks)
        }
    }
}

/// What the rows of a step cost at least, compared with one commit of the driver.
let sagaFloorRows: [Row] = [1, 8, 64].map { tasks in
    Row("floor.sqlite.full.saga.step.\(tasks)", base: .sqliteFull) { try writingSagas(by: tasks) }
}

private func writingSagas(by tasks: Int) throws -> Row.Body {
    let sagas = try RawSagas(TemporaryFolder.file("floor"))
    let writer = RawWriter(committing: sagas.commit)
    let number = Counting()
    return { count in
        await withTaskGroup { group in
            for task in 0..<tasks {
                let share = count / tasks + (task < count % tasks ? 1 : 0)
                group.addTask {
                    var left = share
                    while left > 0 {
                        let first = number.next() * RawSagas.commits
                        // A saga that is shorter leaves out commits in between.
                        for commit in 0..<min(left, RawSagas.commits - 1) { await writer.write(first + commit) }
                        await writer.write(first + RawSagas.commits - 1)
                        left -= RawSagas.commits - 1
                    }
                }
            }
        }
    }
}
#else
let sagaFloorRows: [Row] = []
#endif
