/// How verdicts compare with labels: what was right, what was taken for what, and by which rule.
package struct ConfusionTable: Sendable {
    /// One row whose verdict is not its label.
    package struct Mistake: Sendable {
        package let row: LabelledFailure
        package let verdict: Classification
        /// What is wrong: `category`, `disposition`, `mustNot`, `unsafe`.
        package let kinds: [String]
    }

    /// Rows with a label.
    package private(set) var rows = 0
    package private(set) var rightCategories = 0
    package private(set) var rightDispositions = 0
    /// Rows labelled ambiguous that were judged safe to resend.
    package private(set) var unsafe = 0
    package private(set) var mistakes: [Mistake] = []
    /// How often each label was taken for each category.
    package private(set) var counts: [Category: [Category: Int]] = [:]
    private var dispositions: [Category: (right: Int, all: Int)] = [:]
    /// How many rows each rule decided.
    package private(set) var decidedBy: [String: Int] = [:]

    package init() {}

    /// Counts one verdict. A row without a category is not scored.
    ///
    /// A failing static credential may be tried with the next key of a pool: failover counts as right there.
    package mutating func add(_ row: LabelledFailure, _ verdict: Classification) {
        guard let category = row.category else { return }
        rows += 1
        decidedBy[verdict.rule, default: 0] += 1
        counts[category, default: [:]][verdict.category, default: 0] += 1
        let keyPool = category == .authentication && row.disposition == .fail && verdict.disposition == .failover
        let isRight = row.disposition == nil || row.disposition == verdict.disposition || keyPool
        var kinds: [String] = []
        if verdict.category == category { rightCategories += 1 } else { kinds.append("category") }
        if isRight { rightDispositions += 1 } else { kinds.append("disposition") }
        let tally = dispositions[category] ?? (0, 0)
        dispositions[category] = (tally.right + (isRight ? 1 : 0), tally.all + 1)
        if row.mustNot.contains(verdict.category) { kinds.append("mustNot") }
        if row.isAmbiguous == true, verdict.isSafeToResend {
            unsafe += 1
            kinds.append("unsafe")
        }
        if !kinds.isEmpty { mistakes.append(Mistake(row: row, verdict: verdict, kinds: kinds)) }
    }

    /// The share of rows whose category is right.
    package var categoryScore: Double { share(rightCategories, rows) }
    /// The share of rows whose disposition is right.
    package var dispositionScore: Double { share(rightDispositions, rows) }

    /// The share of right categories, averaged over the labels that occur.
    package var macroCategoryScore: Double {
        mean(counts.map { label, row in share(row[label] ?? 0, row.values.reduce(0, +)) })
    }

    /// The share of right dispositions, averaged over the labels that occur.
    package var macroDispositionScore: Double { mean(dispositions.values.map { share($0.right, $0.all) }) }

    private func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 1 : Double(part) / Double(whole) }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 1 : values.reduce(0, +) / Double(values.count)
    }
}
