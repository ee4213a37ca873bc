/// How many calls at one time a provider seems to stand: more by one for many successes at the limit, less by a tenth when
/// it says that it has too much to do.
struct InFlightLimit {
    private(set) var value = Double.infinity
    /// Calls that began before were placed under the old limit: what they meet is known already.
    private var cutAt = Int64.min

    /// Fewer calls than this are no crowd: what is refused then is refused for another reason.
    static let crowd = 4

    mutating func refused(inFlight: Int, began: Int64, now: Int64) {
        guard began > cutAt else { return }
        value = max(0.9 * min(value, Double(inFlight)), 2)
        cutAt = now
    }

    mutating func succeeded(inFlight: Int) {
        guard value < .infinity, Double(inFlight) >= 0.8 * value else { return }
        value += 0.2 / value
    }

    func allows(_ inFlight: Int) -> Bool { Double(inFlight) + 1 <= value }
}
