import Foundation

/// A line on the terminal that says how far a run is; nothing where the standard error is no terminal.
package struct Progress {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let begin = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var before: Int?

    package init() {}

    /// Whether it is time for a new line: ten a second.
    package var isDue: Bool { isShown && (last.map { ContinuousClock.now - $0 > .milliseconds(100) } ?? true) }

    /// Shows the numbers, with the rate of what was finished since the first time.
    package mutating func show(_ numbers: String, finished: Int) {
        guard isShown else { return }
        last = .now
        let start = before ?? finished
        before = start
        let seconds = max((ContinuousClock.now - begin) / .seconds(1), 0.001)
        let rate = Int(Double(finished - start) / seconds)
        FileHandle.standardError.write(Data("\r\u{1B}[K\(numbers), \(rate)/s".utf8))
    }

    /// Wipes the line.
    package func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
