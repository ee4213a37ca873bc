import ExampleSupport
import Foundation
import ProviderScoring
import ResilienceCore
import Synchronization

/// How the vendors stand: health and score as the router sees them, and how the calls were shared out.
///
/// On a terminal it is drawn again and again while the run goes on.
final class Scoreboard: Observer {
    private struct State {
        var router: ProviderRouter?
        var picks: [String: Int] = [:]
        var offers = 0
        var lastDrawn: ContinuousClock.Instant?
        var height = 0
    }

    private let state = Mutex(State())
    private let isShown = isatty(STDERR_FILENO) == 1

    /// The router whose view is shown from now on.
    func follow(_ router: ProviderRouter) { state.withLock { $0.router = router } }

    func observe(_ event: ResilienceEvent) {
        guard let vendor = event.attributes["provider"] else { return }
        switch event.kind {
        case .providerPicked:
            state.withLock { state in
                state.picks[vendor, default: 0] += 1
                if event.attributes["reason"] == PickReason.offer.rawValue { state.offers += 1 }
            }
        default: break
        }
    }

    /// How often each vendor was picked for a purchase.
    var picks: [String: Int] { state.withLock { $0.picks } }

    /// How often a FreePrice was tried.
    var offers: Int { state.withLock { $0.offers } }

    /// The board as lines.
    var lines: [String] {
        let (router, picks) = state.withLock { ($0.router, $0.picks) }
        return Self.lines(router?.snapshot() ?? [], picks: picks)
    }

    static func lines(_ vendors: [ProviderSnapshot], picks: [String: Int]) -> [String] {
        let all = picks.values.reduce(0, +)
        let head = ["vendor", "status", "score", "success", "response", "stock", "picks", ""]
        let rows = vendors.map { vendor in
            let share = all == 0 ? 0 : Double(picks[vendor.name] ?? 0) * 100 / Double(all)
            return [
                vendor.name, vendor.health == nil ? "unknown" : vendor.status.rawValue,
                String(format: "%.0f", vendor.score.value),
                vendor.health.map { String(format: "%.0f %%", $0.successRate) } ?? "-",
                vendor.health.map { String(format: "%.0f ms", $0.meanMilliseconds) } ?? "-",
                vendor.stock.map { "\($0.count)" } ?? "-", String(format: "%.0f %%", share),
                vendor.restingUntil.map { "rests until \($0)" } ?? "",
            ]
        }
        return ([head] + rows).map { row in
            zip(row, [14, 12, 6, 9, 10, 7, 7, 0]).map { $0.padding(to: $1) }.joined()
        }
    }

    /// Draws it, with a line that says how far the run is; ten times a second at most.
    func draw(_ progress: @autoclosure () -> String) {
        guard isShown else { return }
        let isDue = state.withLock { state in
            if let last = state.lastDrawn, ContinuousClock.now - last < .milliseconds(100) { return false }
            state.lastDrawn = .now
            return true
        }
        guard isDue else { return }
        let rows = lines + [progress()]
        let above = state.withLock { state in
            defer { state.height = rows.count }
            return state.height
        }
        let up = above > 0 ? "\u{1B}[\(above)A" : ""
        write(up + rows.map { "\r\u{1B}[K\($0)\n" }.joined())
    }

    /// Wipes it.
    func wipe() {
        let height = state.withLock { state in
            defer { state.height = 0 }
            return state.height
        }
        if isShown, height > 0 { write("\u{1B}[\(height)A\u{1B}[J") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }
}
