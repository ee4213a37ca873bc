import Foundation
import RoutingWorlds

let seeds: ClosedRange<UInt64> = 1...4
for world in World.all where CommandLine.arguments.count < 2 || CommandLine.arguments[1...].contains(world.id) {
    let start = Date()
    let comparison = try Comparison(world, Contender.all, seeds: seeds)
    let took = Date().timeIntervalSince(start)
    print("\n\(world.id) \(world.title)  (\(String(format: "%.1f", took * 1000 / Double(comparison.runs.count * seeds.count))) ms a run)")
    print("  policy             first  final  regret vsOracle uRegret att  mean  p99   price flips  worst5  load  detect return")
    for (policy, _) in comparison.runs {
        func f(_ figure: (RunResult) -> Double) -> Double { comparison.interval(policy, figure).mean }
        let oracle = comparison.difference("oracle", minus: policy) { $0.expectedFirstTry }
        print(
            String(format: "  %-14@ %5.2f %6.3f %6.2f %6.2f±%.2f %6.2f %5.3f %5.2f %5.1f %5.3f %6.1f %6.2f %5.2f %6.0f %6.0f",
                policy.padding(toLength: 14, withPad: " ", startingAt: 0) as NSString, f { $0.firstTry } * 100, f { $0.success } * 100, f { $0.regret } * 100,
                oracle.mean * 100, (oracle.high - oracle.low) * 50, f { $0.utilityRegret } * 100, f { $0.attempts }, f { $0.meanLatency }, f { $0.p99 },
                f { $0.pricePerSuccess }, f { $0.flipsPerThousand }, f { $0.worstFiveMinutes } * 100, f { $0.loadRatio },
                f { $0.detection ?? 0 }, f { $0.returnDelay ?? 0 }))
    }
}
