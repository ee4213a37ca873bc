/// The headers of a reply, or gRPC metadata: names compared without regard to case, in their order.
public struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One name and its value.
    public struct Field: Sendable, Hashable {
        /// The name as it came.
        public let name: String
        /// The value as it came.
        public let value: String

        /// Creates a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The fields in their order.
    public private(set) var fields: [Field]

    /// Creates headers from fields.
    public init(_ fields: [Field] = []) { self.fields = fields }

    /// Creates headers from names and values.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a field after the others.
    public mutating func append(name: String, value: String) { fields.append(Field(name: name, value: value)) }

    /// The value of the first field of that name. Costs a look at each field.
    public subscript(name: String) -> String? {
        for field in fields where field.name.isEqualIgnoringCase(name) { return field.value }
        return nil
    }
}

extension String {
    /// Whether both are the same bytes, ASCII letters compared without regard to case.
    func isEqualIgnoringCase(_ other: String) -> Bool {
        let (left, right) = (utf8, other.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    /// The lower-case letter of an ASCII capital; every other byte unchanged.
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }

    var isASCIILetter: Bool { asciiLowercased >= 0x61 && asciiLowercased <= 0x7A }
}
