import BookingVerify

/// The day on a terminal: a row for each resource or unit of one, a column for each half hour, a letter for each booking.
struct DayPicture {
    private let resources: [Resource]
    private let bookings: [StoredDay.Hold]
    private let hours: Range<Int>

    init(_ resources: [Resource], _ stored: StoredDay) {
        self.resources = resources
        bookings = stored.holds.values.filter { $0.state == "confirmed" }
        let items = bookings.flatMap(\.items)
        let first = min(8, (items.map(\.from).min() ?? 480) / 60)
        let last = max(22, ((items.map(\.until).max() ?? 0) + 59) / 60)
        hours = first..<last
    }

    var lines: [String] {
        var lines = [padded("") + hours.map { Self.twoDigits($0) + "  " }.joined()]
        var legend: [String] = []
        for resource in resources {
            let taken = bookings.flatMap { hold in
                hold.items.filter { $0.resource == resource.name }.map { Taken(item: $0, holder: hold.holder) }
            }.sorted { ($0.item.from, $0.item.unit ?? 0, $0.holder) < ($1.item.from, $1.item.unit ?? 0, $1.holder) }
            guard resource.pooled == nil else {
                lines.append(padded("\(resource.name) of \(resource.most)") + tenths(taken, of: resource.most))
                continue
            }
            for unit in 1...resource.most {
                let own = resource.units == nil ? taken : taken.filter { $0.item.unit == unit }
                let name = resource.units == nil ? resource.name : "\(resource.name) \(unit)"
                lines.append(padded(name) + letters(own))
                legend += Self.legend(name, own)
            }
        }
        return lines + ["", Self.key] + legend
    }

    private static let key = "a letter is a booking, a digit tenths that are taken, ** all; .. is free, ## taken twice"

    private struct Taken {
        let item: StoredDay.Item
        let holder: String

        func covers(_ column: Int) -> Bool { item.from < (column + 1) * 30 && item.until > column * 30 }
    }

    private var columns: Range<Int> { hours.lowerBound * 2..<hours.upperBound * 2 }

    private func letters(_ taken: [Taken]) -> String {
        columns.map { column in
            let here = taken.indices.filter { taken[$0].covers(column) }
            guard let first = here.first else { return ".." }
            let overlap = here.contains { one in
                here.contains { $0 != one && taken[$0].item.from < taken[one].item.until
                    && taken[one].item.from < taken[$0].item.until
                }
            }
            return overlap ? "##" : String(repeating: Self.letter(first), count: 2)
        }.joined()
    }

    /// The most that is taken within each half hour, in tenths.
    private func tenths(_ taken: [Taken], of all: Int) -> String {
        columns.map { column in
            let minutes = stride(from: column * 30, to: (column + 1) * 30, by: 1)
            let most = minutes.map { minute in
                taken.reduce(0) { $0 + ($1.item.from <= minute && minute < $1.item.until ? $1.item.quantity : 0) }
            }.max() ?? 0
            if most == 0 { return ".." }
            if most >= all { return most > all ? "##" : "**" }
            return " \(max(1, most * 10 / all))"
        }.joined()
    }

    private static func legend(_ name: String, _ taken: [Taken]) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, one) in taken.enumerated() {
            let text = " \(letter(index)) \(clock(one.item.from))-\(clock(one.item.until)) \(one.holder)"
            if !line.isEmpty, line.count + text.count > 78 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : ",") + text
        }
        if !line.isEmpty { lines.append(line) }
        return lines.enumerated().map { ($0 == 0 ? name : "").padded(to: 13) + $1 }
    }

    private static func letter(_ index: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return String(letters[index % letters.count])
    }

    private static func clock(_ minute: Int) -> String { "\(twoDigits(minute / 60)):\(twoDigits(minute % 60))" }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private func padded(_ name: String) -> String { name.padded(to: 14) }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
