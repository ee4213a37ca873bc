import ExampleSupport
import Foundation
import ResilienceCore
import Synchronization

/// Worker processes that this one starts on its store, each a copy of the program with `--join`.
struct Crew: Sendable {
    private let workers: [WorkerProcess]

    init(_ options: Options, _ speed: RunSpeed, _ place: StorePlace) throws(ExitError) {
        let arguments =
            [
                "--join", "--store", place.option, "--ledger", place.ledger, "--gateway", options.gateway.rawValue,
                "--seed", "\(options.seed)", "--concurrency", "\(options.concurrency)", "--speed", speed.description,
                "--json",
            ] + (options.broken.map { ["--break", $0.rawValue] } ?? [])
        var workers: [WorkerProcess] = []
        for _ in 1...options.workers { workers.append(try WorkerProcess(arguments)) }
        self.workers = workers
    }

    /// Whether at least one is at work.
    var isAtWork: Bool { workers.contains { $0.status == nil } }

    /// Asks all to end in good order, as a signal to this process does.
    func stop() {
        for worker in workers where worker.status == nil { kill(worker.number, SIGTERM) }
    }

    /// Waits for all to end: how those ended that did not end well, and what all counted.
    func result() async -> (lost: [String], counts: Tally.Counts) {
        var lost: [String] = []
        var counts = Tally.Counts()
        for worker in workers {
            let status = await worker.ended()
            if status != 0 { lost.append("worker \(worker.number) ended with status \(status)") }
            counts.add(worker.counts())
        }
        return (lost, counts)
    }
}

/// One worker process.
private final class WorkerProcess: Sendable {
    /// Its process id.
    let number: Int32
    private let output: FileHandle
    private let ending = Ending()

    /// The exit status, once there is one.
    private final class Ending: Sendable {
        let status = Mutex<Int32?>(nil)
        let signal = Signal()
    }

    init(_ arguments: [String]) throws(ExitError) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        output = pipe.fileHandleForReading
        process.terminationHandler = { [ending] process in
            let status = process.terminationStatus
            ending.status.withLock { $0 = process.terminationReason == .exit ? status : 128 + status }
            ending.signal.ring()
        }
        do { try process.run() } catch { throw .failed("a worker process cannot be started: \(error)") }
        number = process.processIdentifier
    }

    /// The exit status; `nil` while it is at work.
    var status: Int32? { ending.status.withLock { $0 } }

    /// Waits for its end.
    func ended() async -> Int32 {
        while true {
            if let status { return status }
            await ending.signal.wait()
        }
    }

    /// What it counted: the last line that it printed.
    ///
    /// Nothing, if it was killed.
    func counts() -> Tally.Counts {
        let said = (try? output.readToEnd()) ?? Data()
        let last = said.split(separator: 0x0A).last ?? Data()
        return (try? JSONDecoder().decode(Tally.Counts.self, from: Data(last))) ?? Tally.Counts()
    }
}
