// What became of messages: each was delivered once, or given up and kept, or its recipient is marked as gone.
extension BookingCheck {
    private static let week: Int64 = 7 * 86_400_000_000

    mutating func lookAtMessages() {
        var delivered: [[String]: Int] = [:]
        for deed in told.effects where deed.service == "mail" || deed.service == "push" {
            delivered[[deed.service, deed.request, deed.action, deed.to], default: 0] += 1
            findings.messages += 1
        }
        for (message, count) in delivered where count > 1 {
            findings.messagesAstray.append(message.joined(separator: " "))
        }
        findings.undelivered = ["mail", "push"].reduce(0) { $0 + (stored.undelivered[$1]?.count ?? 0) }
        for (id, request) in asked.requests {
            guard let contact = asked.contacts[request.customer] else { continue }
            for occasion in occasions(id) { lookFor(occasion, id, contact, delivered) }
        }
        lookAtRecipients()
    }

    /// What the customer of a request was told of, and so has messages about.
    private func occasions(_ id: String) -> [String] {
        var occasions = confirmed(id).isEmpty ? [] : ["confirmed"]
        if stored.cancellations[id]?.state == "completed" { occasions.append("cancelled") }
        return findings.unfinished.contains(id) ? [] : occasions
    }

    private mutating func lookFor(
        _ occasion: String,
        _ id: String,
        _ contact: AskedDay.Contact,
        _ delivered: [[String]: Int]
    ) {
        let known = stored.contacts[asked.requests[id]?.customer ?? ""]
        let mail = [contact.mail].compactMap(\.self).map { ("mail", $0, known?.isMailGone == true) }
        let push = contact.devices.map { ("push", $0, known?.devices.contains($0) != true) }
        for (service, recipient, isGone) in mail + push where !isGone {
            let isDelivered = delivered[[service, id, occasion, recipient]] != nil
            let isKept = stored.undelivered[service]?.contains("\(id)/\(occasion)/\(recipient)") == true
            if !isDelivered, !isKept { findings.messagesAstray.append("\(service) \(id) \(occasion) \(recipient)") }
        }
    }

    /// Whoever a service said is gone is marked; of more than five devices that are, none was marked over a week ago;
    /// and none was forgotten that had no reason to be.
    private mutating func lookAtRecipients() {
        var customers: [String: String] = [:]
        for (customer, contact) in asked.contacts {
            for recipient in [contact.mail].compactMap(\.self) + contact.devices { customers[recipient] = customer }
        }
        let gone = Set(told.calls.filter { $0.answer == "gone" }.map(\.to))
        findings.goneRecipients = gone.count
        for recipient in gone {
            let known = customers[recipient].flatMap { stored.contacts[$0] }
            let isMarked = known.map { $0.gone[recipient] != nil || $0.isMailGone && recipient.contains("@") } ?? false
            if !isMarked { findings.recipientsAstray.append(recipient) }
        }
        for (customer, contact) in asked.contacts {
            guard let known = stored.contacts[customer] else {
                findings.recipientsAstray.append(customer)
                continue
            }
            let old = known.gone.filter { $0.value < told.latest - Self.week }
            if known.gone.count > 5 { findings.recipientsAstray += old.keys }
            let forgotten = contact.devices.subtracting(known.devices).subtracting(known.gone.keys)
                .sorted()
            let early = contact.gone.filter { $0.value <= 7 && known.gone[$0.key] == nil }
            findings.recipientsAstray += forgotten + early.keys
        }
    }
}
