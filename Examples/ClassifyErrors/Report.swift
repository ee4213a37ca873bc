import ErrorClassification
import ResilienceCore

/// What the tool prints.
struct Report {
    let classifier: ErrorClassifier
    let rows: [LabelledFailure]

    /// One line per failure: its name, the verdict and the rule that decided.
    func verdicts() -> [String] {
        ["id\tcategory\tdisposition\tambiguous\tseverity\tcode\tretry_after\trule"]
            + rows.map { row in
                let verdict = classifier.classify(row.failure)
                let wait = verdict.retryAfter.map { "\($0)" } ?? ""
                return [
                    row.id, verdict.category.rawValue, verdict.disposition.rawValue, "\(verdict.isAmbiguous)",
                    verdict.severity.rawValue, verdict.code ?? "", wait, verdict.rule,
                ].joined(separator: "\t")
            }
    }

    /// The verdicts against the labels.
    func comparison() -> ConfusionTable {
        var table = ConfusionTable()
        for row in rows { table.add(row, classifier.classify(row.failure)) }
        return table
    }
}

extension ConfusionTable {
    /// What it got wrong, the confusions by number, the scores.
    func lines() -> [String] {
        var lines = mistakes.map { mistake in
            let label = "\(mistake.row.category?.rawValue ?? "") \(mistake.row.disposition?.rawValue ?? "")"
            let facts = [
                mistake.row.failure.source, mistake.row.failure.status.map(String.init), mistake.row.failure.code,
                String(mistake.row.failure.message.prefix(120)),
            ].compactMap(\.self).joined(separator: " | ")
            return "\(mistake.row.id)\t\(mistake.kinds.joined(separator: ","))\t\(label)\tgot \(mistake.verdict)\t\(facts)"
        }
        lines.append("")
        lines.append("label\tverdict\trows")
        for label in Category.allCases {
            for (verdict, count) in (counts[label] ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                lines.append("\(label.rawValue)\t\(verdict.rawValue)\t\(count)")
            }
        }
        lines.append("")
        lines.append("category right \(percent(categoryScore)) of \(rows) rows, \(percent(macroCategoryScore)) averaged over categories")
        lines.append("disposition right \(percent(dispositionScore)) of \(rows) rows, \(percent(macroDispositionScore)) averaged over categories")
        lines.append("labelled ambiguous and judged safe to resend: \(unsafe)")
        return lines
    }

    private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
