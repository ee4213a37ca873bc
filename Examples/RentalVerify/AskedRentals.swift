public import VerifyFiles

/// What was asked for.
public struct AskedRentals: Sendable {
    /// One request, as far as the check goes by it.
    public struct Request: Sendable, Hashable {
        /// Its identity.
        public let id: String
        let service: String
        let country: String

        /// A request.
        public init(id: String, service: String, country: String) {
            self.id = id
            self.service = service
            self.country = country
        }
    }

    /// By id. Of lines with the same id the first counts.
    public private(set) var requests: [String: Request] = [:]
    /// How many lines were left out, since they are no request or repeat an id with other content.
    public private(set) var badLines = 0

    /// Takes requests that the caller has read.
    public init(_ list: [Request]) {
        for request in list where requests[request.id] == nil { requests[request.id] = request }
    }

    /// Reads a file of one JSON object a line.
    ///
    /// - Throws: ``VerifyError`` if the file cannot be read.
    public init(contentsOf path: String) throws(VerifyError) {
        var whole: [String: Line] = [:]
        badLines = Lines.refused(of: try Lines(path).filled) { (line: Line) in
            guard line.isRequest else { return false }
            if let earlier = whole[line.id] { return earlier == line }
            whole[line.id] = line
            requests[line.id] = Request(id: line.id, service: line.service, country: line.country)
            return true
        }
    }
}

private struct Line: Decodable, Equatable {
    let id: String
    let service: String
    let country: String
    let at: Int
    let maxPrice: Int?

    var isRequest: Bool {
        (1...100).contains(id.utf8.count) && !id.utf8.contains(UInt8(ascii: "|")) && (0...86_400).contains(at)
            && (maxPrice.map { (1...1_000_000).contains($0) } ?? true)
            && [service, country].allSatisfy { (1...20).contains($0.utf8.count) }
            && [id, service, country].allSatisfy { text in
                !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            }
    }
}
