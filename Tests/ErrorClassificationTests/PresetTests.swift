import ErrorClassification
import ResilienceCore
import Testing

@Suite struct PresetTests {
    private static let presets: [(String, ErrorClassifier)] = [
        ("standard", .standard), ("http", .http), ("network", .network), ("ethereum", .ethereum), ("stripe", .stripe),
        ("openAI", .openAI), ("anthropic", .anthropic), ("gemini", .gemini), ("oauth", .oauth),
        ("smsRental", .smsRental),
        ("postgres", .postgres), ("sqlite", .sqlite), ("redis", .redis), ("grpc", .grpc), ("aws", .aws),
        ("google", .google),
        ("push", .push), ("email", .email),
    ]

    @Test("Every preset passes the checks that a user's table must pass, and every rule cites its source")
    func valid() throws {
        for (name, preset) in Self.presets {
            _ = try ErrorClassifier(preset.tables)
            for table in preset.tables where table.name != "ethereum" {
                let uncited = table.rules.filter { $0.citation == nil }.map(\.name)
                #expect(uncited.isEmpty, "\(name).\(table.name): \(uncited)")
            }
        }
    }

    @Test("Every status from 100 to 599 is classified")
    func statuses() {
        for status in 100...599 {
            let verdict = ErrorClassifier.http.classify(Failure(status: status))
            #expect(verdict.rule != "unknown", "\(status)")
            #expect((verdict.disposition == .treatAsDone) == (status < 300 || status == 304), "\(status): \(verdict)")
        }
    }

    @Test("No rule of the presets is hidden behind an earlier one that asks for the same code")
    func reachable() {
        for table in RuleTable.standard {
            var seen: [String: String] = [:]
            let byCodeAlone = table.rules.filter { $0.statuses.isEmpty && $0.phrases.isEmpty && $0.fragments.isEmpty }
            for rule in byCodeAlone {
                for code in rule.codes {
                    for system in rule.systems.isEmpty ? ["all"] : rule.systems {
                        let key = "\(system) \(code.lowercased())"
                        #expect(
                            seen[key] == nil,
                            "\(table.name).\(rule.name): \(code) is decided by \(seen[key] ?? "")"
                        )
                        seen[key] = rule.name
                    }
                }
            }
        }
    }

    /// Rules made for one message would fit the file and nothing else: each of them must name what the system documents.
    @Test("A rule that matches a single row of the data cites its system's documentation")
    func singleRows() {
        var table = ConfusionTable()
        for row in LabelledData.corpus + LabelledData.tricky {
            table.add(row, ErrorClassifier.standard.classify(row.failure))
        }
        let rules = Dictionary(
            uniqueKeysWithValues: RuleTable.standard.flatMap { table in
                table.rules.map { ("\(table.name).\($0.name)", $0) }
            }
        )
        for (name, count) in table.decidedBy where count == 1 {
            guard let rule = rules[name], !name.hasPrefix("ethereum.") else { continue }
            #expect(rule.citation?.isEmpty == false, "\(name)")
        }
    }

    @Test("No failure, however odd, breaks a preset")
    func fuzz() {
        #if DEBUG
        let count = 100_000
        #else
        let count = 1_000_000
        #endif
        var random = SmallGenerator(seed: 2026)
        let seeds = LabelledData.corpus.map(\.failure) + LabelledData.tricky.map(\.failure)
        let presets = Self.presets.map(\.1)
        var ambiguous = 0
        for number in 0..<count {
            let verdict = presets[number % presets.count].classify(Self.failure(seeds, &random))
            if verdict.isAmbiguous { ambiguous += 1 }
        }
        #expect(ambiguous > 0 && ambiguous < count)
    }

    /// A known failure with parts of another one, cut, repeated or turned into noise.
    private static func failure(_ seeds: [Failure], _ random: inout SmallGenerator) -> Failure {
        var failure = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        let other = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        switch Int.random(in: 0..<8, using: &random) {
        case 0: failure.message += other.message
        case 1: failure.message = String(other.message.prefix(Int.random(in: 0...40, using: &random)))
        case 2: failure.code = other.code
        case 3: failure.status = Int.random(in: -5...1200, using: &random)
        case 4: failure.source = other.source
        case 5:
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            failure.message = String(decoding: bytes, as: UTF8.self)
            failure.code = String(decoding: bytes.prefix(9), as: UTF8.self)
        case 6:
            let digits = String(UInt64.random(in: 0...UInt64.max, using: &random))
            failure.headers = [
                "Retry-After": digits, "x-ratelimit-reset": "-" + digits, "retry-after-ms": other.message,
            ]
            failure.message += " retry after " + digits
        default: failure.source = nil
        }
        return failure
    }
}
