#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a record lives: a space, such as `retry.payments`, and a name in it.
///
/// Keys compare, hash and order by their UTF-8 bytes, as databases do. (`String` takes é and e + ´ for equal.)
/// A space and a name have 1 to 512 bytes without NUL; a store refuses others with ``StoreError/invalid(_:)``.
public struct RecordKey: Sendable {
    /// The space: one kind of record of one primitive.
    public let space: String
    /// The name, unique in its space.
    public let name: String

    /// Creates the key; it is validated by the store it is handed to.
    public init(_ space: String, _ name: String) {
        self.space = space
        self.name = name
    }
}

extension RecordKey: Hashable, Comparable, CustomStringConvertible {
    /// Whether both have the same bytes.
    public static func == (left: RecordKey, right: RecordKey) -> Bool {
        Bytes.equal(left.name, right.name) && Bytes.equal(left.space, right.space)
    }

    /// Feeds the bytes of space and name.
    public func hash(into hasher: inout Hasher) {
        Bytes.hash(space, into: &hasher)
        Bytes.hash(name, into: &hasher)
    }

    /// Orders by the bytes of the space, then of the name.
    public static func < (left: RecordKey, right: RecordKey) -> Bool {
        let order = Bytes.compare(left.space, right.space)
        return order != 0 ? order < 0 : Bytes.compare(left.name, right.name) < 0
    }

    /// The space and the name, with a slash between.
    public var description: String { "\(space)/\(name)" }
}

/// Strings seen as the bytes of their UTF-8.
package enum Bytes {
    /// Negative, zero or positive, as `left` stands before, is the same as, or stands after `right`.
    package static func compare(_ left: String, _ right: String) -> Int {
        with(left) { first in
            with(right) { second in
                let order = commonOrder(first, second)
                return order != 0 ? order : first.count - second.count
            }
        }
    }

    package static func equal(_ left: String, _ right: String) -> Bool {
        with(left) { first in
            with(right) { second in first.count == second.count && commonOrder(first, second) == 0 }
        }
    }

    package static func hash(_ text: String, into hasher: inout Hasher) {
        with(text) { hasher.combine(bytes: $0) }
        hasher.combine(0 as UInt8)
    }

    package static func containsNUL(_ text: String) -> Bool {
        with(text) { bytes in
            guard let start = bytes.baseAddress else { return false }
            return memchr(start, 0, bytes.count) != nil
        }
    }

    /// Hands over the bytes where they are: a copy of the string would cost its reference count twice.
    package static func with<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        var text = text
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    private static func commonOrder(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        guard let one = left.baseAddress, let other = right.baseAddress else { return 0 }
        return Int(memcmp(one, other, min(left.count, right.count)))
    }
}
