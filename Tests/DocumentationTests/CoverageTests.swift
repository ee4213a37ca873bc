import Testing

/// Every example that a reader meets is compiled here, word for word, and most are run.
///
/// A block marked `swift` in a comment of Sources or in a document must stand in this folder between a line
/// `// example` and a line `// end`. What is not meant to compile is marked `text`.
@Suite struct CoverageTests {
    private func documented() throws -> [Block] {
        let comments = try lines(of: ["swift"], under: "Sources").flatMap { path, lines in
            let comments = lines.compactMap { line -> (number: Int, text: String)? in
                let text = line.text.drop { $0 == " " }
                return text.hasPrefix("///") ? (line.number, String(text.dropFirst(3))) : nil
            }
            return Block.fenced(in: comments, of: path)
        }
        let documents = try lines(of: ["md"], under: "Docs").flatMap { Block.fenced(in: $1, of: $0) }
        return comments + documents
    }

    private func compiled() throws -> [Block] {
        try lines(of: ["swift"], under: "Tests/DocumentationTests").flatMap { Block.examples(in: $1, of: $0) }
    }

    @Test func everyExampleIsCompiledHere() throws {
        let compiled = Set(try compiled().map(\.code))
        let examples = try documented().filter { $0.language == "swift" }
        #expect(examples.count > 30)
        for example in examples where !compiled.contains(example.code) {
            Issue.record("not compiled in Tests/DocumentationTests: the example at \(example.place)")
        }
    }

    @Test func whatIsCompiledHereIsStillAnExample() throws {
        let examples = Set(try documented().map(\.code))
        for block in try compiled() where !examples.contains(block.code) {
            Issue.record("no document holds the example at \(block.place) any more")
        }
    }

    @Test func everyBlockSaysItsLanguage() throws {
        let known: Set = ["swift", "text", "sh", "json", "jsonc", "sql"]
        for block in try documented() where !known.contains(block.language) {
            Issue.record("the block at \(block.place) has the language '\(block.language)'")
        }
    }
}
