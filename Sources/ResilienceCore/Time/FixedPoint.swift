/// A number from 0 to 2⁶⁴ with 64 binary places, whose products saturate: powers of a back-off factor and fractions of
/// a delay, the same on every machine.
struct FixedPoint: Sendable, Hashable {
    private var bits: UInt128

    private init(bits: UInt128) { self.bits = bits }

    /// The number, to 32 binary places. It must lie in 0...1,000.
    init(_ number: Double) { bits = UInt128(UInt64((number * 0x1p32).rounded())) << 32 }

    static let one = FixedPoint(bits: 1 << 64)

    /// This number to that power, in at most 64 squarings, however large the exponent.
    func power(_ exponent: Int) -> FixedPoint {
        var (result, square, left) = (FixedPoint.one, self, exponent)
        while left > 0 {
            if left & 1 == 1 { result = result.times(square) }
            left >>= 1
            if left > 0 { square = square.times(square) }
        }
        return result
    }

    /// `value` times this number, without its fraction; at most `Int64.max`.
    func scale(_ value: Int64) -> Int64 {
        let (high, low) = bits.multipliedFullWidth(by: UInt128(value.magnitude))
        return high >> 64 == 0 ? Int64(clamping: high << 64 | low >> 64) : .max
    }

    private func times(_ other: FixedPoint) -> FixedPoint {
        let (high, low) = bits.multipliedFullWidth(by: other.bits)
        return FixedPoint(bits: high >> 64 == 0 ? high << 64 | low >> 64 : .max)
    }
}
