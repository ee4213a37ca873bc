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
            write(String(decoding: try encoder.encode(results.map(Line.init)), as: UTF8.self))
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

    /// A row as JSON has it.
    private struct Line: Encodable {
        let path: String
        let ns: Double?
        let base: Double?
        let baseName: String
        let ratio: Double?
        let allocations: Double?
        let count: Int?
        let goal: String?
        let met: Bool?
        let unsteadyRounds: Int

        init(_ result: Result) {
            path = result.row.path
            ns = result.nanoseconds
            base = result.base
            baseName = result.row.base.name
            ratio = result.ratio
            allocations = result.allocations
            count = result.count
            goal = result.goal
            met = result.met
            unsteadyRounds = result.unsteadyRounds
        }
    }
}
