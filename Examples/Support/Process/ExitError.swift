package import VerifyFiles

/// Why the program ends without having done its work: one line on the standard error, and an exit status.
package struct ExitError: Error, CustomStringConvertible {
    package let status: Int32
    package let description: String

    /// The command line is wrong.
    package static func usage(_ text: String) -> ExitError { ExitError(status: 64, description: text) }
    /// What is stored does not allow it.
    package static func refused(_ text: String) -> ExitError { ExitError(status: 1, description: text) }
    /// A file is missing or cannot be used.
    package static func noInput(_ text: String) -> ExitError { ExitError(status: 66, description: text) }
    /// A store that is new does not know what was done, and would do it again.
    package static func strangeLedger(_ path: String) -> ExitError {
        let advice = "give the store that it belongs to, or another --ledger"
        return .noInput("the ledger \(path) is of an earlier run, of which the store knows nothing: \(advice)")
    }
    /// Something that was available is so no longer.
    package static func failed(_ text: String) -> ExitError { ExitError(status: 70, description: text) }
}

/// How the program ends where it did its work.
package enum ExitStatus {
    /// Everything was processed and the check holds.
    package static let success: Int32 = 0
    /// The check does not hold.
    package static let checkFailed: Int32 = 1
    /// The check holds, but lines of the input were left out.
    package static let badInput: Int32 = 2
    /// How a check ends the program.
    package static func of(_ findings: some CheckFindings, badLines: Int) -> Int32 {
        guard findings.holds else { return checkFailed }
        return badLines == 0 ? success : badInput
    }
    /// It was interrupted, and may be continued: 128 + the signal is added by ``interrupted(by:)``.
    package static func interrupted(by signal: Int32) -> Int32 { 128 + signal }
}
