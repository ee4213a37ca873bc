import Foundation
package import VerifyFiles

/// How a run ended, and what every run says of that.
package struct RunEnd: Sendable {
    /// The signal that ended it; `nil` if it came to its end.
    package var signal: Int32?
    /// How much of the input was in the store already.
    package var alreadyKnown = 0
    /// How long it took.
    package var seconds = 0.0
    /// How much virtual time went by.
    package var virtualSeconds: Double?

    package init() {}

    /// How the program exits.
    package func status(_ findings: some CheckFindings, badLines: Int) -> Int32 {
        if let signal { return ExitStatus.interrupted(by: signal) }
        return ExitStatus.of(findings, badLines: badLines)
    }

    // MARK: For people

    /// How long it took.
    package func time(at speed: RunSpeed) -> String {
        let taken = String(format: "%.1f s", seconds)
        guard let virtualSeconds else { return Self.row("time", "\(taken) at \(speed)") }
        return Self.row("time", "\(taken), in which \(Int(virtualSeconds)) s of virtual time went by")
    }

    /// What was found in the ledger, with an empty line before it.
    package func check(_ findings: some CheckFindings, of place: StorePlace) -> [String] {
        ["", "check of the ledger \(place.ledger)"] + findings.lines.map { "  \($0)" }
    }

    /// A name and what belongs to it.
    package static func row(_ name: String, _ value: some CustomStringConvertible) -> String {
        name.padding(toLength: 40, withPad: " ", startingAt: 0) + value.description
    }

    // MARK: For programs

    /// The fields that every run has.
    package func fields(
        _ findings: some CheckFindings,
        of place: StorePlace,
        _ speed: RunSpeed,
        badLines: Int
    ) -> [String: Any] {
        var fields: [String: Any] = [
            "ok": status(findings, badLines: badLines) == ExitStatus.success, "check": findings.fields,
            "store": place.option, "ledger": place.ledger, "speed": speed.description, "badLines": badLines,
            "alreadyKnown": alreadyKnown, "seconds": (seconds * 1_000).rounded() / 1_000,
        ]
        fields["signal"] = signal
        return fields
    }
}

extension StorePlace {
    /// How what is unfinished here is gone on with; nothing if all is finished.
    ///
    /// - Parameters:
    ///   - program: its name.
    ///   - options: those that it needs beside the place and the input.
    package func unfinished(_ count: Int, _ program: String, _ options: [String], input: String?) -> [String] {
        guard count > 0 else { return [] }
        guard file != nil else { return ["\(count) unfinished; they were in memory only"] }
        let command =
            [program, "--store", option, "--ledger", ledger] + options + (input.map { ["--input", $0] } ?? [])
        return ["\(count) unfinished; go on with: \(command.joined(separator: " "))"]
    }
}
