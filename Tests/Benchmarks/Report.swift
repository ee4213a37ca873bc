import Foundation

/// Prints results: a table for people, line by line as they come, or one JSON array.
struct Report {
    let json: Bool
    private var results: [Result] = []

    init(json: Bool) {
        self.json = json
        guard !json else { return }
        write(line("path", "ns", "base ns", "ratio", "allocations", "goal", "met"))
    }

    var missed: [Result] { results.filter { $0.met == false } }

    mutating func add(_ result: Result) {
        results.append(result)
        guard !json else { return }
        let verdict = result.met.map { $0 ? "yes" : "NO" } ?? "-"
        write(
            line(
                result.row.path,
                result.nanoseconds?.short ?? result.count.map { "count \($0)" } ?? "-",
                result.base?.short ?? "-",
                result.ratio?.short ?? "-",
                result.allocations?.short ?? "-",
                result.goal ?? "-",
                verdict + (result.unsteadyRounds > 0 ? " (base unsteady)" : "")
            )
        )
    }

    func end() throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            write(String(decoding: try encoder.encode(results.map(Line.init(result:))), as: UTF8.self))
        } else {
            write("\(results.count) rows, \(missed.count) missed their goal")
        }
    }

    /// Unbuffered, so that each line stands there as soon as its row is measured, in a pipe too.
    private func write(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    private func line(_ path: String, _ columns: String...) -> String {
        let widths = [12, 10, 10, 12]
        var text = path.padding(toLength: max(48, path.count), withPad: " ", startingAt: 0)
        for (column, width) in zip(columns, widths) {
            text += String(repeating: " ", count: max(1, width - column.count)) + column
        }
        return text + "  " + columns[4].padding(toLength: 32, withPad: " ", startingAt: 0) + columns[5]
    }

    /// A row as JSON has it: every field stands there, `null` where there is nothing to say.
    private struct Line: Encodable {
        let result: Result

        enum Field: String, CodingKey {
            case path, ns, base, baseName, ratio, allocations, count, goal, met, unsteadyRounds
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Field.self)
            try fields.encode(result.row.path, forKey: .path)
            try fields.encode(result.nanoseconds, forKey: .ns)
            try fields.encode(result.base, forKey: .base)
            try fields.encode(result.row.base.name, forKey: .baseName)
            try fields.encode(result.ratio, forKey: .ratio)
            try fields.encode(result.allocations, forKey: .allocations)
            try fields.encode(result.count, forKey: .count)
            try fields.encode(result.goal, forKey: .goal)
            try fields.encode(result.met, forKey: .met)
            try fields.encode(result.unsteadyRounds, forKey: .unsteadyRounds)
        }
    }
}
