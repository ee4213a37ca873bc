internal import Foundation
public import VerifyFiles

/// What the store holds of rentals and of the work on them, read as the plain JSON that its records are.
public struct StoredRentals: Sendable {
    struct Rental: Decodable, Sendable {
        struct Request: Decodable, Sendable {
            let id: String
        }
        struct Activation: Decodable, Sendable {
            let vendor: String
            let id: String
            let phone: String
            let cents: Int
        }
        let request: Request
        let activation: Activation
    }

    private struct Saga: Decodable {
        let state: String
    }

    /// By the id of the request.
    private(set) var rentals: [String: Rental] = [:]
    /// Where the work on each request is.
    private(set) var states: [String: String] = [:]
    /// Records that could not be read.
    private(set) var damaged: [String] = []

    /// The spaces that are read.
    public static let spaces = ["sms.rentals", "saga.rent"]

    /// Takes the records of ``spaces``, each with its name and its JSON.
    public init(_ records: [String: [(name: String, value: [UInt8])]]) {
        for (name, rental) in read("sms.rentals", records) as [(String, Rental)] {
            rentals[name] = rental
            if rental.request.id != name { damaged.append("sms.rentals/\(name)") }
        }
        for (name, saga) in read("saga.rent", records) as [(String, Saga)] { states[name] = saga.state }
    }

    /// Reads a store's file with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        let file = try StoreFile(path)
        var records: [String: [(name: String, value: [UInt8])]] = [:]
        for space in Self.spaces { records[space] = try file.records(in: space) }
        self.init(records)
    }

    private mutating func read<Value: Decodable>(
        _ space: String,
        _ records: [String: [(name: String, value: [UInt8])]]
    ) -> [(String, Value)] {
        let decoder = JSONDecoder()
        var values: [(String, Value)] = []
        for (name, bytes) in records[space] ?? [] {
            if let value = try? decoder.decode(Value.self, from: Data(bytes)) {
                values.append((name, value))
            } else {
                damaged.append("\(space)/\(name)")
            }
        }
        return values
    }
}
