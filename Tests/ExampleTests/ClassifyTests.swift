import Foundation
import Testing

/// The tool that shows how failures are judged.
@Suite struct ClassifyTests {
    private func run(_ arguments: [String], input: String? = nil) async throws -> Program.Ended {
        try await Program.run(arguments, input: input, of: "classify-errors")
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "classify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    @Test func readsColumnsFromStandardInput() async throws {
        let ended = try await run(
            [],
            input: "source\thttp_status\tcode\nstripe\t402\tcard_declined\r\npostgres\t\t40P01\n"
        )
        #expect(ended.status == 0)
        let lines = ended.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("line 2\tpaymentDeclined\tfail\tfalse"))
        #expect(lines[2].hasSuffix("postgres.serialization"))
    }

    @Test func readsObjectsWithHeadersFromAFile() async throws {
        let path = try file(
            "failures.jsonl",
            """
            {"id": "a", "source": "http", "http_status": 429, "headers": {"Retry-After": "7"}}

            {"id": "b", "source": "http", "http_status": 503, "message": null}
            """
        )
        let ended = try await run([path])
        #expect(ended.status == 0)
        #expect(ended.output.contains("a\trateLimited\tretryAfter\tfalse"))
        #expect(ended.output.contains("7.0 seconds"))
        #expect(ended.output.contains("b\tunavailable"))
    }

    @Test func aLineThatCannotBeReadIsNamedAndTheOthersAreJudged() async throws {
        let path = try file(
            "bad.jsonl",
            """
            {"http_status": 500}
            {"http_status": "many"}
            [1]
            {"http_status": 404}
            """
        )
        let ended = try await run([path])
        #expect(ended.status == 2)
        #expect(ended.errors.contains("bad.jsonl:2: status is many"))
        #expect(ended.errors.contains("bad.jsonl:3: line"))
        #expect(ended.output.contains("server") && ended.output.contains("notFound"))
    }

    @Test func labelsThatAreNotMetEndWithStatusOne() async throws {
        let header = "source\thttp_status\tcategory\tdisposition\tambiguous\n"
        let met = try await run(["--labels"], input: header + "http\t404\tnotFound\tfail\tfalse\n")
        #expect(met.status == 0)
        #expect(met.output.contains("category right 100.0 % of 1 rows"))
        let missed = try await run(["--labels"], input: header + "http\t404\tserver\tretry\tfalse\n")
        #expect(missed.status == 1)
        #expect(missed.output.contains("line 2\tcategory,disposition\tserver retry\tgot notFound, fail"))
    }

    @Test func aTableOfTheUsersOwnDecidesBeforeThePreset() async throws {
        let table = """
            {"name": "shop", "rules": [{"name": "sold out", "category": "resourceExhausted", "disposition": "failover",
              "codes": ["SOLD_OUT"]}]}
            """
        let ended = try await run(["--table", file("shop.json", table)], input: "code\nSOLD_OUT\n")
        #expect(ended.status == 0)
        #expect(ended.output.contains("resourceExhausted\tfailover"))
        #expect(ended.output.contains("shop.sold out"))
    }

    @Test func aMistakeInATableNamesFileRuleAndField() async throws {
        let table = #"{"name": "shop", "rules": [{"name": "sold out", "category": "gone", "codes": ["SOLD_OUT"]}]}"#
        let ended = try await run(["--table", file("shop.json", table)], input: "code\nSOLD_OUT\n")
        #expect(ended.status == 2)
        for part in ["shop.json", "rules[0]", "sold out", "category"] { #expect(ended.errors.contains(part)) }
    }

    @Test(arguments: [
        ["--bogus"], ["--preset", "none"], ["/nowhere/failures.tsv"], ["--table", "/nowhere/table.json"],
    ])
    func whatIsWrongWithTheOptionsIsOneLine(_ arguments: [String]) async throws {
        let ended = try await run(arguments, input: "code\nX\n")
        #expect(ended.status == 2)
        #expect(ended.errors.hasPrefix("classify-errors: "))
        #expect(ended.errors.split(separator: "\n").count == 1)
    }
}
