#if SQLite
import Foundation
import Testing

/// Processes that want one slot of one file, round after round.
@Suite(.timeLimit(.minutes(20))) struct HoldRaceTests {
    @Test func ofEightProcessesOnOneFileExactlyOneWinsEachOfAThousandRounds() async throws {
        // On a thread of its own: it waits for the processes.
        let wins = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try race(processes: 8, rounds: 1_000) }) }
        }
        print("race: rounds won by each process \(wins)")
        #expect(wins.reduce(0, +) == 1_000)
        #expect(wins.count { $0 > 0 } >= 2)
    }

    private func race(processes: Int, rounds: Int) throws -> [Int] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "race-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var racers: [Racer] = []
        defer { for racer in racers { racer.end() } }
        for number in 0..<processes {
            racers.append(try Racer(store: folder.appending(path: "store.db").path, name: "racer \(number)"))
        }
        var wins = Array(repeating: 0, count: processes)
        for round in 0..<rounds {
            for racer in racers { racer.say("go") }
            let answers = racers.map { $0.answer() }
            #expect(answers.count { $0 == "won" } == 1, "round \(round): \(answers)")
            #expect(answers.count { $0 == "lost" } == processes - 1, "round \(round): \(answers)")
            guard let winner = answers.firstIndex(of: "won") else { break }
            wins[winner] += 1
            racers[winner].say("release")
            #expect(racers[winner].answer() == "released")
        }
        return wins
    }
}

/// One process and the pipes to it.
private final class Racer {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread = Data()

    init(store: String, name: String) throws {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") && $0 != Bundle.main }
        let tests = bundle?.bundleURL ?? Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        process.executableURL = tests.deletingLastPathComponent().appending(path: "HoldRace")
        process.arguments = [store, name]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func say(_ line: String) { try? input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    /// The next line, or what was left of it when the process ended.
    func answer() -> String {
        while !unread.contains(10) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return "ended: " + String(decoding: unread, as: UTF8.self) }
            unread += more
        }
        let line = unread.prefix { $0 != 10 }
        unread = Data(unread.dropFirst(line.count + 1))
        return String(decoding: line, as: UTF8.self)
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
#endif
