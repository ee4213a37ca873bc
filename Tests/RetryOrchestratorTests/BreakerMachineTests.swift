import ResilienceCore
import RetryOrchestrator
import Testing

@Suite("The circuit breaker's machine")
struct BreakerMachineTests {
    private let second = Duration.seconds(1)

    /// Lets a call through and has it end so; gives whether it was let through.
    @discardableResult
    private func call(
        _ machine: inout BreakerMachine,
        fails: Bool,
        slow: Bool = false,
        at now: Duration = .zero
    ) -> Bool {
        guard case .passes(let pass) = machine.admit(at: now) else { return false }
        machine.record(CallMark(isFailure: fails, isSlow: slow), of: pass, at: now)
        return true
    }

    @Test("It opens when the failure rate is reached, but not before the minimum of calls")
    func failureRate() throws {
        var machine = BreakerMachine(try BreakerOptions(window: .calls(10), failureRate: 0.5, minimumCalls: 10))
        for number in 0..<9 { call(&machine, fails: number % 2 == 0) }
        #expect(machine.state == .closed)
        call(&machine, fails: false)
        #expect(machine.state == .open(until: .seconds(30)), "5 of 10")
        machine = BreakerMachine(try BreakerOptions(window: .calls(10), failureRate: 0.51, minimumCalls: 10))
        for number in 0..<100 { call(&machine, fails: number % 2 == 0) }
        #expect(machine.state == .closed)
    }

    @Test("A window of calls forgets the oldest")
    func ring() throws {
        var machine = BreakerMachine(try BreakerOptions(window: .calls(4), failureRate: 1, minimumCalls: 4))
        for fails in [true, true, true, false, true, true, true] { call(&machine, fails: fails) }
        #expect(machine.state == .closed)
        #expect(machine.window.counts.failures == 3)
        call(&machine, fails: true)
        #expect(machine.state.name == .open)
    }

    @Test("A window of time forgets slice by slice")
    func slices() throws {
        let options = try BreakerOptions(window: .time(.seconds(10)), failureRate: 1, minimumCalls: 1000)
        var machine = BreakerMachine(options)
        for number in 0..<20 { call(&machine, fails: true, at: second * number) }
        #expect(machine.window.counts == counts(10, 10))
        machine.turn(to: .seconds(24))
        #expect(machine.window.counts == counts(5, 5))
        machine.turn(to: .seconds(1_000_000))
        #expect(machine.window.counts == counts(0, 0))
        call(&machine, fails: false, at: .seconds(1_000_000))
        #expect(machine.window.counts == counts(1, 0))
        call(&machine, fails: false, at: .seconds(5))
        #expect(machine.window.counts == counts(2, 0), "a clock that steps back does no harm")
    }

    private func counts(_ calls: Int, _ failures: Int) -> CallCounts {
        var counts = CallCounts()
        for number in 0..<calls { counts.add(CallMark(isFailure: number < failures)) }
        return counts
    }

    @Test("Slow calls open it, successes too")
    func slow() throws {
        let slow = BreakerOptions.SlowCalls(over: .seconds(1), rate: 0.5)
        var machine = BreakerMachine(
            try BreakerOptions(window: .calls(4), failureRate: nil, slowCalls: slow, minimumCalls: 4)
        )
        for isSlow in [true, false, false] { call(&machine, fails: false, slow: isSlow) }
        #expect(machine.state == .closed)
        call(&machine, fails: false, slow: true)
        #expect(machine.state.name == .open)
    }

    @Test("Failures in a row open it whatever the rates; a success begins the row anew")
    func row() throws {
        var machine = BreakerMachine(try BreakerOptions(failureRate: nil, consecutiveFailures: 3))
        for fails in [true, true, false, true, true] { call(&machine, fails: fails) }
        #expect(machine.state == .closed)
        call(&machine, fails: true)
        #expect(machine.state.name == .open)
    }

    private func opened(probes: Int = 3) throws -> BreakerMachine {
        var machine = BreakerMachine(
            try BreakerOptions(failureRate: 0.5, consecutiveFailures: 1, openFor: .seconds(30), probes: probes)
        )
        call(&machine, fails: true)
        return machine
    }

    @Test("Open, it refuses and says for how long; after its time it lets through as many as there are probes")
    func halfOpen() throws {
        var machine = try opened()
        #expect(machine.admit(at: .seconds(10)) == .refused(retryAfter: .seconds(20)))
        let admissions = (0..<10).map { _ in machine.admit(at: .seconds(30)) }
        let passed = admissions.count { if case .passes = $0 { true } else { false } }
        #expect(passed == 3)
        #expect(machine.state.name == .halfOpen)
        #expect(machine.refused == 8)
    }

