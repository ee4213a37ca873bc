/// What was found out about a row.
struct Result: Sendable {
    let row: Row
    /// Nanoseconds of one operation, the least over the rounds; `nil` for a row that counts.
    private(set) var nanoseconds: Double?
    /// Nanoseconds of the base, the least over the same rounds.
    private(set) var base: Double?
    /// Allocations of one operation; `nil` where they cannot be counted.
    let allocations: Double?
    let count: Int?
    /// Rounds in which the base stayed unsteady however often they were repeated.
    private(set) var unsteadyRounds = 0

    init(row: Row, allocations: Double? = nil, count: Int? = nil) {
        self.row = row
        self.allocations = allocations
        self.count = count
    }

    mutating func add(_ round: Round) {
        nanoseconds = min(nanoseconds ?? .infinity, round.nanoseconds)
        base = min(base ?? .infinity, round.base)
        if round.unsteady { unsteadyRounds += 1 }
    }

    var ratio: Double? {
        guard let nanoseconds, let base else { return nil }
        return nanoseconds / base
    }

    /// The greatest ratio that the goal allows, absolute figures included.
    var allowedRatio: Double? {
        let scaled = row.goal.nanoseconds.map { $0 / row.base.reference }
        return [row.goal.ratio, scaled].compactMap(\.self).min()
    }

    /// Whether the goal is met; `nil` if there is none that can be judged here.
    var met: Bool? {
        var verdicts: [Bool] = []
        if let allowedRatio, let ratio { verdicts.append(ratio <= allowedRatio) }
        // Growing tables allocate now and then: a few in a hundred operations are none.
        if let allowed = row.goal.allocations, let allocations { verdicts.append(allocations < allowed + 0.05) }
        if let allowed = row.goal.count, let count { verdicts.append(count <= allowed) }
        return verdicts.isEmpty ? nil : verdicts.allSatisfy(\.self)
    }

    /// The goal in words: "at most 17.9 x, 0 allocations".
    var goal: String? {
        var parts: [String] = []
        if let allowedRatio { parts.append("\(allowedRatio.short) x") }
        if let allowed = row.goal.allocations { parts.append("\(allowed.short) allocations") }
        if let allowed = row.goal.count { parts.append("\(allowed)") }
        return parts.isEmpty ? nil : "at most " + parts.joined(separator: ", ")
    }
}

extension Double {
    /// Three digits, or all that stand before the point.
    var short: String {
        let digits = self >= 100 ? 0 : self >= 10 ? 1 : 2
        let text = formatted(digits)
        return text.contains(".") ? text.trimmingZeros : text
    }

    private func formatted(_ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let rounded = Int((self * Double(scale)).rounded())
        guard digits > 0 else { return "\(rounded)" }
        let fraction = String(rounded % scale)
        return "\(rounded / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}

extension String {
    fileprivate var trimmingZeros: String {
        var text = self[...]
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return String(text)
    }
}
