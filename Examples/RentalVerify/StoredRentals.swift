public import VerifyFiles

/// What the store holds of rentals and of the work on them, read as the plain JSON that its records are.
public struct StoredRentals: Sendable {
    struct Activation: Decodable, Sendable {
        let vendor: String
        let id: String
        let phone: String
        let cents: Int

        var name: String { "\(vendor) \(id)" }
    }

    struct Rental: Decodable, Sendable {
        struct Request: Decodable, Sendable {
            let id: String
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
    /// What was bought for each request, as far as its work came to know it.
    private(set) var bought: [String: Activation] = [:]
    /// Records that could not be read.
    private(set) var damaged: [String] = []

    /// The spaces that are read.
    public static let spaces = ["sms.rentals", "saga.rent", "saga.rent.log"]

    /// How the records end that hold what was bought.
    private static let output = "|output|buy"

    /// Takes the records of ``spaces``, each with its name and its JSON.
    public init(_ records: SpaceContents) {
        var records = records
        records["saga.rent.log"]?.removeAll { !$0.name.hasSuffix(Self.output) }
        var reader = RecordReader(records)
        for (name, rental) in reader.read("sms.rentals") as [(String, Rental)] {
            rentals[name] = rental
            if rental.request.id != name { damaged.append("sms.rentals/\(name)") }
        }
        for (name, saga) in reader.read("saga.rent") as [(String, Saga)] { states[name] = saga.state }
        for (name, activation) in reader.read("saga.rent.log") as [(String, Activation)] {
            bought[String(name.dropLast(Self.output.count))] = activation
        }
        damaged += reader.damaged
    }

    /// Reads a store's file with plain SQL.
    ///
    /// - Throws: ``VerifyError`` if it is no such file.
    public init(contentsOf path: String) throws(VerifyError) {
        self.init(try StoreFile.contents(of: path, Self.spaces))
    }
}
