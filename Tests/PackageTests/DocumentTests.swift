import Foundation
import Testing

/// The documents say what is there, and only that.
@Suite struct DocumentTests {
    private func document(_ name: String) throws -> String {
        try String(contentsOf: packageRoot.appending(path: "Docs/\(name)"), encoding: .utf8)
    }

    /// What stands between backticks.
    private func quoted(_ text: some StringProtocol) -> [String] {
        String(text).matches(of: /`([^`]+)`/).map { String($0.1) }
    }

    /// What the first cells of the tables of one section quote.
    private func firstCells(of section: String, in name: String) throws -> [String] {
        let sections = try document(name).split(separator: "\n## ")
        let text = try #require(sections.first { $0.hasPrefix(section + "\n") })
        return text.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row in
            quoted(row.dropFirst(2).prefix { $0 != "|" })
        }
    }

    @Test func everyPublicDeclarationIsDocumented() throws {
        let declarations = try swiftFiles(under: "Sources").flatMap { Declaration.all(in: $1, at: $0) }
        #expect(declarations.count > 500)
        let missing = declarations.filter { !$0.isDocumented && !$0.speaksForItself }
        #expect(missing.map { "\($0.path):\($0.line): \($0.text)" } == [])
    }

    @Test func everyGuaranteeNamesATestThatExists() throws {
        let tests = try testsByName()
        let sections = try document("Guarantees.md").split(separator: "\n## ").dropFirst()
        #expect(sections.count > 10)
        for section in sections {
            let named = section.split(separator: "\n").filter { $0.hasPrefix("**Test:**") }.flatMap(quoted)
            #expect(!named.isEmpty, "no test: \(section.prefix { $0 != "\n" })")
            for name in named { #expect(tests.contains(name), "no such test: \(name)") }
        }
    }

    /// `Suite.function` of every test below Tests.
    private func testsByName() throws -> Set<String> {
        var found: Set<String> = []
        for (_, text) in try swiftFiles(under: "Tests") {
            var suite = ""
            var isTest = false
            for line in text.split(separator: "\n") {
                if !line.hasPrefix(" "),
                    let match = line.firstMatch(of: /^(?:@.* )?(?:final )?(?:struct|class|extension|actor|enum) (\w+)/)
                {
                    suite = String(match.1)
                }
                if line.contains("@Test") { isTest = true }
                guard isTest, line.contains("func "),
                    let match = line.firstMatch(of: /\bfunc (\w+)\(/)
                else { continue }
                found.insert("\(suite).\(match.1)")
                isTest = false
            }
        }
        return found
    }

    @Test func everyKindOfEventStandsInTheTable() throws {
        let kinds = try swiftFiles(under: "Sources").flatMap { path, text in
            codeLines(of: text).filter { $0.code.contains("static let") }.compactMap { line in
                line.code.firstMatch(of: /static let \w+ = (?:Self|ResilienceEvent\.Kind|Kind)\("([a-zA-Z.]+)"\)/)
                    .map { String($0.1) }
            }
        }
        #expect(kinds.count > 15)
        #expect(Set(kinds).count == kinds.count, "two kinds of one name")
        #expect(try firstCells(of: "Events", in: "Observability.md").sorted() == kinds.sorted())
    }

    @Test func everySpaceOfAPrimitiveStandsInTheTable() throws {
        let listed = try firstCells(of: "Spaces", in: "Architecture.md")
        let prefixes = try swiftFiles(under: "Sources").flatMap { _, text in
            text.matches(of: /(?:SpaceName\.checked\(|Space\()"([a-z-]+)[.]/).map { "\($0.1)." }
        }
        let own = Set(prefixes).subtracting(["example."])
        #expect(own.count >= 7)
        for prefix in own.sorted() {
            #expect(listed.contains { $0.hasPrefix(prefix) }, "\(prefix) is not listed in Architecture.md")
        }
    }

    @Test func everyTraitHasASection() throws {
        let manifest = try String(contentsOf: packageRoot.appending(path: "Package.swift"), encoding: .utf8)
        let traits = manifest.matches(of: /\.trait\(\s*name: "(\w+)"/).map { String($0.1) }
        let sections = try document("Traits.md").matches(of: /\n## `(\w+)`/).map { String($0.1) }
        #expect(!traits.isEmpty)
        #expect(sections.sorted() == traits.sorted())
    }

    @Test func everyLibraryIsDocumentedForThePackageIndex() throws {
        let manifest = try String(contentsOf: packageRoot.appending(path: "Package.swift"), encoding: .utf8)
        let products = manifest.matches(of: /\.library\(name: "(\w+)"/).map { String($0.1) }
        let index = try String(contentsOf: packageRoot.appending(path: ".spi.yml"), encoding: .utf8)
        let listed = try #require(index.firstMatch(of: /documentation_targets:\s*\[([^\]]*)\]/)).1
        let targets = listed.split { !$0.isLetter }.map(String.init)
        #expect(targets.sorted() == products.sorted())
    }

    @Test func everyLinkBetweenDocumentsLeadsSomewhere() throws {
        let folder = packageRoot.appending(path: "Docs")
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = found?.nextObject() as? URL {
            guard file.pathExtension == "md" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#:\s]+)(?:#[^)]*)?\)/) {
                let target = file.deletingLastPathComponent().appending(path: String(match.1))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(file.lastPathComponent): \(match.1)")
            }
        }
    }

    @Test func decisionsAreNumberedAndSayWhatWhyAndWhatElse() throws {
        let folder = packageRoot.appending(path: "Docs/Decisions")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(Set(names.map { $0.prefix(4) }).count == names.count, "a number is used twice")
        for name in names {
            #expect(name.wholeMatch(of: /\d{4}-[a-z0-9-]+\.md/) != nil, "\(name)")
            let text = try document("Decisions/\(name)")
            for part in ["**What.**", "**Why.**", "**Considered.**"] {
                #expect(text.contains(part), "\(name) lacks \(part)")
            }
        }
    }
}
