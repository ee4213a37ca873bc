/// Why the program ends without having done its work: one line on the standard error, and an exit status.
struct ExitError: Error, CustomStringConvertible {
    let status: Int32
    let description: String

    /// The command line is wrong.
    static func usage(_ text: String) -> ExitError { ExitError(status: 64, description: text) }
    /// A file is missing or cannot be used.
    static func noInput(_ text: String) -> ExitError { ExitError(status: 66, description: text) }
    /// Something that was available is so no longer.
    static func failed(_ text: String) -> ExitError { ExitError(status: 70, description: text) }
}

/// How the program ends where it did its work.
enum ExitStatus {
    /// Everything was processed and the check holds.
    static let success: Int32 = 0
    /// The check does not hold.
    static let checkFailed: Int32 = 1
    /// The check holds, but lines of the input were no payments.
    static let badInput: Int32 = 2
    /// It was interrupted, and may be continued: 128 + the signal is added by ``interrupted(by:)``.
    static func interrupted(by signal: Int32) -> Int32 { 128 + signal }
}
