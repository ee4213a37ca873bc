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

    var status: Int32 { result.end.status(findings, badLines: result.input.problems.count) }

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
        if result.end.alreadyKnown > 0 { lines.append(row("known from an earlier run", result.end.alreadyKnown)) }
        let problems = result.input.problems.count
        if problems > 0 { lines.append(row("lines of the input that were left out", problems)) }
        lines += result.lostWorkers
        lines.append(result.end.time(at: speed))
        if !findings.inReview.isEmpty { lines += ["", "cancellations that need a person"] }
        lines += findings.inReview.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines += result.end.check(findings, of: place)
        return lines
            + place.unfinished(
                findings.unfinished.count,
                "booking-flow",
                ["--seed", "\(options.seed)"],
                input: options.input
            )
    }

    private func row(_ name: String, _ value: some CustomStringConvertible) -> String { RunEnd.row(name, value) }

    // MARK: For programs

    private var json: String {
        var object = result.end.fields(findings, of: place, speed, badLines: result.input.problems.count)
        let own: [String: Any] = [
            "seed": options.seed, "crashes": result.counts.crashes, "lostWorkers": result.lostWorkers.count,
        ]
        object.merge(own) { _, own in own }
        object["break"] = options.broken?.rawValue
        return JSONLine.text(object)
    }
}
