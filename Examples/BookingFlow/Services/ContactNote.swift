import ResilienceCore

/// Where a customer can be reached, as far as is known by now.
struct ContactNote: Codable, Sendable, Equatable {
    var mail: String?
    /// When the address was found to be gone.
    var mailGoneAt: Timestamp?
    /// Devices by their tokens: when each was found to be gone, `nil` of one that is there.
    var devices: [String: Timestamp?]

    init(_ contact: Contact, at now: Timestamp) {
        mail = contact.mail
        devices = [:]
        for token in contact.devices { devices.updateValue(nil, forKey: token) }
        for (token, days) in contact.gone { devices[token] = now.advanced(by: .seconds(-86_400 * days)) }
    }

    /// The tokens of devices that are there.
    var tokens: [String] { devices.filter { $0.value == nil }.map(\.key).sorted() }

    /// Notes that a recipient is gone. When that makes more than five devices, those go that were marked over a week ago.
    ///
    /// - Returns: whether that changed anything.
    mutating func mark(_ recipient: String, at now: Timestamp) -> Bool {
        if recipient == mail {
            guard mailGoneAt == nil else { return false }
            mailGoneAt = now
            return true
        }
        guard let device = devices[recipient], device == nil else { return false }
        devices[recipient] = now
        guard devices.values.count(where: { $0 != nil }) > 5 else { return true }
        let week = now.advanced(by: .seconds(-7 * 86_400))
        devices = devices.filter { $0.value.map { $0 >= week } ?? true }
        return true
    }
}
