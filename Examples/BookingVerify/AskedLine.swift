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
    let cancel: Int?
    let keep: Int?
    let note: String?
    let trainer: Bool?
    let contact: String?
    let mail: String?
    let devices: [String]?
    let gone: [String: Int]?

    /// Whether that may name something.
    static func isName(_ text: String, bytes: ClosedRange<Int> = 1...100) -> Bool {
        bytes.contains(text.utf8.count) && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

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
        guard id?.utf8.contains(UInt8(ascii: "|")) != true,
            let customer, Self.isName(customer), let resource, let known = resources[resource],
            let from = from.flatMap(Self.minutes), let until = until.flatMap(Self.minutes), from < until,
            let plan = AskedDay.Plan(rawValue: plan ?? ""), let at, (0...86_400).contains(at),
            (1...known.most).contains(quantity ?? 1), (1...86_400).contains(after ?? 1),
            (1...900).contains(extend ?? 1), (1...10_000_000).contains(cents ?? 2_000), (1...2).contains(payments ?? 1),
            (1...86_400).contains(cancel ?? 1), (1...86_400).contains(keep ?? 1), keep == nil || cancel != nil,
            Self.isName(note ?? "-", bytes: 1...200)
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
            payments: plan == .payAtDesk ? payments ?? 1 : 1,
            cancels: cancel != nil,
            note: note,
            hasTrainer: trainer ?? false
        )
    }

    /// The contact of a line with one; `nil` if a field is out of range.
    var contactMeant: AskedDay.Contact? {
        let (devices, gone) = (devices ?? [], gone ?? [:])
        guard Self.isName(mail ?? "---", bytes: 3...100), devices.count <= 10, gone.count <= 20,
            gone.allSatisfy({ (1...100).contains($0.key.utf8.count) && (0...365).contains($0.value) }),
            Set(devices).count == devices.count, Set(devices).isDisjoint(with: gone.keys)
        else { return nil }
        return AskedDay.Contact(mail: mail, devices: Set(devices), gone: gone)
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
