/// A small, fast generator of random numbers for jitter and ids: SplitMix64 (Steele, Lea, Flood 2014).
///
/// Not for secrets. Seeded once, it gives the same sequence on every machine; a draw costs under a nanosecond, where the
/// system's generator costs some hundred.
public struct SmallGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that repeats the sequence of `seed`.
    public init(seed: UInt64) { state = seed }

    /// A generator seeded by the system: for production, where no two instances should be in step.
    public static func seededBySystem() -> SmallGenerator {
        var system = SystemRandomNumberGenerator()
        return SmallGenerator(seed: system.next())
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
