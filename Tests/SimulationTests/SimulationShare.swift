import Foundation

/// Which part of the full number of simulations is run: `RESILIENCE_SIMULATION_SHARE`, by default a hundredth.
enum SimulationShare {
    static let value: Double = {
        let text = ProcessInfo.processInfo.environment["RESILIENCE_SIMULATION_SHARE"]
        return text.flatMap(Double.init) ?? 0.01
    }()

    /// Whether what is counted rather than drawn is gone through whole: from the share of the release step.
    static var isRelease: Bool { value >= 0.1 }

    /// The seeds of a test whose full number of runs is `full`.
    static func seeds(of full: Int) -> ClosedRange<UInt64> { 1...UInt64(max(20, Double(full) * value)) }
}
