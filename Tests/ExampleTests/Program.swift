import Foundation
import Testing

/// Runs the built program as a user does.
struct Program {
    /// What a run left behind.
    struct Ended {
        let status: Int32
        let output: String
        let errors: String

        /// The last line of the output as JSON.
        var json: [String: Any] {
            let last = output.split(separator: "\n").last ?? ""
            let object = try? JSONSerialization.jsonObject(with: Data(last.utf8))
            return object as? [String: Any] ?? [:]
        }

        func number(_ field: String) -> Int { json[field] as? Int ?? -1 }

        /// A number of the check within the report.
        func check(_ field: String) -> Int { (json["check"] as? [String: Any])?[field] as? Int ?? -1 }

        var ok: Bool { json["ok"] as? Bool ?? false }

        /// The report without what differs from run to run: how long it took, and where its ledger is.
        var day: NSDictionary { NSDictionary(dictionary: json.filter { $0.key != "seconds" && $0.key != "ledger" }) }
    }

    /// Where the tests are built, and with them the program.
    private static var folder: URL {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") && $0 != Bundle.main }
        let tests = bundle?.bundleURL ?? Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent()
    }

    let process = Process()
    private let output: URL
    private let errors: URL
    private let end: AsyncStream<Never>

    /// Starts it.
    init(_ arguments: [String], input: String? = nil, folder: URL? = nil, of program: String = "payment-flow") throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "payment-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        output = scratch.appending(path: "out")
        errors = scratch.appending(path: "err")
        for file in [output, errors] { try Data().write(to: file) }
        process.executableURL = Self.folder.appending(path: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder ?? scratch
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        if let input {
            let file = scratch.appending(path: "in")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let (end, ended) = AsyncStream.makeStream(of: Never.self)
        self.end = end
        // Not `waitUntilExit`, which keeps a thread, and on Linux a processor, busy.
        process.terminationHandler = { _ in ended.finish() }
        try process.run()
    }

    /// What it has said so far on its standard error.
    var errorsSoFar: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for its end, and leaves the thread to other tests, some of which have leases to keep.
    func ended() async throws -> Ended {
        for await _ in end {}
        let ended = Ended(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
        try? FileManager.default.removeItem(at: output.deletingLastPathComponent())
        return ended
    }

    /// Runs it to its end. Only as many run at once as the machine has processors.
    static func run(
        _ arguments: [String],
        input: String? = nil,
        folder: URL? = nil,
        of program: String = "payment-flow"
    ) async throws -> Ended {
        await turns.take()
        do {
            let ended = try await Program(arguments, input: input, folder: folder, of: program).ended()
            await turns.giveBack()
            return ended
        } catch {
            await turns.giveBack()
            throw error
        }
    }

    static func run(_ arguments: String..., input: String? = nil, folder: URL? = nil) async throws -> Ended {
        try await run(arguments, input: input, folder: folder)
    }

    private static let turns = Turns(max(2, ProcessInfo.processInfo.activeProcessorCount))
}

/// So many at a time, in the order in which they came.
private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        guard free == 0 else { return free -= 1 }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A folder of a test's own, with the first payments of those that ship.
final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "payment-files-\(UUID().uuidString)")

    init(payments: Int = 300) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let lines = try String(contentsOf: Self.shipped, encoding: .utf8).split(separator: "\n").prefix(payments)
        try write(lines.joined(separator: "\n") + "\n", to: "payments.jsonl")
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    static var shipped: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples/PaymentFlow/payments.jsonl").standardizedFileURL
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    var input: String { path("payments.jsonl") }
    var store: String { "sqlite:" + path("store.db") }
    var ledger: String { path("store.db.ledger") }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }

    func read(_ name: String) throws -> String { try String(contentsOf: url.appending(path: name), encoding: .utf8) }

    /// How often each payment stands in the ledger.
    func paid(_ name: String = "store.db.ledger") throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in try read(name).split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard object?["kind"] as? String == "payment", let id = object?["id"] as? String else { continue }
            counts[id, default: 0] += 1
        }
        return counts
    }
}
