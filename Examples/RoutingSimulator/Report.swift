import Foundation
import RoutingWorlds

/// What is known once all worlds have run.
struct Report: Encodable {
    private let seeds: [UInt64]
    private var results: [Row] = []
    private(set) var goals: [Goal] = []
    private(set) var ok = true

    init(seeds: ClosedRange<UInt64>) { self.seeds = Array(seeds) }

    private struct Row: Encodable {
        let world: String
        let policy: String
        let requests: Int
        let figures: [String: Interval]
    }

    mutating func add(_ comparison: Comparison) {
        for (policy, runs) in comparison.runs {
            let figures = Figure.all.map { figure in (figure.key, Interval(of: runs.compactMap(figure.value))) }
            results.append(
                Row(
                    world: comparison.world.id, policy: policy, requests: runs.reduce(0) { $0 + $1.requests },
                    figures: Dictionary(uniqueKeysWithValues: figures)))
        }
        let judges = Goal.contenders.allSatisfy { contender in comparison.runs.contains { $0.policy == contender.name } }
        guard judges else { return }
        let judged = Goal.judge(comparison)
        goals += judged
        if judged.contains(where: { !$0.isMet }) { ok = false }
    }

    var goalTable: String {
        goals.map { goal in
            let value = String(format: "%.2f [%.2f, %.2f]", goal.value.mean, goal.value.low, goal.value.high)
            return "| \(goal.world) | \(goal.what) | \(value) | \(goal.isMet ? "met" : "missed") |"
        }.joined(separator: "\n")
    }

    func json() throws -> String { try Self.encode(self) }

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// A column of the tables.
struct Figure: Sendable {
    let key: String
    let title: String
    let format: String
    let value: @Sendable (RunResult) -> Double?

    static let all: [Figure] = [
        Figure(key: "firstTry", title: "first %", format: "%.2f") { $0.firstTry * 100 },
        Figure(key: "success", title: "final %", format: "%.3f") { $0.success * 100 },
        Figure(key: "attempts", title: "attempts", format: "%.3f") { $0.attempts },
        Figure(key: "regret", title: "regret", format: "%.2f") { $0.regret * 100 },
        Figure(key: "utilityRegret", title: "utility regret", format: "%.2f") { $0.utilityRegret * 100 },
        Figure(key: "meanLatency", title: "mean s", format: "%.2f") { $0.meanLatency },
        Figure(key: "p95", title: "p95 s", format: "%.1f") { $0.p95 },
        Figure(key: "p99", title: "p99 s", format: "%.1f") { $0.p99 },
        Figure(key: "pricePerSuccess", title: "price", format: "%.3f") { $0.pricePerSuccess },
        Figure(key: "flipsPerThousand", title: "flips ‰", format: "%.1f") { $0.flipsPerThousand },
        Figure(key: "worstFiveMinutes", title: "worst 5 min %", format: "%.1f") { $0.worstFiveMinutes * 100 },
        Figure(key: "loadRatio", title: "load", format: "%.2f") { $0.loadRatio },
        Figure(key: "detection", title: "noticed s", format: "%.0f") { $0.detection },
        Figure(key: "returnDelay", title: "back s", format: "%.0f") { $0.returnDelay },
    ]
}

/// One world, a line for each policy.
struct Table {
    private let comparison: Comparison
    private let lines: [[String]]

    init(_ comparison: Comparison) {
        self.comparison = comparison
        lines = [["policy"] + Figure.all.map(\.title)] + comparison.runs.map { policy, runs in
            [policy] + Figure.all.map { figure in
                let values = runs.compactMap(figure.value)
                return values.isEmpty ? "" : String(format: figure.format, values.reduce(0, +) / Double(values.count))
            }
        }
    }

    private var title: String {
        "\(comparison.world.id) \(comparison.world.title), seeds \(comparison.seeds.lowerBound) to \(comparison.seeds.upperBound)"
    }

    var text: String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let rows = lines.map { line in
            line.indices.map { column in
                let pad = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + pad : pad + line[column]
            }.joined(separator: "  ")
        }
        return ([title] + rows).joined(separator: "\n") + "\n"
    }

    var markdown: String {
        let rule = "| --- |" + String(repeating: " ---: |", count: lines[0].count - 1)
        let rows = lines.map { "| " + $0.joined(separator: " | ") + " |" }
        return (["**\(title)**", "", rows[0], rule] + rows.dropFirst()).joined(separator: "\n") + "\n"
    }

    static func percent(_ share: Double) -> String { String(format: "%.2f", share * 100) }
}
