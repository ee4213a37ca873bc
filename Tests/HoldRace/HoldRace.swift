#if SQLite
import HoldTimer
import ResilienceCore
import SQLiteStore

/// One of several processes that want the same slot: `HoldRace STORE NAME`.
///
/// Each line `go` on its input is a round: it tries to hold the slot, and answers `won`, `lost` or what went wrong. A line
/// `release` gives back what it holds.
@main
struct HoldRace {
    static func main() async throws {
        let store = try SQLiteStore(path: CommandLine.arguments[1])
        let desk = try HoldDesk("race", on: store)
        let seven = Timestamp(seconds: 4_000_000_000)
        let slot = HoldItem("court-1", .interval(from: seven, until: seven.advanced(by: .seconds(3_600))))
        var held: Hold?
        while let line = readLine() {
            if line == "release", let hold = held {
                try await desk.release(hold.id)
                print("released")
            } else {
                do {
                    held = try await desk.hold([slot], by: CommandLine.arguments[2])
                    print("won")
                } catch HoldError.slotUnavailable {
                    print("lost")
                } catch {
                    print("failed: \(error)")
                }
            }
            flush()
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

private func flush() { fflush(nil) }
#else
@main
struct HoldRace {
    static func main() { print("needs the trait SQLite") }
}
#endif
