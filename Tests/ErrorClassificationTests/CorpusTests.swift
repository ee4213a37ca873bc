import ErrorClassification
import Testing

@Suite struct CorpusTests {
    private static func judge(_ rows: [LabelledFailure]) -> ConfusionTable {
        var table = ConfusionTable()
        for row in rows { table.add(row, ErrorClassifier.standard.classify(row.failure)) }
        return table
    }

    @Test("Real messages get the right category and disposition, rare categories too")
    func corpus() {
        let table = Self.judge(LabelledData.corpus)
        let wrong = table.mistakes.map { "\($0.row.id): \($0.kinds) \($0.verdict)" }
        #expect(table.rows == 514)
        #expect(table.categoryScore >= 0.97, "\(wrong)")
        #expect(table.macroCategoryScore >= 0.97, "\(wrong)")
        #expect(table.dispositionScore >= 0.98, "\(wrong)")
        #expect(table.macroDispositionScore >= 0.98, "\(wrong)")
    }

    @Test("Messages of the same systems that no rule was made for are judged as well")
    func further() {
        let table = Self.judge(LabelledData.further)
        let wrong = table.mistakes.map { "\($0.row.id): \($0.kinds) \($0.verdict)" }
        #expect(table.rows > 450)
        #expect(table.categoryScore >= 0.97 && table.macroCategoryScore >= 0.97, "\(wrong)")
        #expect(table.dispositionScore >= 0.98 && table.macroDispositionScore >= 0.98, "\(wrong)")
    }

    @Test("Nothing that may have taken effect is judged safe to send again")
    func ambiguousIsNeverSafe() {
        for rows in [LabelledData.corpus, LabelledData.tricky, LabelledData.disputed, LabelledData.further] {
            let unsafe = Self.judge(rows).mistakes.filter { $0.kinds.contains("unsafe") }
            #expect(unsafe.isEmpty, "\(unsafe.map(\.row.id))")
        }
    }

    @Test("Misleading words, digits and statuses do not mislead")
    func tricky() {
        let table = Self.judge(LabelledData.tricky)
        let wrong = table.mistakes.filter { $0.kinds.contains("category") || $0.kinds.contains("mustNot") }
        let share = Double(table.rows - wrong.count) / Double(table.rows)
        #expect(table.rows == 64)
        #expect(share >= 0.95, "\(wrong.map { "\($0.row.id): \($0.verdict)" })")
    }

    @Test("A wait that headers or text name is found")
    func waits() {
        for row in LabelledData.corpus {
            let verdict = ErrorClassifier.standard.classify(row.failure)
            let difference = (verdict.retryAfter ?? .seconds(-1)) - (row.retryAfter ?? .seconds(-1))
            #expect((.milliseconds(-1) ... .milliseconds(1)).contains(difference), "\(row.id): \(verdict)")
        }
    }
}