    @Test("Probes that succeed close it; a failure rate among them opens it at once")
    func probes() throws {
        var machine = try opened()
        for _ in 0..<3 { #expect(call(&machine, fails: false, at: .seconds(30)) == true) }
        #expect(machine.state == .closed)
        #expect(machine.window.counts.calls == 0)
        machine = try opened()
        call(&machine, fails: true, at: .seconds(30))
        #expect(machine.state.name == .halfOpen, "1 of 3")
        call(&machine, fails: true, at: .seconds(40))
        #expect(machine.state == .open(until: .seconds(70)))
    }

    @Test("A probe that comes back untried gives its place to another")
    func givenBack() throws {
        var machine = try opened(probes: 1)
        guard case .passes(let pass) = machine.admit(at: .seconds(30)) else {
            Issue.record("the first call after the time is a probe")
            return
        }
        #expect(machine.admit(at: .seconds(31)) == .refused(retryAfter: nil))
        machine.giveBack(pass)
        #expect(call(&machine, fails: false, at: .seconds(32)) == true)
        #expect(machine.state == .closed)
    }

    @Test("What comes back from before the last change is not counted")
    func generations() throws {
        var machine = try opened(probes: 1)
        guard case .passes(let first) = machine.admit(at: .seconds(30)) else { return }
        machine.forceOpen()
        machine.close()
        machine.record(CallMark(isFailure: true), of: first, at: .seconds(31))
        #expect(machine.state == .closed)
        #expect(machine.window.counts.calls == 0)
        call(&machine, fails: true, at: .seconds(31))
        guard case .passes(let second) = machine.admit(at: .seconds(61)) else { return }
        machine.giveBack(first)
        #expect(machine.admit(at: .seconds(61)) == .refused(retryAfter: nil), "an old probe frees no place")
        machine.record(CallMark(isFailure: false), of: first, at: .seconds(61))
        #expect(machine.state.name == .halfOpen)
        machine.record(CallMark(isFailure: false), of: second, at: .seconds(61))
        #expect(machine.state == .closed)
    }

    @Test("Forced, it stays so until it is reset")
    func forced() throws {
        var machine = BreakerMachine(try BreakerOptions(failureRate: nil, consecutiveFailures: 1))
        machine.forceClosed()
        for _ in 0..<10 { #expect(call(&machine, fails: true) == true) }
        machine.forceOpen()
        #expect(machine.admit(at: .seconds(1_000_000)) == .refused(retryAfter: nil))
        machine.close()
        #expect(call(&machine, fails: false) == true)
    }

    @Test("Other options keep the state and the calls that were counted")
    func reconfiguration() throws {
        var machine = BreakerMachine(try BreakerOptions(window: .calls(10), failureRate: 1, minimumCalls: 10))
        for number in 0..<9 { call(&machine, fails: number < 4) }
        machine.reconfigure(try BreakerOptions(window: .calls(100), failureRate: 1, minimumCalls: 10), at: .zero)
        #expect(machine.window.counts == counts(9, 4))
        machine.reconfigure(try BreakerOptions(window: .time(.seconds(10)), failureRate: 1), at: .zero)
        #expect(machine.window.counts == counts(9, 4))
        machine.reconfigure(try BreakerOptions(window: .calls(50), failureRate: 1), at: .zero)
        #expect(machine.window.counts == counts(9, 4))
        machine.reconfigure(try BreakerOptions(window: .calls(2), failureRate: 1, minimumCalls: 2), at: .zero)
        #expect(machine.window.counts.calls == 2)
        var open = try opened()
        open.reconfigure(try BreakerOptions(openFor: .seconds(1), probes: 1), at: .zero)
        #expect(open.admit(at: .seconds(29)) == .refused(retryAfter: second))
        #expect(call(&open, fails: false, at: .seconds(30)) == true)
        #expect(open.state == .closed)
    }

    @Test("Half open, options with fewer probes than have come back decide at once instead of refusing for ever")
    func fewerProbes() throws {
        for (fails, expected) in [(false, CircuitState.closed), (true, .open)] {
            var machine = BreakerMachine(
                try BreakerOptions(failureRate: 0.5, consecutiveFailures: 1, openFor: .seconds(30), probes: 10)
            )
            call(&machine, fails: true)
            for _ in 0..<3 { #expect(call(&machine, fails: fails, at: .seconds(30)) == true) }
            #expect(machine.state.name == .halfOpen)
            machine.reconfigure(try BreakerOptions(failureRate: 0.5, probes: 2), at: .seconds(31))
            #expect(machine.state.name == expected)
            #expect(call(&machine, fails: false, at: .seconds(100)) == true)
        }
    }

    @Test("A failure rate is reached by as many calls as it says", arguments: 1...100)
    func exactRate(percent: Int) throws {
        let rate = Double(percent) / 100
        let slow = BreakerOptions.SlowCalls(over: .seconds(1), rate: rate)
        for options in [
            try BreakerOptions(failureRate: rate, minimumCalls: 100),
            try BreakerOptions(failureRate: nil, slowCalls: slow, minimumCalls: 100),
        ] {
            var machine = BreakerMachine(options)
            for number in 0..<99 { call(&machine, fails: number < percent - 1, slow: number < percent - 1) }
            var other = machine
            call(&machine, fails: true, slow: true)
            #expect(machine.state.name == .open)
            call(&other, fails: false)
            #expect(other.state == .closed)
        }
    }

    @Test("Options that cannot work are refused by name")
    func validation() {
        func field(_ make: () throws -> BreakerOptions) -> String? {
            do {
                _ = try make()
                return nil
            } catch { return (error as? InvalidArgument)?.field }
        }
        #expect(field { try BreakerOptions(window: .calls(10), minimumCalls: 11) } == "minimumCalls")
        #expect(field { try BreakerOptions(window: .calls(0), minimumCalls: 1) } == "window")
        #expect(field { try BreakerOptions(window: .time(.zero)) } == "window")
        #expect(field { try BreakerOptions(failureRate: 0) } == "failureRate")
        #expect(field { try BreakerOptions(failureRate: nil) } == "failureRate")
        #expect(field { try BreakerOptions(slowCalls: .init(over: .zero, rate: 1)) } == "slowCalls.limit")
        #expect(field { try BreakerOptions(openFor: .zero) } == "openFor")
        #expect(field { try BreakerOptions(probes: 0) } == "probes")
    }
}
