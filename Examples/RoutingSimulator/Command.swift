import Foundation
import RoutingWorlds

/// The tool's options and its run.
struct Command {
    private var worlds = World.all.filter { !$0.id.hasPrefix("W15") }
    private var contenders = Contender.all
    private var seeds: ClosedRange<UInt64> = 11...12
    private var format = Format.text
    private var plots: String?
    private var log: String?
    private var isChecked = false

    private enum Format { case text, markdown, json }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        var names: [String]?
        var policies: [Contender]?
        func value(of option: String) throws -> String {
            guard let value = rest.popFirst() else { throw WorldFault("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--worlds":
                let path = try value(of: argument)
                let data = try Self.read(path)
                do {
                    worlds = try World.load(data)
                } catch {
                    throw WorldFault("\(path): \(error)")
                }
            case "--only": names = try value(of: argument).split(separator: ",").map(String.init)
            case "--all": worlds = World.all
            case "--policies": policies = try Self.contenders(value(of: argument))
            case "--goals": isChecked = true
            case "--seeds": seeds = try Self.seeds(value(of: argument))
            case "--json": format = .json
            case "--markdown": format = .markdown
            case "--plots": plots = try value(of: argument)
            case "--replay": log = try value(of: argument)
            case "--help", "-h":
                print(usage)
                exit(0)
            default: throw WorldFault("unknown option \(argument); see --help")
            }
        }
        guard !isChecked || policies == nil && log == nil else {
            throw WorldFault(
                "--goals compares certain policies in worlds; it goes neither with --policies nor with --replay"
            )
        }
        contenders = policies ?? (isChecked ? Goal.contenders : contenders)
        guard let names else { return }
        guard !names.isEmpty else { throw WorldFault("--only names no world") }
        let known = (worlds + World.all).reduce(into: [String: World]()) { $0[$1.id] = $0[$1.id] ?? $1 }
        worlds = try names.map { name in
            guard let world = known[name] else {
                throw WorldFault("no world \(name); there are \(known.keys.sorted().joined(separator: ", "))")
            }
            return world
        }
    }

    /// Runs and reports; 1 if a goal was asked for and missed.
    func run() async throws -> Int32 {
        if let log { return try replay(log) }
        var report = Report(seeds: seeds)
        for world in worlds {
            let comparison = try await Comparison(world, contenders, seeds: seeds)
            report.add(comparison)
            switch format {
            case .text: print(Table(comparison).text)
            case .markdown: print(Table(comparison).markdown)
            case .json: break
            }
            if let plots {
                do {
                    try Plots(comparison).write(to: plots)
                } catch {
                    throw WorldFault("\(plots) cannot be written to")
                }
            }
        }
        switch format {
        case .json: print(try report.json())
        case .text, .markdown: if !report.goals.isEmpty { print(report.goalTable) }
        }
        return isChecked && (!report.ok || report.goals.isEmpty) ? 1 : 0
    }

    private func replay(_ path: String) throws -> Int32 {
        let replay = Replay(String(decoding: try Self.read(path), as: UTF8.self), name: path)
        for fault in replay.faults { FileHandle.standardError.write(Data("\(fault)\n".utf8)) }
        guard !replay.entries.isEmpty else { throw WorldFault("\(path): no first attempt in it") }
        let verdicts = try contenders.filter { $0.name != Contender.oracle.name }.map(replay.run)
        if format == .json {
            print(
                try Report.encode(
                    ReplayReport(requests: replay.entries.count, logged: replay.logged, verdicts: verdicts)
                )
            )
        } else {
            print(
                "\(replay.entries.count) first attempts with \(replay.providers.count) providers; \(Table.percent(replay.logged)) % succeeded"
            )
            print("policy            matched  worth  success %  seconds")
            for verdict in verdicts {
                print(
                    verdict.policy.padded(16) + String(format: "%9d%7.0f", verdict.matched, verdict.effectiveSize)
                        + String(format: "%11.2f%9.2f", verdict.success * 100, verdict.seconds)
                )
            }
        }
        return replay.faults.isEmpty ? 0 : 2
    }

    private struct ReplayReport: Encodable {
        let requests: Int
        let logged: Double
        let verdicts: [Replay.Verdict]
    }

    private static func read(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else { throw WorldFault("\(path) cannot be read") }
        return data
    }

    private static func contenders(_ list: String) throws -> [Contender] {
        guard !list.allSatisfy({ $0 == "," }) else { throw WorldFault("--policies names no policy") }
        return try list.split(separator: ",").map { name in
            guard let found = Contender.all.first(where: { $0.name == name }) else {
                throw WorldFault("no policy \(name); there are \(Contender.all.map(\.name).joined(separator: ", "))")
            }
            return found
        }
    }

    private static func seeds(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
            last - first < 1_000
        else {
            throw WorldFault("--seeds is \(text); allowed is a number or a range as 11-40, of at most 1,000")
        }
        return first...last
    }
}

extension String {
    func padded(_ width: Int) -> String { padding(toLength: Swift.max(width, count), withPad: " ", startingAt: 0) }
}
