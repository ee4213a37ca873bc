import ErrorClassification
import Foundation

/// The labelled messages that lie beside the tests.
enum LabelledData {
    static let corpus = rows("corpus")
    static let tricky = rows("tricky")
    static let disputed = rows("disputed")
    static let further = rows("further")

    private static func rows(_ name: String) -> [LabelledFailure] {
        let headers = Dictionary(grouping: table("headers"), by: { $0["id"] ?? "" })
        return table(name).map { fields in
            do {
                var row = try LabelledFailure(id: "", fields: fields)
                for header in headers[row.id] ?? [] {
                    row.failure.headers.append(name: header["name"] ?? "", value: header["value"] ?? "")
                }
                return row
            } catch {
                fatalError("\(name).tsv: \(error)")
            }
        }
    }

    private static func table(_ name: String) -> [[String: String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Data/\(name).tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { fatalError("cannot read \(file.path)") }
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        return lines.dropFirst().map { line in
            Dictionary(zip(lines[0].map(String.init), line.map(String.init)), uniquingKeysWith: { first, _ in first })
        }
    }
}
