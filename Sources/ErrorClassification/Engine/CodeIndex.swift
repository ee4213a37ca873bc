/// A hashed table from code to number, compared without regard to ASCII case.
///
/// It takes eight bytes at a time: codes are short and the lookup is on the path of every failure.
struct CodeIndex: Sendable {
    /// Bytes of all codes, folded, each padded with zeros to a multiple of eight.
    private var blob: [UInt64] = []
    private var entries: [Entry] = []
    /// Entry number + 1 by hash; 0 is empty. A power of two, at most half full.
    private var buckets: [Int32] = []

    private struct Entry: Sendable {
        let hash: UInt64
        let length: Int32
        let start: Int32
    }

    /// The number of codes.
    var count: Int { entries.count }

    /// The number of a code, which is added if it is new.
    mutating func insert(_ code: String) -> Int32 {
        let words = Self.words(of: code)
        let length = code.utf8.count
        let hash = words.reduce(UInt64(length)) { Self.mix($0, $1) }
        if entries.count * 2 >= buckets.count { grow() }
        var slot = Int(truncatingIfNeeded: hash) & (buckets.count - 1)
        while buckets[slot] != 0 {
            let entry = entries[Int(buckets[slot] - 1)]
            if entry.hash == hash, Int(entry.length) == length, blob[Int(entry.start)...].starts(with: words) {
                return buckets[slot] - 1
            }
            slot = (slot + 1) & (buckets.count - 1)
        }
        entries.append(Entry(hash: hash, length: Int32(length), start: Int32(blob.count)))
        blob += words
        buckets[slot] = Int32(entries.count)
        return buckets[slot] - 1
    }

    /// Doubles the buckets.
    private mutating func grow() {
        let size = max(8, buckets.count * 2)
        buckets = Array(repeating: 0, count: size)
        for (index, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (size - 1)
            while buckets[slot] != 0 { slot = (slot + 1) & (size - 1) }
            buckets[slot] = Int32(index + 1)
        }
    }

    /// The number of the code in these bytes, or -1.
    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        var hash = UInt64(bytes.count)
        var offset = 0
        while offset < bytes.count {
            hash = Self.mix(hash, Self.word(bytes, offset))
            offset &+= 8
        }
        let mask = buckets.count &- 1
        guard mask > 0 else { return -1 }
        var slot = Int(truncatingIfNeeded: hash) & mask
        while buckets[slot] != 0 {
            let index = buckets[slot] &- 1
            let entry = entries[Int(index)]
            if entry.hash == hash, Int(entry.length) == bytes.count, equal(entry, bytes) { return index }
            slot = (slot &+ 1) & mask
        }
        return -1
    }

    @inline(__always)
    private func equal(_ entry: Entry, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        var index = Int(entry.start)
        while offset < bytes.count {
            guard blob[index] == Self.word(bytes, offset) else { return false }
            offset &+= 8
            index &+= 1
        }
        return true
    }

    /// Up to eight bytes with the bit set that tells small letters from capitals. It merges a few signs that no two codes
    /// differ by, such as `[` and `{`.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        let rest = bytes.count &- offset
        if rest >= 8 { return bytes.littleEndian(at: offset, as: UInt64.self) | 0x2020_2020_2020_2020 }
        // The last bytes in as few reads as there can be: what is read twice lands in the same place.
        let word: UInt64
        if rest >= 4 {
            let last = UInt64(bytes.littleEndian(at: offset &+ rest &- 4, as: UInt32.self))
            word = UInt64(bytes.littleEndian(at: offset, as: UInt32.self)) | last &<< UInt64((rest &- 4) &* 8)
        } else {
            let middle = UInt64(bytes[offset &+ rest / 2]) &<< UInt64(rest / 2 &* 8)
            word = UInt64(bytes[offset]) | middle | UInt64(bytes[offset &+ rest &- 1]) &<< UInt64((rest &- 1) &* 8)
        }
        return word | (0x2020_2020_2020_2020 &>> UInt64((8 &- rest) &* 8))
    }

    private static func words(of code: String) -> [UInt64] {
        Array(code.utf8).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map { word(bytes, $0) }
        }
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 29)
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func littleEndian<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type) -> Word
    {
        Word(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
