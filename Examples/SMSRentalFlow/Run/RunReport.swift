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

    var status: Int32 { result.end.status(findings, badLines: result.input.problems.count) }

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
        if result.end.alreadyKnown > 0 { lines.append(row("known from an earlier run", result.end.alreadyKnown)) }
        let problems = result.input.problems.count
        if problems > 0 { lines.append(row("lines of the input that were left out", problems)) }
        lines.append(result.end.time(at: speed))
        lines += result.end.check(findings, of: place)
        return lines
            + place.unfinished(
                findings.unfinished.count,
                "sms-rental-flow",
                ["--seed", "\(options.seed)"],
                input: options.input
            )
    }

    private func row(_ name: String, _ value: some CustomStringConvertible) -> String { RunEnd.row(name, value) }

    // MARK: For programs

    private var json: String {
        var object = result.end.fields(findings, of: place, speed, badLines: result.input.problems.count)
        let own: [String: Any] = [
            "seed": options.seed, "crashes": result.crashes, "refusals": refusals, "picks": board.picks,
            "offersTried": board.offers, "freePrices": freePrices.count, "centsSaved": freePrices.cents,
        ]
        object.merge(own) { _, own in own }
        object["break"] = options.broken?.rawValue
        return JSONLine.text(object)
    }
}
