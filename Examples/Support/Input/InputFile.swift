package import Foundation

/// A file of one JSON object a line, or the standard input.
package struct InputFile: Sendable {
    /// What the user knows it by.
    package let name: String
    private let bytes: Data

    package init(name: String, bytes: Data) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads a file, or the standard input for `-`.
    package init(_ path: String) throws(ExitError) {
        guard path != "-" else {
            self.init(name: "standard input", bytes: FileHandle.standardInput.readDataToEndOfFile())
            return
        }
        do {
            self.init(name: path, bytes: try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw .noInput("the input \(path) \(isThere ? "cannot be read" : "does not exist")")
        }
    }

    /// The file that ships with an example, found from any folder: beside its sources, else below the working folder.
    ///
    /// - Parameters:
    ///   - file: its name.
    ///   - example: the example's folder.
    ///   - source: a source file in that folder, or in one below it.
    package static func bundled(_ file: String, of example: String, beside source: String) throws(ExitError) -> String {
        let beside = source.range(of: "/\(example)/", options: .backwards).map { String(source[..<$0.upperBound]) }
        let below = FileManager.default.currentDirectoryPath + "/Examples/\(example)/"
        for folder in [beside, below] {
            guard let path = folder.map({ $0 + file }), FileManager.default.fileExists(atPath: path) else { continue }
            return path
        }
        throw .noInput("\(file) is not beside the sources; name a file with --input")
    }

    /// Decodes each line that is not blank, and hands it on with its number; gives what is wrong with the others.
    ///
    /// - Parameter take: throws ``FieldProblem`` for a line that cannot be used after all.
    package func problems<Line: Decodable>(
        reading type: Line.Type,
        _ take: (Int, Line) throws -> Void
    ) -> [InputProblem] {
        let decoder = JSONDecoder()
        var problems: [InputProblem] = []
        for (index, bytes) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            let line = index + 1
            do {
                try take(line, try decoder.decode(type, from: Data(bytes)))
            } catch let problem as FieldProblem {
                problems.append(InputProblem(file: name, line: line, field: problem.field, reason: problem.reason))
            } catch is NotAnObject {
                problems.append(InputProblem(file: name, line: line, field: nil, reason: "is JSON, but no object"))
            } catch {
                problems.append(InputProblem(file: name, line: line, field: nil, reason: "is not JSON"))
            }
        }
        return problems
    }
}

extension KeyedDecodingContainer where Key: RawRepresentable<String> {
    /// Whether the field is there, and not null.
    package func has(_ key: Key) -> Bool { contains(key) && !((try? decodeNil(forKey: key)) ?? false) }

    /// The text of a field.
    ///
    /// - Throws: ``FieldProblem`` if it is missing and nothing is usual, is no string, or is too short or too long.
    package func text(_ key: Key, or usual: String? = nil, bytes: ClosedRange<Int> = 0...256) throws -> String {
        guard has(key) else {
            guard let usual else { throw FieldProblem(key.rawValue, "is missing") }
            return usual
        }
        guard let text = try? decode(String.self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is not a string")
        }
        guard bytes.contains(text.utf8.count) else {
            let reason = text.isEmpty ? "is empty" : "has more than \(bytes.upperBound) bytes"
            throw FieldProblem(key.rawValue, reason)
        }
        return text
    }

    /// The text of a field that names something: without control characters.
    package func name(_ key: Key, bytes: ClosedRange<Int> = 1...256) throws -> String {
        let name = try text(key, bytes: bytes)
        guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw FieldProblem(key.rawValue, "holds a control character")
        }
        return name
    }

    /// The whole number in a field; `nil` if the field is missing.
    package func number(_ key: Key, within range: ClosedRange<Int>) throws -> Int? {
        guard has(key) else { return nil }
        guard let number = try? decode(Int.self, forKey: key) else {
            throw FieldProblem(key.rawValue, "is not a whole number")
        }
        guard range.contains(number) else {
            throw FieldProblem(key.rawValue, "is \(number); allowed is \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
