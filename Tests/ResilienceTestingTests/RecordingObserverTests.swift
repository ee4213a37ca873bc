import ResilienceCore
import ResilienceTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct RecordingObserverTests {
    private let observer = RecordingObserver()

    private func event(_ kind: String, _ subject: String = "a") -> ResilienceEvent {
        ResilienceEvent(.init(kind), at: Timestamp(seconds: 0), subject: subject)
    }

    @Test func itKeepsAndCountsEvents() {
        for kind in ["one", "two", "one"] { observer.observe(event(kind)) }
        #expect(observer.events.map(\.kind.rawValue) == ["one", "two", "one"])
        #expect(observer.count(.init("one")) == 2)
        #expect(observer.counts == [.init("one"): 2, .init("two"): 1])
    }

    @Test func anEventThatHasComeIsGivenAtOnce() async throws {
        observer.observe(event("one", "first"))
        observer.observe(event("one", "second"))
        #expect(try await observer.first { $0.kind.rawValue == "one" }.subject == "first")
    }

    @Test func anEventToComeIsWaitedFor() throws {
        let result = try Simulation.run(seed: 1) { [observer] sim in
            let waiting = sim.task("waiting") { try await observer.first { $0.kind.rawValue == "two" } }
            try await sim.clock.pause(for: .seconds(1))
            observer.observe(ResilienceEvent(.init("one"), at: sim.clock.now, subject: "a"))
            observer.observe(ResilienceEvent(.init("two"), at: sim.clock.now, subject: "b"))
            return try await waiting.value.subject
        }
        #expect(result.value == "b")
    }

    @Test func waitingEndsWithCancellation() async {
        let waiting = Task { [observer] in try await observer.first { _ in true } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
