/// The entries of one order of a table, sorted by the bytes of a text, then of the name.
///
/// Sorted chunks of at most 256 entries. An entry is trivial (the first 16 bytes of its text and two numbers), so that
/// searching and moving touch neither strings nor reference counts; the full texts decide ties only.
struct OrderedIndex: ~Copyable {
    struct Entry {
        /// The first 16 bytes of the text, big-endian, padded with zeros.
        var high: UInt64
        var low: UInt64
        /// Where the record is.
        var slot: Int32
        /// Which tag of the record the text is; -1 if it is the name.
        var tag: Int32
    }

    /// What is searched for: a text and the name that breaks ties. A `nil` name stands before every name.
    struct Probe {
        let text: String
        let name: String?
        let high: UInt64
        let low: UInt64

        init(text: String, name: String? = nil) {
            self.text = text
            self.name = name
            (high, low) = Self.prefix(text)
        }

        private static func prefix(_ text: String) -> (UInt64, UInt64) {
            Bytes.with(text) { bytes in
                if bytes.count >= 16 {
                    return (
                        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    )
                }
                var words: (UInt64, UInt64) = (0, 0)
                for (index, byte) in bytes.enumerated() {
                    let shifted = UInt64(byte) << UInt64(56 - 8 * (index & 7))
                    if index < 8 { words.0 |= shifted } else { words.1 |= shifted }
                }
                return words
            }
        }
    }

    /// A place between entries.
    struct Place: Comparable {
        var chunk: Int
        var offset: Int

        static func < (left: Self, right: Self) -> Bool {
            left.chunk != right.chunk ? left.chunk < right.chunk : left.offset < right.offset
        }
    }

    private var chunks: [[Entry]] = []
    /// The last entry of each chunk: the upper search touches this one array.
    private var lasts: [Entry] = []
    private static let chunkSize = 256

    /// The first place whose entry does not stand before the probe.
    func place(of probe: Probe, in slots: [Slot]) -> Place {
        // Names that begin with the time come in order: they stand behind all.
        guard let last = lasts.last, !Self.stands(last, before: probe, in: slots) else { return end }
        let chunk = Self.search(lasts, for: probe, in: slots)
        return Place(chunk: chunk, offset: Self.search(chunks[chunk], for: probe, in: slots))
    }

    /// The first place behind all entries that have the probe's text and name.
    func place(behind probe: Probe, in slots: [Slot]) -> Place {
        var place = place(of: probe, in: slots)
        if let entry = entry(at: place), !Self.stands(probe, before: entry, in: slots) { advance(&place) }
        return place
    }

    var start: Place { Place(chunk: 0, offset: 0) }
    var end: Place { Place(chunk: chunks.count, offset: 0) }

    func entry(at place: Place) -> Entry? {
        guard place.chunk < chunks.count, place.offset < chunks[place.chunk].count else { return nil }
        return chunks[place.chunk][place.offset]
    }

    func advance(_ place: inout Place) {
        place.offset += 1
        if place.offset >= chunks[place.chunk].count { place = Place(chunk: place.chunk + 1, offset: 0) }
    }

    /// Moves to the place before; `false` at the start.
    func retreat(_ place: inout Place) -> Bool {
        if place.offset > 0 {
            place.offset -= 1
            return true
        }
        guard place.chunk > 0 else { return false }
        place = Place(chunk: place.chunk - 1, offset: chunks[place.chunk - 1].count - 1)
        return true
    }

    mutating func insert(_ probe: Probe, slot: Int32, tag: Int32, in slots: [Slot]) {
        let entry = Entry(high: probe.high, low: probe.low, slot: slot, tag: tag)
        var place = place(of: probe, in: slots)
        if place.chunk == chunks.count {
            guard place.chunk > 0 else {
                chunks.append([entry])
                lasts.append(entry)
                return
            }
            place = Place(chunk: place.chunk - 1, offset: chunks[place.chunk - 1].count)
        }
        if place.offset == chunks[place.chunk].count { lasts[place.chunk] = entry }
        chunks[place.chunk].insert(entry, at: place.offset)
        if chunks[place.chunk].count > Self.chunkSize { split(place.chunk, at: place.offset) }
    }

    /// Splits in the middle, or near the end when entries arrive in order, so that chunks stay full.
    private mutating func split(_ chunk: Int, at offset: Int) {
        let ascending = offset == Self.chunkSize && chunk == chunks.count - 1
        let cut = ascending ? Self.chunkSize - 8 : Self.chunkSize / 2
        let tail = Array(chunks[chunk][cut...])
        chunks[chunk].removeSubrange(cut...)
        lasts[chunk] = chunks[chunk][cut - 1]
        chunks.insert(tail, at: chunk + 1)
        lasts.insert(tail[tail.count - 1], at: chunk + 1)
    }

    mutating func remove(_ probe: Probe, in slots: [Slot]) {
        let place = place(of: probe, in: slots)
        guard let entry = entry(at: place), !Self.stands(probe, before: entry, in: slots) else { return }
        chunks[place.chunk].remove(at: place.offset)
        if let last = chunks[place.chunk].last {
            lasts[place.chunk] = last
        } else {
            chunks.remove(at: place.chunk)
            lasts.remove(at: place.chunk)
        }
    }

    private static func search(_ entries: [Entry], for probe: Probe, in slots: [Slot]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) >> 1
            if stands(entries[middle], before: probe, in: slots) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func stands(_ entry: Entry, before probe: Probe, in slots: [Slot]) -> Bool {
        if entry.high != probe.high { return entry.high < probe.high }
        if entry.low != probe.low { return entry.low < probe.low }
        return compare(entry, probe, in: slots) < 0
    }

    private static func stands(_ probe: Probe, before entry: Entry, in slots: [Slot]) -> Bool {
        if entry.high != probe.high { return probe.high < entry.high }
        if entry.low != probe.low { return probe.low < entry.low }
        return compare(entry, probe, in: slots) > 0
    }

    private static func compare(_ entry: Entry, _ probe: Probe, in slots: [Slot]) -> Int {
        let slot = Int(entry.slot)
        guard entry.tag >= 0 else { return Bytes.compare(slots[slot].name, probe.text) }
        let byTag = Bytes.compare(slots[slot].tags[Int(entry.tag)], probe.text)
        if byTag != 0 { return byTag }
        guard let name = probe.name else { return 1 }
        return Bytes.compare(slots[slot].name, name)
    }
}
