import Foundation
import Testing

/// The tool that places requests before policies.
@Suite struct SimulatorTests {
    private func run(_ arguments: String...) async throws -> Program.Ended {
        try await Program.run(arguments, of: "routing-simulator")
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "simulator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    private func world(_ fields: String = "", provider: String = "") throws -> String {
        let text = """
            {\(fields.contains("id\"") ? "" : "\"id\": \"short\", ")"title": "a & b", "seconds": 600 \(fields), "providers": [
              {"name": "a<b", \(provider.contains("success") ? "" : "\"success\": 0.9, ")"changes": [{"from": 200, "to": 400, "success": 0}] \(provider)},
              {"name": "c", "success": 0.8}]}
            """
        return try file("worlds.json", text)
    }

    @Test func tablesJSONAndPicturesAreWellFormed() async throws {
        let worlds = try world()
        let folder = try file("plots.txt", "") + "s"
        let table = try await run(
            "--worlds",
            worlds,
            "--seeds",
            "1-2",
            "--policies",
            "ordered,adaptive,oracle",
            "--plots",
            folder
        )
        #expect(table.status == 0)
        #expect(table.output.hasPrefix("short a & b, seeds 1 to 2\npolicy "))
        let widths = Set(table.output.split(separator: "\n").dropFirst().map(\.count))
        #expect(widths.count == 1)
        #expect(table.output.split(separator: "\n").count == 5)
        let pictures = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(pictures == ["short-regret.svg", "short-return.svg", "short-shares-adaptive.svg"])
        for picture in pictures {
            let text = try String(contentsOf: URL(filePath: folder).appending(path: picture), encoding: .utf8)
            #expect(Self.isBalanced(text), "\(picture)")
            #expect(!text.contains("nan") && !text.contains("inf"), "\(picture)")
        }
        let rows = try await run("--worlds", worlds, "--seeds", "3", "--policies", "ordered,adaptive", "--markdown")
            .output
        #expect(rows.contains("| policy | first % |"))
        let report = try await run("--worlds", worlds, "--seeds", "3", "--policies", "ordered,adaptive", "--json").json
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.map { $0["policy"] as? String } == ["ordered", "adaptive"])
        let figure = try #require((results[0]["figures"] as? [String: [String: Double]])?["success"])
        #expect((50...100).contains(figure["mean"] ?? 0))
    }

    /// Every tag that is opened is closed, in order, and nothing in between looks like one.
    private static func isBalanced(_ text: String) -> Bool {
        var open: [Substring] = []
        for part in text.split(separator: "<") where !part.allSatisfy(\.isWhitespace) {
            guard let end = part.firstIndex(of: ">") else { return false }
            let tag = part[..<end]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { $0 != " " })
            }
        }
        return open.isEmpty && text.hasPrefix("<svg ")
    }

    @Test func aLogOfTheUsersOwnIsPlacedBeforeOtherPolicies() async throws {
        let lines = (0..<400).map { number in
            let isA = number % 2 == 0
            return
                #"{"provider":"\#(isA ? "a" : "b")","success":\#(!isA || number % 3 == 0),"probability":0.5,"began":\#(number * 1_000_000),"responseTimeMicroseconds":5000}"#
        }
        let log = try file("log.jsonl", lines.joined(separator: "\n") + "\n")
        let ended = try await run("--replay", log, "--policies", "ordered,adaptive", "--json")
        #expect(ended.status == 0)
        #expect(ended.number("requests") == 400)
        let verdicts = try #require(ended.json["verdicts"] as? [[String: Any]])
        // Whoever always takes the first one has its share of successes; the adaptive one leaves it.
        #expect(abs((verdicts[0]["success"] as? Double ?? 0) - 1.0 / 3) < 0.01)
        #expect(verdicts[1]["success"] as? Double ?? 0 > 0.8)
        let broken = try file(
            "log.jsonl",
            lines[0] + "\n{\"provider\":7}\n{\"provider\":\"a\",\"began\":1,\"outcome\":\"odd\"}\nnothing\n"
        )
        let told = try await run("--replay", broken, "--policies", "ordered")
        #expect(told.status == 2)
        #expect(told.errors.contains("log.jsonl:2: provider is no text"))
        #expect(told.errors.contains("log.jsonl:3: outcome is odd; allowed is "))
        #expect(told.errors.contains("log.jsonl:4: it is no JSON"))
    }

    @Test(arguments: [
        ["--bogus"], ["--seeds"], ["--seeds", "x"], ["--seeds", "9-3"], ["--seeds", "-3"], ["--seeds", "1-2-3"],
        ["--seeds", "1-5000"],
        ["--only", "nowhere"], ["--only", ""], ["--policies", "none"], ["--policies", ""],
        ["--worlds", "/nowhere.json"],
        ["--replay", "/nowhere.jsonl"], ["--replay", "/dev/null"], ["--replay", "/"],
        ["--goals", "--policies", "ordered", "--only", "W14"], ["--policies", "ordered", "--goals", "--only", "W14"],
        ["--goals", "--replay", "/dev/null"],
        ["--only", "W10", "--seeds", "1", "--policies", "ordered", "--plots", "/dev/null/x"],
    ])
    func whatIsWrongWithTheOptionsIsOneLine(_ arguments: [String]) async throws {
        let ended = try await Program.run(arguments, of: "routing-simulator")
        #expect(ended.status == 64)
        #expect(ended.errors.hasPrefix("routing-simulator: "))
        #expect(ended.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        (#", "rate": 0"#, "", "rate is 0"), (#", "attempts": 99"#, "", "attempts is 99"),
        (#", "clients": "many""#, "", "clients is no number"),
        ("", #", "success": 1.5"#, "success"), ("", #", "stock": -1"#, "a<b.stock"),
        ("", #", "latency": 0"#, "a<b.latency"),
        ("", #", "drift": {"to": 0.5, "period": 0}"#, "a<b.drift.period"),
        ("", #", "drift": {"to": 0.5}"#, "drift.period is missing"),
        ("", #", "quota": {"perSecond": 0, "burst": 1}"#, "a<b.quota"), (#", "id": "../x""#, "", "id is ../x"),
        ("]", "", "it is no JSON"),
    ])
    func aMistakeInAWorldIsToldWithItsField(_ fields: String, _ provider: String, _ told: String) async throws {
        let ended = try await run("--worlds", world(fields, provider: provider), "--seeds", "1")
        #expect(ended.status == 64)
        #expect(ended.errors.hasPrefix("routing-simulator: /"))
        #expect(ended.errors.contains("worlds.json: "))
        #expect(ended.errors.contains(told), "\(ended.errors)")
        #expect(ended.errors.split(separator: "\n").count == 1)
    }
}
