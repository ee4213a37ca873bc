import Foundation
import RoutingWorlds
import Testing

/// Worlds and logs of the user's own, without the program.
@Suite struct RoutingWorldTests {
    private func worlds(_ fields: String = "", provider: String = "") throws -> [World] {
        let providers = #"[{"name":"a","success":0.9\#(provider)},{"name":"b","success":0.8}]"#
        return try World.load(Data(#"{"id":"w","seconds":600\#(fields),"providers":\#(providers)}"#.utf8))
    }

    @Test(arguments: [
        (#","rate":1e-5"#, "", "rate is 1e-05"), (#","rate":1e-15"#, "", "rate is 1e-15"),
        ("", #","quota":{"perSecond":1,"burst":1e19}"#, "a.quota.burst is 1e+19"),
        ("", #","quota":{"perSecond":1e-14,"burst":1}"#, "a.quota.perSecond is 1e-14"),
        ("", #","price":1e300"#, "a.price is 1e+300"),
        ("", #","drift":{"to":0.5,"period":1e-320}"#, "a.drift.period is"),
        ("", #","stock":9223372036854775807"#, "a.stock is"),
    ])
    func whatNoRunCouldCountIsToldWithItsField(fields: String, provider: String, told: String) throws {
        let fault = #expect(throws: WorldFault.self) { try worlds(fields, provider: provider) }
        #expect(fault?.description.contains(told) == true, "\(fault?.description ?? "")")
    }

    @Test func theBoundsThemselvesRun() async throws {
        for quota in [#"{"perSecond":1e-6,"burst":1}"#, #"{"perSecond":1e9,"burst":1e9}"#] {
            let world = try worlds(#","rate":0.5,"headers":true"#, provider: #","price":1e9,"quota":\#(quota)"#)[0]
            let result = try WorldRun.run(world, .adaptive, seed: 1)
            #expect(result.requests > 100)
        }
    }

    @Test func noRequestComesAfterTheEnd() throws {
        // One request on average: some runs have none.
        let world = try worlds(#","rate":0.00167"#)[0]
        let counts = try (UInt64(1)...20).map { try WorldRun.run(world, .ordered, seed: $0).requests }
        #expect(counts.contains(0) && counts.contains { $0 > 0 }, "\(counts)")
    }

    private func entry(_ fields: String) -> String { #"{"provider":"a","outcome":"success","began":1,\#(fields)}"# }

    @Test func whatALogCannotMeanIsToldWithItsLine() throws {
        let lines = [
            #"{"provider":"a","outcome":"success","began":9223372036854775807}"#,
            #"{"provider":"a","outcome":"success","began":-9223372036854775808}"#,
            entry(#""responseTimeMicroseconds":9223372036854775807"#), entry(#""probability":1e-320"#),
            entry(#""attempt":1"#),
        ]
        let replay = Replay(lines.joined(separator: "\n"), name: "log")
        #expect(replay.entries.count == 1)
        #expect(replay.faults.count == 4)
        for (number, field) in ["began", "began", "responseTimeMicroseconds", "probability"].enumerated() {
            #expect(replay.faults[number].hasPrefix("log:\(number + 1): \(field) is "), "\(replay.faults[number])")
        }
    }

    @Test func theWidestLogThatIsTakenCanBePlacedBeforeEachPolicy() throws {
        let last =
            #"{"provider":"a","outcome":"limited","began":253402300799999999,"responseTimeMicroseconds":86400000000}"#
        let replay = Replay(last + "\n" + entry(#""probability":1e-9"#), name: "log")
        #expect(replay.faults.isEmpty)
        for contender in Contender.all where contender.name != Contender.oracle.name {
            let verdict = try replay.run(contender)
            #expect(verdict.success.isFinite && verdict.effectiveSize.isFinite, "\(contender.name)")
        }
    }

    @Test func aQuestionAboutTheStockIsNoPick() {
        let log = [entry(#""operation":"check_status""#), entry(#""operation":"purchase""#), entry(#""attempt":1"#)]
        #expect(Replay(log.joined(separator: "\n"), name: "log").entries.count == 2)
    }
}
