import ExampleSupport
import RentalVerify

/// What an input holds: requests, and the lines that are none.
struct RentalInput: Sendable {
    /// Each with the line on which it stands.
    private(set) var requests: [(line: Int, request: RentalRequest)] = []
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
        var requests: [(line: Int, request: RentalRequest)] = []
        var seen: [String: (line: Int, request: RentalRequest)] = [:]
        problems = file.problems(reading: RentalLine.self) { line, read in
            let request = read.request
            guard let earlier = seen[request.id] else {
                seen[request.id] = (line, request)
                requests.append((line, request))
                return
            }
            guard earlier.request != request else { return }
            throw FieldProblem(
                "id", "\"\(request.id)\" stands on line \(earlier.line) with other content; that one counts"
            )
        }
        self.requests = requests
    }

    /// Takes out requests that are in the store under the same id with other content.
    mutating func reject(_ ids: Set<String>) {
        for (line, request) in requests where ids.contains(request.id) {
            let reason = "\"\(request.id)\" is in the store with other content; that one counts"
            problems.append(InputProblem(file: name, line: line, field: "id", reason: reason))
        }
        requests.removeAll { ids.contains($0.request.id) }
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
