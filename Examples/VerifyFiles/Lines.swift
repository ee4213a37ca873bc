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
}

/// A file that the check needs and cannot have.
public struct VerifyError: Error, Sendable, CustomStringConvertible {
    /// The file and what is wrong with it.
    public let description: String

    package init(_ path: String, _ reason: String) { description = "\(path) \(reason)" }
}
