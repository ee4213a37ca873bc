import Foundation

/// The chances of a world, by what they are for and not by who asked first: every policy meets the same ones.
struct Draws {
    let seed: UInt64

    enum Purpose: UInt64 {
        case arrival = 1
        case client, success, latency, otherLatency, timeout, refusal
    }

    /// 0..<1, of a request and a provider.
    func uniform(_ purpose: Purpose, request: Int, provider: Int = 0) -> Double {
        let place = UInt64(request) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(provider) &* 0xD6E8_FEB8_6659_FD93
        var mixed = seed &* 0xA076_1D64_78BD_642F &+ place &+ purpose.rawValue &* 0xE703_7ED1_A0B4_28DB
        for multiplier: UInt64 in [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB] {
            mixed = (mixed ^ (mixed >> 30)) &* multiplier
        }
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }

    /// A standard normal number (Box and Muller).
    func normal(request: Int, provider: Int) -> Double {
        let radius = 1 - uniform(.latency, request: request, provider: provider)
        let angle = uniform(.otherLatency, request: request, provider: provider)
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
    }
}
