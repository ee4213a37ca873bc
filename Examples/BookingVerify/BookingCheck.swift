/// The check that nothing was booked twice, no confirmation was lost, no hold outlived its deadline, and no cancellation
/// was left half done.
///
/// It goes by what was asked for, by the ledger of answers and money, and by the plain JSON of the store's records. This
/// module shares no code with the desk, the store or the program, so an error there cannot hide itself here.
public struct BookingCheck {
    let asked: AskedDay
    let told: AnswerContents
    let stored: StoredDay
    var findings = BookingFindings()

    /// Compares the three.
    public static func findings(_ asked: AskedDay, _ told: AnswerContents, _ stored: StoredDay) -> BookingFindings {
        var check = BookingCheck(asked: asked, told: told, stored: stored)
        check.count()
        check.lookForDoubleBookings()
        check.lookAtRequests()
        check.lookAtHolds()
        check.lookAtPayments()
        check.lookAtCancellations()
        check.lookAtSteps()
        check.lookAtSettlements()
        check.lookAtMessages()
        check.findings.sort()
        return check.findings
    }

    private init(asked: AskedDay, told: AnswerContents, stored: StoredDay) {
        self.asked = asked
        self.told = told
        self.stored = stored
    }

    private var bookings: [StoredDay.Hold] { stored.holds.values.filter { $0.state == "confirmed" } }

    /// Whether a booking was cancelled, by what the store notes of it.
    func isCancelled(_ request: String) -> Bool { stored.notes[request]?.status == "cancelled" }

    /// The holds with which the customer of a request was told that they are confirmed.
    func confirmed(_ request: String) -> [String] {
        (told.answers[request] ?? []).filter { $0.answer == "confirmed" }.map(\.hold)
    }

    private mutating func count() {
        findings.requests = asked.requests.count
        findings.bookings = bookings.count
        findings.badLines = asked.badLines
        findings.payments = told.payments.count
        findings.refunds = told.payments.values.count { $0.returned > 0 }
        findings.refunds += told.effects.count { $0.service == "payments" }
        findings.damaged = stored.damaged
        if told.damagedLines > 0 { findings.damaged.append("\(told.damagedLines) lines of the ledger") }
    }

    // MARK: Double bookings

    /// Once by what the store says, for each unit, and once by the answers alone.
    private mutating func lookForDoubleBookings() {
        var stored: [String: [Taken]] = [:]
        for item in bookings.flatMap(\.items) {
            let name = item.unit.map { "\(item.resource) unit \($0)" } ?? item.resource
            stored[name, default: []].append(Taken(item.from, item.until, item.quantity))
        }
        for (name, taken) in stored {
            let resource = asked.resources[name]
            let most = resource.map { $0.hasUnits ? 0 : $0.most } ?? 1
            note(name, taken, most)
        }
        var answered: [String: [Taken]] = [:]
        for (id, request) in asked.requests where !confirmed(id).isEmpty && !isCancelled(id) {
            for (name, quantity) in request.items {
                answered[name, default: []].append(Taken(request.from, request.until, quantity))
            }
        }
        for (name, taken) in answered { note(name, taken, asked.resources[name]?.most ?? 0) }
    }

    private mutating func note(_ name: String, _ taken: [Taken], _ most: Int) {
        for minute in Set(taken.map(\.from)) {
            let sum = taken.reduce(0) { $0 + ($1.from <= minute && minute < $1.until ? $1.quantity : 0) }
            let text = "\(name) at \(Self.clock(minute)): \(sum) of \(most)"
            if sum > most, !findings.doubleBookings.contains(text) { findings.doubleBookings.append(text) }
        }
    }

    private struct Taken {
        let from: Int
        let until: Int
        let quantity: Int

        init(_ from: Int, _ until: Int, _ quantity: Int) {
            self.from = from
            self.until = until
            self.quantity = quantity
        }
    }

