import ExampleSupport
import ResilienceCore

/// A simulated vendor of numbers. It misbehaves by the weather, and keeps its own books.
///
/// It knows no keys: whoever buys twice for the same reference has two activations. It pays back as often as it is told
/// to cancel. It can be asked which activation stands for a reference.
struct Vendor: Sendable {
    let profile: VendorProfile
    let weather: Weather
    let books: LedgerFile<VendorSum>
    let clock: any WallClock
    /// The life of the process that calls.
    var life: Life?
    var time: VirtualTime?

    /// How long a client waits for an answer.
    static let patience: Duration = .seconds(15)

    /// Sells an activation.
    ///
    /// - Parameters:
    ///   - reference: the caller's word for what it is for.
    ///   - cents: the price that is paid; the regular one if none is given.
    /// - Throws: ``VendorError`` as a client sees it; it may have sold one after some of them. `CancellationError`.
    func buy(_ request: RentalRequest, for reference: String, at cents: Int?) async throws -> Activation {
        let began = clock.now
        let (way, time) = weather.way(.buy, profile, about: reference, at: began)
        try await clock.pause(for: time / 2)
        let givenUp = began.advanced(by: Self.patience)
        switch way {
        case .lost: throw try await giveUp(at: givenUp)
        case .refused(let trouble): throw try await refuse(text(of: trouble), reference, began, wait: time / 2)
        case .done, .answerLost, .late: break
        }
        guard VendorProfile.services.contains(request.service) else {
            throw try await refuse(profile.words.badService, reference, began, wait: time / 2)
        }
        let delay = weather.delay(profile.name, about: reference, at: began)
        let at = way == .late ? givenUp.advanced(by: delay) : clock.now
        let line = try await sell(request, reference, cents ?? profile.cents, calledAt: began, at: at)
        guard way == .done else { throw try await giveUp(at: givenUp) }
        try await clock.pause(for: time / 2)
        return Activation(line)
    }

    private func sell(
        _ request: RentalRequest,
        _ reference: String,
        _ cents: Int,
        calledAt: Timestamp,
        at instant: Timestamp
    ) async throws -> VendorLine {
        try await write { books in
            var line = VendorLine(kind: .sale, vendor: profile.name, calledAt: calledAt, at: instant)
            line.reference = reference
            line.activation = "\(640_000_000 + books.sold)"
            line.phone = "+\(15_550_000_000 + books.sold)"
            line.service = request.service
            line.country = request.country
            line.cents = cents
            return (line, line)
        }
    }

    /// Cancels an activation and pays it back.
    func cancel(_ activation: String) async throws {
        let began = clock.now
        let (way, time) = weather.way(.cancel, profile, about: activation, at: began)
        try await clock.pause(for: time / 2)
        let givenUp = began.advanced(by: Self.patience)
        switch way {
        case .lost: throw try await giveUp(at: givenUp)
        case .refused(let trouble): throw try await refuse(text(of: trouble), activation, began, wait: time / 2)
        case .done, .answerLost, .late: break
        }
        let now = clock.now
        let refusal: String? = try await write { books in
            guard let sale = books.sale(activation, of: profile.name) else {
                return refusing(profile.words.unknownActivation, activation, began, now)
            }
            guard sale.line.at.advanced(by: profile.lockedFor) <= now else {
                return refusing(profile.words.tooEarly, activation, began, now)
            }
            var line = VendorLine(kind: .cancellation, vendor: profile.name, calledAt: began, at: now)
            line.activation = activation
            line.cents = sale.line.cents
            return (nil, line)
        }
        guard way == .done else { throw try await giveUp(at: givenUp) }
        try await clock.pause(for: time / 2)
        if let refusal { throw error(refusal) }
    }

    /// The activation that stands for a reference at present; `nil` if there is none.
    func activation(for reference: String) async throws -> Activation? {
        try await answer(about: reference)
        let now = clock.now
        let sale = try await write { books in (books.standing(for: reference, at: profile.name, now: now), nil) }
        return sale.map { Activation($0.line) }
    }

    /// How many numbers it has.
    func stock() async throws -> Int {
        try await answer(about: "stock")
        return weather.stock(of: profile.name, at: clock.now)
    }

    /// How many numbers of a service it has at which price, beside the regular one.
    func freePrices(_ service: String) async throws -> [Double: Int] {
        try await answer(about: "free")
        return weather.freePrices(service, regular: profile.cents, at: clock.now)
    }

    // MARK: Answers

    private func answer(about subject: String) async throws {
        let (way, time) = weather.way(.question, profile, about: subject, at: clock.now)
        try await clock.pause(for: way == .lost ? Self.patience : time)
        switch way {
        case .lost: throw VendorError.timedOut(profile, at: clock.now)
        case .refused(let trouble): throw error(text(of: trouble))
        case .done, .answerLost, .late: return
        }
    }

    private func giveUp(at instant: Timestamp) async throws -> VendorError {
        try await clock.pause(for: max(clock.now.duration(to: instant), .zero))
        return .timedOut(profile, at: clock.now)
    }

    private func refuse(
        _ text: String,
        _ subject: String,
        _ began: Timestamp,
        wait: Duration
    ) async throws -> VendorError {
        let now = clock.now
        let answer: String? = try await write { _ in refusing(text, subject, began, now) }
        try await clock.pause(for: wait)
        return error(answer ?? text)
    }

    private func refusing(
        _ text: String,
        _ subject: String,
        _ began: Timestamp,
        _ now: Timestamp
    ) -> (String?, VendorLine?) {
        var line = VendorLine(kind: .refusal, vendor: profile.name, calledAt: began, at: now)
        line.reference = subject
        line.answer = text
        return (text, line)
    }

    private func error(_ text: String) -> VendorError { VendorError(source: profile.source, message: text, at: clock.now) }

    private func text(of trouble: Weather.Trouble) -> String {
        let words = profile.words
        switch trouble {
        case .noNumbers: return words.noNumbers
        case .noBalance: return words.noBalance
        case .badKey: return words.badKey
        case .fault: return words.fault
        case .unreachable: return words.unreachable
        case .limit: return words.limit
        case .banned(let until):
            guard words.namesEndOfBan else { return words.banned }
            let end = "\(until)".prefix(19).map { $0 == "T" ? " " : String($0) }.joined()
            return "\(words.banned):'\(end)'"
        }
    }

    private func write<Result: Sendable>(_ decide: (VendorSum) -> (Result, VendorLine?)) async throws -> Result {
        try life?.pass()
        let result = try await books.decide(gather: { await time?.gather() }, decide)
        try life?.pass()
        return result
    }
}
