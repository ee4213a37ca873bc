/// One line of the input with every field that makes it what it is.
struct AskedLine: Decodable, Equatable {
    let id: String?
    let name: String?
    let units: Int?
    let pooled: Int?
    let customer: String?
    let resource: String?
    let with: [String]?
    let from: String?
    let until: String?
    let quantity: Int?
    let at: Int?
    let plan: String?
    let after: Int?
    let extend: Int?
    let cents: Int?
    let payments: Int?

    static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

    /// The resource of a line without an id.
    var resourceMeant: AskedDay.Resource? {
        switch (units, pooled) {
        case (nil, nil): AskedDay.Resource(most: 1, hasUnits: false)
        case (let units?, nil) where (1...100).contains(units): AskedDay.Resource(most: units, hasUnits: true)
        case (nil, let pooled?) where (1...10_000).contains(pooled): AskedDay.Resource(most: pooled, hasUnits: false)
        default: nil
        }
    }

    /// The request of a line with an id; `nil` if a field is missing or out of range.
    func requestMeant(of resources: [String: AskedDay.Resource]) -> AskedDay.Request? {
        guard let customer, (1...100).contains(customer.utf8.count),
            !customer.unicodeScalars.contains(where: Self.isControl), let resource, let known = resources[resource],
            let from = from.flatMap(Self.minutes), let until = until.flatMap(Self.minutes), from < until,
            let plan = AskedDay.Plan(rawValue: plan ?? ""), let at, (0...86_400).contains(at),
            (1...known.most).contains(quantity ?? 1), (1...86_400).contains(after ?? 1),
            (1...900).contains(extend ?? 1), (1...10_000_000).contains(cents ?? 2_000), (1...2).contains(payments ?? 1)
        else { return nil }
        var items = [resource: quantity ?? 1]
        for other in with ?? [] {
            guard resources[other] != nil, items[other] == nil, items.count < 7 else { return nil }
            items[other] = 1
        }
        return AskedDay.Request(
            customer: customer,
            items: items,
            from: from,
            until: until,
            plan: plan,
            cents: cents ?? 2_000,
            payments: plan == .payAtDesk ? payments ?? 1 : 1
        )
    }

    /// `08:30` as minutes of the day; 24:00 is its end.
    private static func minutes(_ text: String) -> Int? {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(String(decoding: parts[0], as: UTF8.self)),
            let minute = Int(String(decoding: parts[1], as: UTF8.self)), minute < 60, hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }
}
