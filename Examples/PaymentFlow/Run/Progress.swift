import Foundation

/// A line on the terminal that says how far a run is; nothing where the standard error is no terminal.
struct Progress {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let begin = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var before: Int?

    /// Whether it is time for a new line: ten a second.
    var isDue: Bool { isShown && (last.map { ContinuousClock.now - $0 > .milliseconds(100) } ?? true) }

    /// Shows the numbers, with the rate since the first time.
    mutating func show(done: Int, retrying: Int, failed: Int, of all: Int) {
        guard isShown else { return }
        last = .now
        let start = before ?? done + failed
        before = start
        let seconds = max((ContinuousClock.now - begin) / .seconds(1), 0.001)
        let rate = Int(Double(done + failed - start) / seconds)
        let line = "done \(done) of \(all), retrying \(retrying), failed \(failed), \(rate)/s"
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
    }

    /// Wipes the line.
    func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
