import HoldTimer
import ResilienceCore
import ResilienceTesting
import Synchronization
import Testing

/// Every order of the store operations of three clients who want one court.
@Suite(.timeLimit(.minutes(20))) struct HoldScheduleTests {
    /// What one client does.
    enum Act: Sendable {
        /// Takes the court and confirms it.
        case create
        /// Confirms the hold that is there.
        case confirm
        /// As that, and takes the court again if it was too late.
        case confirmLate
        /// Moves the deadline of the hold that is there, and confirms it.
        case extend
        /// Gives the hold back that is there.
        case release
        /// Lets the deadline of the hold pass, and records its expiry.
        case expire
    }

    static let scenarios: [[Act]] = [
        [.create, .create, .create],
        [.create, .confirm, .expire],
        [.extend, .expire, .create],
        [.release, .confirm, .create],
        [.confirmLate, .expire, .create],
        [.confirm, .extend, .expire],
    ]

    @Test(arguments: scenarios)
    func noScheduleHoldsTheCourtTwiceConfirmsLateOrLosesABooking(acts: [Act]) throws {
        let schedules = allSchedules(clients: 3, operations: 4)
        #expect(schedules.count == 34_650)
        // A part of them, evenly spread, where the simulations are not run in full.
        let chosen = stride(from: 0, to: schedules.count, by: SimulationShare.isRelease ? 1 : 35).map { schedules[$0] }
        let result = try Simulation.run(seed: 1, stepLimit: .max) { _ in
            var wrong: [String] = []
            var operations = 0
            var bookings: [Int: Int] = [:]
            for order in chosen {
                let run = try await Self.run(acts, order)
                operations += run.operations
                bookings[run.bookings, default: 0] += 1
                if !run.violations.isEmpty, wrong.count < 5 { wrong.append("\(order): \(run.violations)") }
            }
            return (wrong, operations, bookings)
        }
        let (wrong, operations, bookings) = result.value
        #expect(wrong.isEmpty)
        #expect(result.foreignJobs == 0)
        if !acts.contains(.release), !acts.contains(.expire) { #expect(bookings == [1: chosen.count]) }
        let ends = bookings.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }.joined(separator: ", ")
        let names = acts.map { "\($0)".split(separator: ".").last ?? "" }.joined(separator: ", ")
        print("schedules of \(names): \(chosen.count), \(operations) store operations, bookings in the end: \(ends)")
    }

    @Test func aDeskWithoutOneRuleIsFound() throws {
        let schedules = allSchedules(clients: 3, operations: 4)
        for (mutant, acts) in [
            (HoldMutant.guardReadAfterProbe, [Act.create, .create, .create]),
            (.staleExpectation, [.release, .confirm, .create]),
            (.confirmIgnoresDeadline, [.confirm, .extend, .expire]),
        ] {
            let found = try Simulation.run(seed: 1, stepLimit: .max) { _ in
                for (number, order) in schedules.enumerated() where number % 7 == 0 {
                    if !(try await Self.run(acts, order, mutant)).violations.isEmpty { return true }
                }
                return false
            }.value
            #expect(found, "\(mutant)")
        }
    }

    // MARK: One schedule

    private static func run(
        _ acts: [Act],
        _ order: [Int],
        _ mutant: HoldMutant? = nil
    ) async throws -> (violations: [String], operations: Int, bookings: Int) {
        let clock = ManualClock()
        let truth = HoldWitness(InMemoryStore(clock: clock))
        let gate = ScheduleGate()
        let start = Timestamp(seconds: 4_000_000_000)
        let court = HoldItem("court", .interval(from: start, until: start.advanced(by: .seconds(60))))
        var held: Hold?
        if !acts.allSatisfy({ $0 == .create }) { held = try await desk(truth, 99).hold([court], by: "ann") }
        let confirmed = Mutex<[String]>([])
        let clients = try acts.enumerated().map { number, act -> @Sendable () async -> Void in
            let gated = GatedStore(base: truth, gate: gate, client: number)
            let desk = try desk(MutantStore(base: gated, mutant: mutant), UInt64(number))
            let id = held?.id ?? ""
            return {
                let booking = try? await self.act(act, desk, id, court, by: "c\(number)") {
                    await gate.pass(number)
                    clock.advance(by: .seconds(61))
                }
                if let booking { confirmed.withLock { $0.append(booking) } }
            }
        }
        let operations = await gate.run(order, clients)
        var violations = truth.violations
        var bookings = 0
        for record in try await truth.scan(Scan("hold.courts")) {
            let hold: Hold = try record.value.get()
            guard hold.state == .confirmed else { continue }
            bookings += 1
            confirmed.withLock { $0.removeAll { $0 == hold.id } }
        }
        let lost = confirmed.withLock { $0 }
        if !lost.isEmpty { violations.append("confirmations are lost: \(lost)") }
        return (violations, operations, bookings)
    }

    private static func desk(_ store: any RecordStore, _ seed: UInt64) throws -> HoldDesk {
        var options = HoldOptions()
        options.duration = .seconds(60)
        options.longest = .seconds(150)
        options.holdsPerHolder = nil
        options.seed = seed
        return try HoldDesk("courts", on: store, options: options)
    }

    /// The id of what was booked, if anything was.
    private static func act(
        _ act: Act,
        _ desk: HoldDesk,
        _ id: String,
        _ court: HoldItem,
        by holder: String,
        tick: () async -> Void
    ) async throws -> String? {
        switch act {
        case .create: return try await desk.confirm(desk.hold([court], by: holder).id).id
        case .confirm: return try await desk.confirm(id).id
        case .confirmLate:
            switch try await desk.confirmOrReacquire(id, otherwise: { _ in }) {
            case .confirmed(let booking), .alreadyConfirmed(let booking): return booking.id
            case .refused: return nil
            }
        case .extend:
            try await desk.extend(id, by: .seconds(30))
            return try await desk.confirm(id).id
        case .release: try await desk.release(id)
        case .expire:
            await tick()
            _ = try await desk.expire(id)
        }
        return nil
    }
}
