import Foundation
import RoutingWorlds

/// Pictures of one world: regret over time, the shares of the providers under each policy, and the return after an outage.
struct Plots {
    private let comparison: Comparison

    init(_ comparison: Comparison) { self.comparison = comparison }

    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, chart) in charts() {
            try Data(chart.svg.utf8).write(to: URL(filePath: folder).appending(path: "\(comparison.world.id)-\(name).svg"))
        }
    }

    private func charts() -> [(String, Chart)] {
        let world = comparison.world
        var charts = [("regret", Chart(title: "\(world.id): regret, points", seconds: world.seconds, lines: regrets()))]
        for policy in ["adaptive", "highest score"] where comparison.runs.contains(where: { $0.policy == policy }) {
            let lines = world.providers.indices.map { index in
                Chart.Line(name: world.providers[index].name, points: mean(policy) { $0.shares.map { $0[index] * 100 } })
            }
            let title = "\(world.id): first attempts by provider under \(policy), %"
            charts.append(("shares-\(policy.replacing(" ", with: "-"))", Chart(title: title, seconds: world.seconds, lines: lines)))
        }
        let outage = world.providers.firstIndex { provider in provider.changes.contains { $0.success != nil } }
        if let outage {
            let lines = comparison.runs.map { policy, _ in
                Chart.Line(name: policy, points: mean(policy) { $0.shares.map { $0[outage] * 100 } })
            }
            let title = "\(world.id): share of \(world.providers[outage].name), %: who comes back after an outage"
            charts.append(("return", Chart(title: title, seconds: world.seconds, lines: lines)))
        }
        return charts
    }

    private func regrets() -> [Chart.Line] {
        comparison.runs.map { policy, _ in Chart.Line(name: policy, points: mean(policy) { $0.regrets.map { $0 * 100 } }) }
    }

    /// The mean over the seeds, stretch by stretch.
    private func mean(_ policy: String, _ series: (RunResult) -> [Double]) -> [Double] {
        let all = comparison.results(policy).map(series)
        guard let first = all.first else { return [] }
        return first.indices.map { place in all.reduce(0) { $0 + $1[place] } / Double(all.count) }
    }
}

/// Lines over time, as SVG.
struct Chart {
    struct Line {
        var name: String
        var points: [Double]
    }

    var title: String
    var seconds: Double
    var lines: [Line]

    private static let colours = [
        "#888888", "#b58900", "#cb4b16", "#dc322f", "#d33682", "#6c71c4", "#268bd2", "#2aa198", "#859900", "#586e75",
        "#a0522d", "#4682b4", "#000000", "#00a000",
    ]

    var svg: String {
        let (left, top, width, height) = (50.0, 40.0, 640.0, 300.0)
        let most = max(lines.flatMap(\.points).max() ?? 1, 1e-9)
        var parts = [
            #"<svg xmlns="http://www.w3.org/2000/svg" width="880" height="390" font-family="sans-serif" font-size="12">"#,
            #"<rect width="880" height="390" fill="white"/><text x="50" y="24" font-size="15">\#(title.escaped)</text>"#,
        ]
        for step in 0...4 {
            let y = top + height * Double(4 - step) / 4
            parts.append(#"<path d="M\#(left) \#(y)H\#(left + width)" stroke="gainsboro"/>"#)
            parts.append(#"<text x="44" y="\#(y + 4)" text-anchor="end">\#(Self.number(most * Double(step) / 4))</text>"#)
            let x = left + width * Double(step) / 4
            parts.append(#"<text x="\#(x)" y="360" text-anchor="middle">\#(Self.number(seconds / 3_600 * Double(step) / 4)) h</text>"#)
        }
        for (index, line) in lines.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let path = line.points.enumerated().map { place, value in
                let x = left + width * (Double(place) + 0.5) / Double(max(line.points.count, 1))
                return (place == 0 ? "M" : "L") + String(format: "%.1f %.1f", x, top + height * (1 - value / most))
            }.joined()
            let strength = line.name == "adaptive" ? 2.5 : 1.2
            parts.append(#"<path d="\#(path)" fill="none" stroke="\#(colour)" stroke-width="\#(strength)"/>"#)
            let y = top + 12 + Double(index) * 18
            parts.append(#"<path d="M704 \#(y - 4)h18" stroke="\#(colour)" stroke-width="3"/><text x="728" y="\#(y)">\#(line.name.escaped)</text>"#)
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private static func number(_ value: Double) -> String {
        value >= 10 || value == value.rounded() ? String(format: "%.0f", value) : String(format: "%.2f", value)
    }
}

extension String {
    /// As it stands in XML.
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").filter { $0 >= " " }
    }
}
