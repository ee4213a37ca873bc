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
        var (left, right) = (left, right)
        return left.withUTF8 { first in
            right.withUTF8 { second in
                let shared = min(first.count, second.count)
                guard shared > 0, let one = first.baseAddress, let other = second.baseAddress else {
                    return first.count - second.count
                }
                let order = memcmp(one, other, shared)
                return order != 0 ? Int(order) : first.count - second.count
            }
        }
    }

    package static func equal(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && compare(left, right) == 0
    }

    package static func hash(_ text: String, into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0 as UInt8)
    }

    package static func containsNUL(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return false }
            return memchr(start, 0, bytes.count) != nil
        }
    }
}
