import ExampleSupport
import Foundation
import PaymentVerify
import RetryOrchestrator
import VerifyFiles

/// What a run says at its end, and how it exits.
struct RunReport {
    private let options: Options
    private let speed: RunSpeed
    private let place: StorePlace
    private let result: FlowRun.Result
    private let contents: QueueContents
    private let findings: Findings

    init(
        _ options: Options,
        _ speed: RunSpeed,
        _ place: StorePlace,
        _ result: FlowRun.Result,
        _ contents: QueueContents,
        _ findings: Findings
    ) {
        self.options = options
        self.speed = speed
        self.place = place
        self.result = result
        self.contents = contents
        self.findings = findings
    }

    private var problems: Int { result.input?.problems.count ?? 0 }

    var status: Int32 { result.end.status(findings, badLines: problems) }

    func print() {
        for line in lines { Console.print(line) }
        if options.json { Console.print(json) }
    }

    // MARK: Numbers

    private var failures: [(code: String, count: Int)] {
        let counts = contents.failed.reduce(into: [String: Int]()) { $0[$1.code, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    private var switches: [(key: String, value: Int)] { result.counts.switches.sorted { $0.key < $1.key } }

    private var notices: [(key: String, value: Int)] { result.counts.notices.sorted { $0.key < $1.key } }

    private var recovered: Int { contents.done.count { $0.recoveredAfterAmbiguity } }

    /// How many payments took how many attempts.
    private var attempts: [(attempts: Int, payments: Int)] {
        let all = contents.done.map(\.attempts) + contents.failed.map(\.attempts)
        return all.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    private var attemptsInAll: Int { attempts.reduce(0) { $0 + $1.attempts * $1.payments } }

    // MARK: For people

    private var lines: [String] {
        var lines = [row("succeeded", contents.done.count), row("  recovered after ambiguity", recovered)]
        lines.append(row("failed", contents.failed.count))
        lines += failures.map { row("  \($0.code)", $0.count) }
        lines.append(row("attempts", attemptsInAll))
        lines += attempts.map { row("  payments with \($0.attempts)", $0.payments) }
        lines.append(row("refused by a fence: store, gateway", "\(result.counts.fenced), \(result.counts.stale)"))
        lines += notices.map { row("told of what is given up: \($0.key)", $0.value) }
        if result.counts.rolledBack > 0 {
            lines.append(row("amounts that wait for another batch", result.counts.rolledBack))
        }
        lines += switches.map { row("another key stood in: \($0.key)", $0.value) }
        if result.stops > 0 { lines.append(row("a worker was stopped past its lease", result.stops)) }
        if result.end.alreadyKnown > 0 { lines.append(row("known from an earlier run", result.end.alreadyKnown)) }
        if let repeated = result.input?.repeated, repeated > 0 {
            lines.append(row("repeated lines of the input", repeated))
        }
        if problems > 0 { lines.append(row("lines of the input that are no payment", problems)) }
        lines += result.lostWorkers
        lines.append(result.end.time(at: speed))
        lines += result.end.check(findings, of: place)
        return lines + place.unfinished(contents.pending.count, "payment-flow", goingOn, input: options.input)
    }

    private func row(_ name: String, _ value: some CustomStringConvertible) -> String { RunEnd.row(name, value) }

    /// The options with which another run goes on.
    private var goingOn: [String] {
        ["--gateway", options.gateway.rawValue, "--seed", "\(options.seed)"]
            + (options.nodeKeys > 0 ? ["--node-keys", "\(options.nodeKeys)"] : [])
    }

    // MARK: For programs

    private var json: String {
        var object = result.end.fields(findings, of: place, speed, badLines: problems)
        let own: [String: Any] = [
            "seed": options.seed, "gateway": options.gateway.rawValue, "payments": findings.expected,
            "repeatedLines": result.input?.repeated ?? 0, "succeeded": contents.done.count,
            "failed": contents.failed.count,
            "failedByCode": Dictionary(uniqueKeysWithValues: failures.map { ($0.code, $0.count) }),
            "pending": contents.pending.count, "recovered": recovered, "attempts": attemptsInAll,
            "paymentsByAttempts": Dictionary(uniqueKeysWithValues: attempts.map { ("\($0.attempts)", $0.payments) }),
            "fenced": result.counts.fenced, "stale": result.counts.stale, "ambiguous": result.counts.ambiguous,
            "switches": result.counts.switches, "notices": result.counts.notices,
            "rolledBack": result.counts.rolledBack, "storeErrors": result.counts.storeErrors, "stops": result.stops,
            "lostWorkers": result.lostWorkers.count,
        ]
        object.merge(own) { _, own in own }
        object["break"] = options.broken?.rawValue
        return JSONLine.text(object)
    }
}
