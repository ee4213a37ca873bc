import Foundation

/// A piece of code as the documents or these tests hold it.
struct Block {
    /// The file and the line on which it begins, for people.
    var place: String
    var language: String
    var lines: [String]

    /// The code without regard to white space.
    var code: String { lines.joined(separator: " ").split { $0.isWhitespace }.joined(separator: " ") }
}

extension Block {
    /// The fenced blocks of lines, which are numbered from 1.
    static func fenced(in lines: [(number: Int, text: String)], of path: String) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in lines {
            let text = line.text.drop { $0 == " " }
            guard text.hasPrefix("```") else {
                open?.lines.append(line.text)
                continue
            }
            if let block = open {
                blocks.append(block)
                open = nil
            } else {
                open = Block(place: "\(path):\(line.number)", language: String(text.dropFirst(3)), lines: [])
            }
        }
        return blocks
    }

    /// The examples of a test file: what stands between `// example` and `// end`.
    static func examples(in lines: [(number: Int, text: String)], of path: String) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in lines {
            switch line.text.trimmingCharacters(in: .whitespaces) {
            case "// example": open = Block(place: "\(path):\(line.number)", language: "swift", lines: [])
            case "// end":
                if let block = open { blocks.append(block) }
                open = nil
            default: open?.lines.append(line.text)
            }
        }
        return blocks
    }
}

/// The files of the package with one of these endings below a folder, line by line.
func lines(
    of endings: Set<String>,
    under folder: String
) throws -> [(path: String, lines: [(number: Int, text: String)])] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let found = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    var files: [(String, [(number: Int, text: String)])] = []
    while let file = found?.nextObject() as? URL {
        guard endings.contains(file.pathExtension) else { continue }
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        files.append((String(file.path.dropFirst(root.path.count + 1)), lines.map { ($0 + 1, String($1)) }))
    }
    return files.sorted { $0.0 < $1.0 }
}
