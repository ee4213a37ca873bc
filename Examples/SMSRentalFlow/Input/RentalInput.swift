import ExampleSupport
import RentalVerify

/// What an input holds: requests, and the lines that are none.
struct RentalInput: Sendable {
    private(set) var requests = InputItems<RentalRequest>()
    private(set) var problems: [InputProblem] = []
    let name: String

    /// Reads a file, or the standard input for `-`.
    static func read(_ path: String) throws(ExitError) -> RentalInput { RentalInput(try InputFile(path)) }

    /// The file that ships with the example.
    static func bundled() throws(ExitError) -> String {
        try InputFile.bundled("requests.jsonl", of: "SMSRentalFlow", beside: #filePath)
    }

    init(_ file: InputFile) {
        name = file.name
        var requests = requests
        problems = file.problems(reading: RentalLine.self) { line, read in
            guard try requests.isNew(read.request, read.request.id) else { return }
            requests.add(read.request, read.request.id, on: line)
        }
        self.requests = requests
    }

    /// Takes out requests that are in the store under the same id with other content; gives what is to be said of them.
    mutating func reject(_ ids: Set<String>) -> [InputProblem] {
        let new = requests.reject(ids, in: name)
        problems += new
        return new
    }

    /// What was asked for, as the check takes it.
    static func asked(_ requests: some Sequence<RentalRequest>) -> AskedRentals {
        AskedRentals(
            requests.map {
                AskedRentals.Request(id: $0.id, service: $0.service, country: $0.country)
            }
        )
    }
}
