import BookingVerify
import ExampleSupport
import Foundation
import VerifyFiles

/// What a run says at its end, and how it exits.
struct RunReport {
    private let options: Options
    private let speed: RunSpeed
    private let place: StorePlace
    private let result: DayRun.Result
    private let findings: BookingFindings
    private let picture: DayPicture

    init(
        _ options: Options,
        _ speed: RunSpeed,
        _ place: StorePlace,
        _ result: DayRun.Result,
        _ findings: BookingFindings,
        _ picture: DayPicture
    ) {
        self.options = options
        self.speed = speed
        self.place = place
        self.result = result
        self.findings = findings
        self.picture = picture
    }

    var status: Int32 {
        if let signal = result.signal { return ExitStatus.interrupted(by: signal) }
        guard findings.holds else { return ExitStatus.checkFailed }
        return result.input.problems.isEmpty ? ExitStatus.success : ExitStatus.badInput
    }

    func print() {
        for line in lines { Console.print(line) }
        if options.json { Console.print(json) }
    }

    // MARK: For people

    private var lines: [String] {
        var lines = picture.lines + [""]
        for outcome in findings.answers.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append(row(outcome.key, outcome.value))
        }
        for (name, count) in [
            ("steps of cancellations undone", findings.undone), ("notes left as they are", findings.rawNotes),
            ("let in by a remembered session", findings.cachedSessions),
            ("cut off and begun again", result.counts.crashes),
        ] { lines.append(row(name, count)) }
        if result.alreadyKnown > 0 { lines.append(row("known from an earlier run", result.alreadyKnown)) }
        let problems = result.input.problems.count
        if problems > 0 { lines.append(row("lines of the input that were left out", problems)) }
        lines += result.lostWorkers
        lines.append(time)
        if !findings.inReview.isEmpty { lines += ["", "cancellations that need a person"] }
        lines += findings.inReview.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines += ["", "check of the ledger \(place.ledger)"] + findings.lines.map { "  \($0)" }
        return lines + (findings.unfinished.isEmpty ? [] : unfinished)
    }

    private func row(_ name: String, _ value: some CustomStringConvertible) -> String {
        name.padding(toLength: 40, withPad: " ", startingAt: 0) + value.description
    }

    private var time: String {
        let seconds = String(format: "%.1f s", result.seconds)
        guard let virtual = result.virtualSeconds else { return row("time", "\(seconds) at \(speed)") }
        return row("time", "\(seconds), in which \(Int(virtual)) s of virtual time went by")
    }

    private var unfinished: [String] {
        let count = findings.unfinished.count
        guard place.file != nil else { return ["\(count) unfinished; they were in memory only"] }
        var command = ["booking-flow", "--store", place.option, "--ledger", place.ledger, "--seed", "\(options.seed)"]
        if let input = options.input { command += ["--input", input] }
        return ["\(count) unfinished; go on with: \(command.joined(separator: " "))"]
    }

    // MARK: For programs

    private var json: String {
        var object: [String: Any] = [
            "ok": status == ExitStatus.success, "seed": options.seed, "speed": speed.description,
            "store": place.option, "ledger": place.ledger, "badLines": result.input.problems.count,
            "alreadyKnown": result.alreadyKnown, "crashes": result.counts.crashes,
            "lostWorkers": result.lostWorkers.count,
            "seconds": (result.seconds * 1_000).rounded() / 1_000, "check": findings.fields,
        ]
        object["signal"] = result.signal
        object["break"] = options.broken?.rawValue
        return JSONLine.text(object)
    }
}
