/// The check that no number was bought twice, and none was paid for and lost.
///
/// It goes by what was asked for, by the vendors' own books, and by the plain JSON of the store's records. This module
/// shares no code with the router, the sagas, the store or the program, so an error there cannot hide itself here.
public struct RentalCheck {
    private let asked: AskedRentals
    private let books: VendorContents
    private let stored: StoredRentals
    private var findings = RentalFindings()

    /// Compares the three.
    public static func findings(
        _ asked: AskedRentals,
        _ books: VendorContents,
        _ stored: StoredRentals
    ) -> RentalFindings {
        var check = RentalCheck(asked: asked, books: books, stored: stored)
        check.count()
        check.lookAtRequests()
        check.lookAtRentals()
        check.lookAtPurchases()
        check.lookAtSales()
        check.findings.sort()
        return check.findings
    }

    private init(asked: AskedRentals, books: VendorContents, stored: StoredRentals) {
        self.asked = asked
        self.books = books
        self.stored = stored
    }

    private mutating func count() {
        findings.requests = asked.requests.count
        findings.rented = stored.rentals.count
        findings.refused = asked.requests.keys.count { stored.rentals[$0] == nil && stored.states[$0] == "compensated" }
        findings.sold = books.sales.count
        findings.cancelled = books.sales.values.count { !$0.refunds.isEmpty }
        findings.cents = books.sales.values.reduce(0) { $0 + $1.cents - $1.refunds.reduce(0, +) }
        findings.badLines = asked.badLines
        findings.damaged = stored.damaged + books.oddLines
        if books.damagedLines > 0 { findings.damaged.append("\(books.damagedLines) lines of the ledger") }
    }

    private mutating func lookAtRequests() {
        for id in asked.requests.keys {
            switch stored.states[id] {
            case "completed":
                if stored.rentals[id] == nil { findings.different.append(id) }
            case "compensated":
                if stored.rentals[id] != nil { findings.savedAndCancelled.append(id) }
            case "needsAttention": findings.halted.append(id)
            default: findings.unfinished.append(id)
            }
        }
    }

    private mutating func lookAtRentals() {
        for (id, rental) in stored.rentals {
            let activation = rental.activation
            guard let sale = books.sales[activation.name], let request = asked.requests[id], sale.request == id,
                sale.phone == activation.phone, sale.cents == activation.cents, sale.service == request.service,
                sale.country == request.country
            else {
                findings.different.append(id)
                continue
            }
            if !sale.refunds.isEmpty { findings.savedAndCancelled.append(id) }
        }
    }

    /// What was bought stands in the books, whatever became of it.
    private mutating func lookAtPurchases() {
        for (id, activation) in stored.bought where stored.rentals[id] == nil {
            let sale = books.sales[activation.name]
            if sale?.request != id || sale?.cents != activation.cents { findings.different.append(id) }
        }
    }

    private mutating func lookAtSales() {
        var bought: [String: Int] = [:]
        let saved = Set(stored.rentals.values.map(\.activation.name))
        for sale in books.sales.values {
            bought[sale.request, default: 0] += 1
            if asked.requests[sale.request] == nil { findings.unknown.append(sale.name) }
            if sale.refunds.isEmpty {
                if !saved.contains(sale.name) { findings.astray.append(sale.name) }
            } else if sale.refunds != [sale.cents] {
                findings.refundedWrongly.append(sale.name)
            }
        }
        findings.boughtTwice = bought.filter { $0.value > 1 }.map(\.key)
    }
}

extension RentalFindings {
    fileprivate mutating func sort() {
        for list in [
            \Self.boughtTwice, \.astray, \.refundedWrongly, \.savedAndCancelled, \.different, \.unknown,
            \.halted, \.unfinished, \.damaged,
        ] {
            self[keyPath: list].sort()
        }
    }
}
