import ExampleSupport
import Foundation
import RentalVerify
import VerifyFiles

/// What a run says at its end, and how it exits.
struct RunReport {
    let options: Options
    let speed: RunSpeed
    let place: StorePlace
    let result: RentalRun.Result
    let findings: RentalFindings
    let board: Scoreboard
    let rentals: [Rental]
    /// Why requests ended without a number.
    let refusals: [String: Int]

    var status: Int32 {
        if let signal = result.signal { return ExitStatus.interrupted(by: signal) }
        guard findings.holds else { return ExitStatus.checkFailed }
        return result.input.problems.isEmpty ? ExitStatus.success : ExitStatus.badInput
    }

    func print() {
        for line in lines { Console.print(line) }
        if options.json { Console.print(json) }
    }

    // MARK: Numbers

    /// Rentals for less than the regular price, and what that saved in all.
    private var freePrices: (count: Int, cents: Int) {
        let regular = Dictionary(VendorProfile.all.map { ($0.name, $0.cents) }) { first, _ in first }
        let saved = rentals.map { (regular[$0.activation.vendor] ?? 0) - $0.activation.cents }.filter { $0 > 0 }
        return (saved.count, saved.reduce(0, +))
    }

    // MARK: For people

    private var lines: [String] {
        var lines = board.lines + [""]
        lines.append(row("rented", findings.rented))
        let (count, cents) = freePrices
        lines.append(row("  at a FreePrice", "\(count), \(String(format: "%.2f", Double(cents) / 100)) saved"))
        lines.append(row("without a number", findings.refused))
        for (reason, count) in refusals.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append(row("  \(reason)", count))
        }
        lines.append(row("cancelled and paid back", findings.cancelled))
        lines.append(row("cut off and begun again", result.crashes))
        if result.alreadyKnown > 0 { lines.append(row("known from an earlier run", result.alreadyKnown)) }
        let problems = result.input.problems.count
        if problems > 0 { lines.append(row("lines of the input that were left out", problems)) }
        lines.append(time)
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
        var command = ["sms-rental-flow", "--store", place.option, "--ledger", place.ledger]
        command += ["--seed", "\(options.seed)"]
        if let input = options.input { command += ["--input", input] }
        return ["\(count) unfinished; go on with: \(command.joined(separator: " "))"]
    }

    // MARK: For programs

    private var json: String {
        var object: [String: Any] = [
            "ok": status == ExitStatus.success, "seed": options.seed, "speed": speed.description,
            "store": place.option, "ledger": place.ledger, "badLines": result.input.problems.count,
            "alreadyKnown": result.alreadyKnown, "crashes": result.crashes, "refusals": refusals,
            "picks": board.picks, "offersTried": board.offers, "freePrices": freePrices.count,
            "centsSaved": freePrices.cents, "seconds": (result.seconds * 1_000).rounded() / 1_000,
            "check": findings.fields,
        ]
        object["signal"] = result.signal
        object["break"] = options.broken?.rawValue
        return JSONLine.text(object)
    }
}
