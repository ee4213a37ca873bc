import Foundation
import ResilienceCore
import Synchronization

/// Worker processes that this one starts on its store, each a copy of the program.
package struct Crew: Sendable {
    private let workers: [WorkerProcess]

    /// - Parameters:
    ///   - count: how many.
    ///   - arguments: what each is started with.
    package init(of count: Int, arguments: [String]) throws(ExitError) {
        var workers: [WorkerProcess] = []
        for _ in 1...count { workers.append(try WorkerProcess(arguments)) }
        self.workers = workers
    }

    /// Whether at least one is at work.
    package var isAtWork: Bool { workers.contains { $0.status == nil } }

    /// Asks all to end in good order, as a signal to this process does.
    package func stop() {
        for worker in workers where worker.status == nil { kill(worker.number, SIGTERM) }
    }

    /// Waits for all to end: how those ended that did not end well, and what the others counted.
    package func result<Counts: Decodable>() async -> (lost: [String], counts: [Counts]) {
        var lost: [String] = []
        var counts: [Counts] = []
        for worker in workers {
            let status = await worker.ended()
            if status != 0 { lost.append("worker \(worker.number) ended with status \(status)") }
            if let counted: Counts = worker.counts() { counts.append(counted) }
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

    /// What it counted: the last line that it printed; `nil` if it was killed.
    func counts<Counts: Decodable>() -> Counts? {
        let said = (try? output.readToEnd()) ?? Data()
        let last = said.split(separator: 0x0A).last ?? Data()
        return try? JSONDecoder().decode(Counts.self, from: Data(last))
    }
}