    private static func clock(_ minute: Int) -> String {
        [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    // MARK: Requests

    private mutating func lookAtRequests() {
        for (id, request) in asked.requests {
            let answers = told.answers[id] ?? []
            let last = answers.last?.answer
            let cancels = request.cancels && last == "confirmed"
            let isOver = last.map { $0 != "held" && $0 != "extended" || request.plan == .leave } ?? false && !cancels
            if let last, isOver { findings.answers[last, default: 0] += 1 }
            if !isOver || stored.unfinished.contains(id) { findings.unfinished.append(id) }
            for hold in Set(confirmed(id)) where !isBooking(hold, of: id) && !isCancelled(hold, of: id) {
                findings.lostConfirmations.append(id)
            }
            if stored.notes[id] != nil, confirmed(id).isEmpty { findings.untold.append(id) }
        }
    }

    func isBooking(_ hold: String, of request: String) -> Bool {
        stored.holds[hold]?.state == "confirmed" && stored.notes[request]?.hold == hold
    }

    private func isCancelled(_ hold: String, of request: String) -> Bool {
        isCancelled(request) && stored.holds[hold]?.state == "released" && stored.notes[request]?.hold == hold
    }

    // MARK: Holds

    private mutating func lookAtHolds() {
        let requests = Dictionary(stored.notes.map { ($1.hold, $0) }) { first, _ in first }
        for hold in stored.holds.values {
            switch hold.state {
            case "active": findings.holdsPastDeadline.append("hold \(hold.id)")
            case "expired":
                if !told.expiries.contains(hold.id) { findings.untold.append("hold \(hold.id)") }
            case "confirmed":
                guard let id = requests[hold.id], let request = asked.requests[id], isAsAsked(hold, request) else {
                    findings.different.append(requests[hold.id] ?? "hold \(hold.id)")
                    continue
                }
                // A payment may come late and find its place still free; a plain confirmation may not.
                guard let note = stored.notes[id], !note.isLate, let deadline = told.deadlines[hold.id] else { continue }
                if note.askedAt >= deadline { findings.holdsPastDeadline.append(id) }
            default: break
            }
        }
    }

    private func isAsAsked(_ hold: StoredDay.Hold, _ request: AskedDay.Request) -> Bool {
        var items: [String: Int] = [:]
        for item in hold.items {
            guard item.from == request.from, item.until == request.until else { return false }
            items[item.resource, default: 0] += item.quantity
        }
        return items == request.items && hold.holder == request.customer
    }

    // MARK: Payments

    private mutating func lookAtPayments() {
        var kept: [String: [String]] = [:]
        for (key, payment) in told.payments {
            // What a cancellation paid back is looked at there.
            let isBooked = confirmed(payment.request).contains {
                isBooking($0, of: payment.request) || isCancelled($0, of: payment.request)
            }
            let isAsAgreed = asked.requests[payment.request].map { $0.cents == payment.cents && $0.plan.isPaid } ?? false
            if payment.taken != 1 || payment.returned != (isBooked ? 0 : 1) || !isAsAgreed {
                findings.paymentsAstray.append(key)
            }
            if payment.returned == 0 { kept[payment.request, default: []].append(key) }
        }
        for (id, request) in asked.requests where request.plan.isPaid && !confirmed(id).isEmpty {
            let keys = kept[id]?.sorted() ?? []
            if keys.count != request.payments { findings.unpaid.append(id) }
            // What was paid at the desk is recorded there as often as it was paid.
            if request.plan == .payAtDesk, (stored.slips[id] ?? []).sorted() != keys { findings.unpaid.append(id) }
        }
    }
}

extension BookingFindings {
    fileprivate mutating func sort() {
        doubleBookings.sort()
        lostConfirmations.sort()
        holdsPastDeadline.sort()
        paymentsAstray.sort()
        unpaid.sort()
        different.sort()
        untold.sort()
        refundsAstray.sort()
        settlementsAstray.sort()
        halfCancelled.sort()
        doneTwice.sort()
        strangers.sort()
        messagesAstray.sort()
        recipientsAstray.sort()
        notesAstray.sort()
        unfinished.sort()
    }
}
