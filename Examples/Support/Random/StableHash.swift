extension String {
    /// FNV-1a of a seed and of the bytes: the same in each process.
    package func hashOfBytes(seed: UInt64 = 0) -> UInt64 {
        utf8.reduce(0xCBF2_9CE4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
