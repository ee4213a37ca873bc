extension CompiledRules {
    /// The number of the system that a source names.
    @inline(__always)
    func number(source: String?, _ facts: inout NumberedFacts) {
        guard let source else { return }
        let index = source.withUTF8Bytes { systems.find($0) }
        guard index >= 0 else { return }
        facts.systemIndex = Int(index) + 1
        facts.system = 1 &<< UInt128(index + 1)
    }

    /// The numbers of a code: as it stands, its beginnings that rules ask for, and, of a code in two words such as
    /// `550 5.1.1`, each word and its beginnings.
    @inline(__always)
    func number(code: String, _ facts: inout NumberedFacts) {
        code.withUTF8Bytes { bytes in
            addCodes(bytes, &facts)
            var space = 0
            while space < bytes.count, bytes[space] != 0x20 { space &+= 1 }
            guard space < bytes.count else { return }
            addCodes(UnsafeRawBufferPointer(rebasing: bytes[(space + 1)...]), &facts)
            addCodes(UnsafeRawBufferPointer(rebasing: bytes[..<space]), &facts)
        }
    }

    @inline(__always)
    private func addCodes(_ bytes: UnsafeRawBufferPointer, _ facts: inout NumberedFacts) {
        facts.add(code: codes.find(bytes))
        guard let letter = bytes.first else { return }
        var lengths = prefixLengthsOfSystem[facts.systemIndex] & prefixLengthsOfLetter[Int(letter & 31)]
        while lengths != 0 {
            let length = lengths.trailingZeroBitCount
            lengths &= lengths &- 1
            guard length < bytes.count else { return }
            let prefix = prefixes.find(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            if prefix >= 0 { facts.add(code: prefix + Int32(codes.count)) }
        }
    }
}

extension String {
    /// The bytes, without a copy for the strings that Swift makes.
    @inline(__always)
    func withUTF8Bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        return Array(utf8).withUnsafeBytes(body)
    }
}
