import ErrorClassification
import ResilienceCore
import RetryOrchestrator

/// A message to a customer.
struct Notice: Codable, Sendable, Equatable {
    let request: String
    let customer: String
    /// What it tells of: `confirmed`, `cancelled`.
    let occasion: String
    /// An address, or the token of a device.
    let recipient: String
}

/// Tells customers by mail and on their devices: durable queues, since a message that fails must not hold up a booking. A
/// recipient who is gone is marked and never tried again; other messages that fail for good are kept for a person.
struct Messages: Sendable {
    static let mail = "mail"
    static let push = "push"

    private let store: any RecordStore
    private let line: ServiceLine
    private let queues: [RetryQueue<Notice, Bool>]

    /// - Parameters:
    ///   - options: limits of the workers.
    ///   - forgets: takes a protection away: nobody notes which recipients are gone.
    init(on store: any RecordStore, _ line: ServiceLine, _ options: WorkerOptions, seed: UInt64, forgets: Bool) throws {
        (self.store, self.line) = (store, line)
        var queue = RetryQueueOptions()
        (queue.firstAttempts, queue.retries) = (options, options)
        queue.attemptTimeout = .seconds(60)
        // A crash of the process is no fault of the message.
        queue.deliveryLimit = 1_000
        queue.seed = seed
        let settings = queue
        queues = try [(Self.mail, ErrorClassifier.email), (Self.push, .push)].map { name, classifier in
            var policy = RetryPolicy.email
            // Who carries messages applies a key once.
            policy.isIdempotent = true
            return try RetryQueue(name, on: store, policy: policy, classifier: classifier, options: settings) { notice, attempt in
                do {
                    return try await Self.send(notice, by: name, key: attempt.idempotencyKey, store, line)
                } catch {
                    let isGone = classifier.verdict(on: error).category == .invalidRecipient
                    // Though the time of the attempt is up: the answer is known.
                    if isGone, !forgets { try await shielded { try await Self.mark(notice, in: store) } }
                    throw error
                }
            }
        }
    }

    /// Stores messages to all devices and to the address of a customer; the same again does nothing.
    func tell(_ customer: String, of occasion: String, _ request: String) async throws {
        guard let contact = try await Spaces.contacts.read(customer, in: store)?.value else { return }
        let mail = contact.mailGoneAt == nil ? [contact.mail].compactMap(\.self) : []
        for (queue, recipients) in zip(queues, [mail, contact.tokens]) {
            for recipient in recipients {
                let notice = Notice(request: request, customer: customer, occasion: occasion, recipient: recipient)
                try await queue.submit(notice, id: "\(request)/\(occasion)/\(recipient)")
            }
        }
    }

    func run() async {
        await withTaskGroup { group in
            for queue in queues { group.addTask { await queue.run() } }
        }
    }

    /// - Returns: `false` if the recipient was found to be gone since.
    private static func send(
        _ notice: Notice,
        by service: String,
        key: String,
        _ store: any RecordStore,
        _ line: ServiceLine
    ) async throws -> Bool {
        let contact = try await Spaces.contacts.read(notice.customer, in: store)?.value
        let isThere = service == mail ? contact?.mailGoneAt == nil : contact?.tokens.contains(notice.recipient) == true
        guard isThere else { return false }
        let call = ServiceCall(
            service: service,
            action: notice.occasion,
            request: notice.request,
            key: key,
            to: notice.recipient
        )
        try await line.call(call, .messages, isGone: gone(notice.recipient, service))
        return true
    }

    /// In this simulation the name of a recipient tells whether there is one.
    private static func gone(_ recipient: String, _ service: String) -> ServiceError? {
        if service == mail {
            guard recipient.hasSuffix("@gone.example") else { return nil }
            return ServiceError(source: "smtp", status: 550, code: "5.1.1", message: "550 5.1.1 User unknown")
        }
        guard recipient.hasPrefix("gone-") else { return nil }
        return ServiceError(source: "fcm", status: 404, code: "UNREGISTERED", message: "Requested entity was not found.")
    }

    private static func mark(_ notice: Notice, in store: any RecordStore) async throws {
        while let entry = try await Spaces.contacts.read(notice.customer, in: store) {
            var contact = entry.value
            guard contact.mark(notice.recipient, at: store.clock.now) else { return }
            do {
                let put = Spaces.contacts.put(contact, at: notice.customer, expect: entry.unchanged)
                try await store.commitSettling(Batch([put]))
                return
            } catch {
                // Another message to the same customer was faster.
                guard case .conflict = error else { throw error }
            }
        }
    }
}
