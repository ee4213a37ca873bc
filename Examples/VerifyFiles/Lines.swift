package import Foundation

/// The lines of a file as bytes.
package struct Lines: Sendable {
    /// Those that end with a line feed.
    package let complete: [Data]
    /// What follows the last line feed, if anything does.
    package let rest: Data?

    /// Reads a whole file.
    package init(_ path: String) throws(VerifyError) {
        do {
            self.init(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw VerifyError(path, FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist")
        }
    }

    package init(_ bytes: Data) {
        var parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Data($0) }
        let last = parts.popLast()
        complete = parts
        rest = last.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The lines of an input: all that are not blank, whether or not the last one ends with a line feed.
    package var filled: [Data] {
        (complete + [rest ?? Data()]).filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
    }

    /// The lines of a ledger, but for a first one that only says to which store it belongs.
    ///
    /// What follows the last line feed was cut off while it was written, before anybody was told of it.
    ///
    /// - Throws: ``VerifyError`` if there is no such file, or it cannot be read.
    package static func ofLedger(_ path: String) throws(VerifyError) -> [Data] {
        let lines = try Lines(path).complete
        guard let first = lines.first, (try? JSONDecoder().decode(StoryLine.self, from: first)) != nil else {
            return lines
        }
        return Array(lines.dropFirst())
    }

    private struct StoryLine: Decodable {
        let story: String
    }

    /// Decodes each line and hands it on.
    ///
    /// - Parameter take: whether the line makes sense.
    /// - Returns: how many lines cannot be read, or make no sense.
    package static func refused<Line: Decodable>(of lines: [Data], _ take: (Line) -> Bool) -> Int {
        let decoder = JSONDecoder()
        return lines.count { bytes in
            guard let line = try? decoder.decode(Line.self, from: bytes) else { return true }
            return !take(line)
        }
    }
}

/// A file that the check needs and cannot have.
public struct VerifyError: Error, Sendable, CustomStringConvertible {
    /// The file and what is wrong with it.
    public let description: String

    package init(_ path: String, _ reason: String) { description = "\(path) \(reason)" }
}
