import Foundation
import RetryLoad
import RetryOrchestrator

/// What retries do to a failing service, with a budget and without: attempts for each call, and calls that succeed.
struct LoadTable {
    var requestsPerSecond = 200

    func write() throws {
        var load = RetryLoad()
        load.requestsPerSecond = requestsPerSecond
        load.seconds = max(60_000 / requestsPerSecond, 30)
        print("\(requestsPerSecond) calls a second for \(load.seconds) s of simulated time, 3 attempts at most\n")
        print("failures    with budget          without budget")
        print("            load     success     load     success")
        for step in 0...20 {
            let rate = Double(step) / 20
            load.budget = .standard
            let with = try load.run(failureRate: rate, seed: 1)
            load.budget = nil
            let without = try load.run(failureRate: rate, seed: 1)
            let cells = [with.load, with.success, without.load, without.success]
            print(
                ([rate] + cells).map { $0.formatted(.number.precision(.fractionLength(4))) }.joined(separator: "      ")
            )
        }
    }
}
