internal import Foundation

/// The records of some spaces of a store, each with its name and its JSON.
public typealias SpaceContents = [String: [(name: String, value: [UInt8])]]

extension StoreFile {
    /// The records of some spaces of the store's file at that path.
    package static func contents(of path: String, _ spaces: [String]) throws(VerifyError) -> SpaceContents {
        let file = try StoreFile(path)
        var contents: SpaceContents = [:]
        for space in spaces { contents[space] = try file.records(in: space) }
        return contents
    }
}

/// Reads records as what they are known to be, and notes which cannot be read.
package struct RecordReader {
    private let contents: SpaceContents
    /// Those that could not be read, as space/name.
    package private(set) var damaged: [String] = []

    package init(_ contents: SpaceContents) { self.contents = contents }

    /// The records of a space by name, without those that cannot be read.
    package mutating func read<Value: Decodable>(_ space: String) -> [(String, Value)] {
        let decoder = JSONDecoder()
        var values: [(String, Value)] = []
        for (name, bytes) in contents[space] ?? [] {
            if let value = try? decoder.decode(Value.self, from: Data(bytes)) {
                values.append((name, value))
            } else {
                damaged.append("\(space)/\(name)")
            }
        }
        return values
    }
}
