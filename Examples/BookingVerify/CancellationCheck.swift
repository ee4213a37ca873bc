// What became of cancellations: each booking is cancelled in every part, or as it was, or awaits a person who was called.
extension BookingCheck {
    mutating func lookAtCancellations() {
        for (id, cancellation) in stored.cancellations {
            findings.cancellations[cancellation.state, default: 0] += 1
            if cancellation.state == "needsAttention" {
                findings.inReview[id] = told.alerts[id] ?? "nobody was told"
                if told.alerts[id] == nil { findings.untold.append(id) }
            }
            lookAtState(of: id, cancellation)
            lookAtSession(of: id, cancellation)
            lookAtNote(of: id, cancellation)
        }
        // Without a cancellation nothing was called off or paid back.
        for (id, note) in stored.notes where stored.cancellations[id] == nil {
            if note.status ?? "booked" != "booked" || !isWhole(id) { findings.halfCancelled.append(id) }
            lookAtRefunds(of: id, .none)
        }
    }

    private mutating func lookAtState(of id: String, _ cancellation: StoredDay.Cancellation) {
        let note = stored.notes[id]
        let last = told.answers[id]?.last?.answer
        let hold = note.flatMap { stored.holds[$0.hold]?.state }
        let isRight: Bool
        switch cancellation.state {
        case "completed":
            isRight = note?.status == "cancelled" && hold == "released" && isCalledOff(id) && last == "cancelled"
            lookAtRefunds(of: id, .all)
        case "compensated":
            isRight = note?.status == "booked" && hold == "confirmed" && isWhole(id) && last == "kept"
            lookAtRefunds(of: id, .none)
        case "needsAttention":
            isRight = last == "inReview" && (note?.status == "cancelled" ? hold == "released" : hold == "confirmed")
            lookAtRefunds(of: id, note?.status == "booked" ? .none : .some)
        default:
            if !findings.unfinished.contains(id) { findings.unfinished.append(id) }
            return lookAtRefunds(of: id, .some)
        }
        // Whoever has not been told yet is unfinished, and told of as that.
        if !isRight, !findings.unfinished.contains(id) { findings.halfCancelled.append(id) }
    }

    // MARK: Parts

    /// What services did about a request, in order.
    private func deeds(of service: String, about id: String) -> [String] {
        told.effects.filter { $0.service == service && $0.request == id }.map(\.action)
    }

    /// Whether code and trainer are called off.
    private func isCalledOff(_ id: String) -> Bool {
        let trainer = deeds(of: "trainer", about: id).last
        return deeds(of: "lock", about: id).last == "off" && (asked.requests[id]?.hasTrainer == true) == (trainer == "off")
    }

    /// Whether code and trainer are as at the beginning.
    private func isWhole(_ id: String) -> Bool {
        ["lock", "trainer"].allSatisfy { deeds(of: $0, about: id).last ?? "on" == "on" }
    }

    private enum Refunded {
        case none
        /// Some of the payments, each at most once.
        case some
        /// Each payment once.
        case all
    }

    private mutating func lookAtRefunds(of id: String, _ refunded: Refunded) {
        var made: [String: [Int]] = [:]
        for deed in told.effects where deed.service == "payments" && deed.request == id {
            made[deed.to, default: []].append(deed.cents)
        }
        let paid = told.payments.filter { $0.value.request == id && $0.value.returned == 0 }
        for (key, payment) in paid {
            let back = made.removeValue(forKey: key) ?? []
            let isRight =
                switch refunded {
                case .none: back.isEmpty
                case .some: back.isEmpty || back == [payment.cents]
                case .all: back == [payment.cents]
                }
            if !isRight { findings.refundsAstray.append(key) }
        }
        findings.refundsAstray += made.keys
    }

    /// Each refund of the provider is booked once, or kept as one that could not be; and nothing else is booked.
    mutating func lookAtSettlements() {
        var booked: [StoredDay.Settlement: Int] = [:]
        for entry in stored.settlements.values { booked[entry, default: 0] += 1 }
        for deed in told.effects where deed.service == "payments" {
            let entry = StoredDay.Settlement(key: deed.key, request: deed.request, cents: deed.cents)
            let isKept = stored.undelivered["refund-events"]?.contains("evt_\(deed.key)") == true
            let isRight = isKept ? booked[entry] ?? 1 == 1 : booked[entry] == 1
            // While the day goes on it may not have been told of yet.
            if !isRight, booked[entry] != nil || findings.unfinished.isEmpty { findings.settlementsAstray.append(deed.key) }
            booked[entry] = nil
        }
        findings.settlementsAstray += booked.keys.map(\.key)
    }

    // MARK: Steps

    /// A part is called off at most once, and taken up again at most once.
    mutating func lookAtSteps() {
        var counts: [[String]: Int] = [:]
        for deed in told.effects where deed.service == "lock" || deed.service == "trainer" {
            counts[[deed.request, deed.service, deed.action], default: 0] += 1
            if deed.action == "on" { findings.undone += 1 }
        }
        for (deed, count) in counts where count > 1 { findings.doneTwice.append(deed.joined(separator: " ")) }
    }

    private mutating func lookAtSession(of id: String, _ cancellation: StoredDay.Cancellation) {
        guard let session = cancellation.session, let request = asked.requests[id] else {
            findings.strangers.append(id)
            return
        }
        if session.isCached { findings.cachedSessions += 1 }
        let said = told.calls.filter { $0.service == "identity" && $0.to == request.customer }
        let wasVerified = said.contains { call in
            call.answer == "verified" && call.at == session.verifiedAt && (session.isCached || call.request == id)
        }
        let wasRejected = said.contains { $0.request == id && $0.answer == "rejected" }
        if session.customer != request.customer || !wasVerified || wasRejected { findings.strangers.append(id) }
    }

    /// A note that was read has a summary, or stands as it is, with the reason.
    private mutating func lookAtNote(of id: String, _ cancellation: StoredDay.Cancellation) {
        let note = asked.requests[id]?.note
        if cancellation.reason != nil { findings.rawNotes += 1 }
        guard cancellation.state == "completed" || cancellation.text != nil else { return }
        let isRaw = cancellation.text == note
        if (note == nil) != (cancellation.text == nil) || note != nil && isRaw != (cancellation.reason != nil) {
            findings.notesAstray.append(id)
        }
    }
}
