internal import ResilienceCore

/// The JSON of one value while it is written: a buffer, and the containers that are open.
///
/// It writes what nearly all types ask for, each value in its place at once. What it does not know how to write exactly as
/// `JSONEncoder` would, it gives up, and then that encoder writes the whole value.
struct JSONOutput {
    private(set) var bytes: [UInt8] = []
    private(set) var hasGivenUp = false
    private var levels: [Level] = []
    /// The members of all objects that are open, those of the innermost last.
    private var members: [Member] = []

    /// Which of the values that are being written is meant. One depth has several, one after the other.
    struct Place {
        fileprivate let depth: Int
        fileprivate let number: Int
    }

    /// How many values were begun.
    private var begun = 0

    /// One value that is being written, at its depth.
    private struct Level {
        var kind = Kind.undecided
        let number: Int
        /// Whether nobody ends it: it ends when what is around it is written on, or ends.
        let isNested: Bool
        /// Where its bytes, and its members, begin.
        let start: Int
        let firstMember: Int
    }

    private enum Kind {
        case undecided, written, object, array
    }

    /// A member of an object: `,"key":value`, as far as the next one.
    private struct Member {
        let key: String
        let start: Int
    }

    init() {
        bytes.reserveCapacity(256)
        levels.reserveCapacity(4)
        members.reserveCapacity(8)
    }

    /// Leaves the whole value to `JSONEncoder`; what is written from now on does not matter.
    mutating func giveUp() { hasGivenUp = true }

    // MARK: Containers

    /// Begins a value; gives its place.
    mutating func begin(isNested: Bool = false) -> Place {
        begun += 1
        levels.append(Level(number: begun, isNested: isNested, start: bytes.count, firstMember: members.count))
        return Place(depth: levels.count - 1, number: begun)
    }

    /// Makes the value at that place an object or, `asArray`, an array.
    mutating func open(_ place: Place, asArray: Bool) {
        let kind = asArray ? Kind.array : .object
        guard isInnermost(place), levels[place.depth].kind == .undecided || levels[place.depth].kind == kind else {
            return giveUp()
        }
        levels[place.depth].kind = kind
    }

    /// Writes a member of the object at that place, or the beginning of one.
    mutating func member(_ key: String, _ place: Place, _ write: (inout Self) -> Void) {
        guard isInnermost(place) else { return giveUp() }
        members.append(Member(key: key, start: bytes.count))
        bytes.append(UInt8(ascii: ","))
        self.write(key)
        bytes.append(UInt8(ascii: ":"))
        write(&self)
    }

    /// Writes an element of the array at that place, or the beginning of one.
    mutating func element(_ place: Place, _ write: (inout Self) -> Void) {
        guard isInnermost(place) else { return giveUp() }
        bytes.append(UInt8(ascii: ","))
        write(&self)
    }

    /// Writes the one value that stands at that place.
    mutating func single(_ place: Place, _ write: (inout Self) -> Void) {
        guard isInnermost(place), levels[place.depth].kind == .undecided else { return giveUp() }
        levels[place.depth].kind = .written
        write(&self)
    }

    /// Whether that value is being written and, once what is nested in it has ended, the innermost one.
    private mutating func isInnermost(_ place: Place) -> Bool {
        guard place.depth < levels.count, levels[place.depth].number == place.number else { return false }
        while !hasGivenUp, levels.count - 1 > place.depth {
            guard levels[levels.count - 1].isNested else { return false }
            endLast()
        }
        return !hasGivenUp
    }

    /// Ends the innermost value that was not nested, with what is nested in it.
    mutating func end() {
        while !hasGivenUp, let last = levels.last, last.isNested { endLast() }
        endLast()
    }

    private mutating func endLast() {
        guard !hasGivenUp, let level = levels.popLast() else { return }
        switch level.kind {
        case .undecided: giveUp()
        case .written: break
        case .array: close(level, "[", "]")
        case .object:
            sortMembers(of: level)
            close(level, "{", "}")
            members.removeLast(members.count - level.firstMember)
        }
    }

    /// Every element has a comma before it; that of the first becomes the bracket.
    private mutating func close(_ level: Level, _ opening: Unicode.Scalar, _ closing: Unicode.Scalar) {
        if bytes.count == level.start {
            bytes.append(UInt8(ascii: opening))
        } else {
            bytes[level.start] = UInt8(ascii: opening)
        }
        bytes.append(UInt8(ascii: closing))
    }

    /// Puts the members in the order of their keys' bytes. Together they are as long as before.
    private mutating func sortMembers(of level: Level) {
        let own = level.firstMember..<members.count
        let inOrder = own.dropFirst().allSatisfy { Bytes.compare(members[$0 - 1].key, members[$0].key) < 0 }
        guard !inOrder else { return }
        let sorted = own.sorted { Bytes.compare(members[$0].key, members[$1].key) < 0 }
        // A key that was written twice is not decided here.
        for (one, next) in zip(sorted, sorted.dropFirst()) where Bytes.equal(members[one].key, members[next].key) {
            return giveUp()
        }
        let written = Array(bytes[level.start...])
        bytes.removeLast(written.count)
        for index in sorted {
            let end = index + 1 < members.count ? members[index + 1].start : level.start + written.count
            bytes += written[members[index].start - level.start..<end - level.start]
        }
    }
}

// MARK: - Plain values

extension JSONOutput {
    mutating func writeNull() { bytes += "null".utf8 }

    mutating func write(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }

    mutating func write(_ value: some FixedWidthInteger) {
        var text = String(value)
        text.withUTF8 { bytes += $0 }
    }

    mutating func write(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        guard value.isFinite else { return giveUp() }
        let text = value.description.utf8
        bytes += text.suffix(2).elementsEqual(".0".utf8) ? text.dropLast(2) : text[...]
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy(Self.isPlain) { bytes += utf8 } else { for byte in utf8 { writeEscaped(byte) } }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x08: bytes += "\\b".utf8
        case 0x09: bytes += "\\t".utf8
        case 0x0A: bytes += "\\n".utf8
        case 0x0C: bytes += "\\f".utf8
        case 0x0D: bytes += "\\r".utf8
        case ..<0x20: bytes += ((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8
        default: bytes.append(byte)
        }
    }
}
