import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator

/// What can be done about failed operations.
struct FailedCommands {
    let arguments: AdminArguments
    let store: any RecordStore
    private let operations: FailedOperations<AnyJSON>

    init(_ arguments: AdminArguments, _ store: any RecordStore) throws {
        self.arguments = arguments
        self.store = store
        operations = FailedOperations(try arguments.needed(arguments.queue, .queue), on: store)
    }

    func run() async throws -> AdminAnswer {
        let verb = try arguments.word(1, "list, show, retry, move, cancel, recover, note or statistics")
        switch verb {
        case "list": return try await list()
        case "show": return try await show()
        case "statistics": return try await statistics()
        case "retry", "move", "cancel", "recover", "note": return try await change(verb)
        default: throw ExitError.usage("failed \(verb) is no command; see --help")
        }
    }

    // MARK: Looking

    private func list() async throws -> AdminAnswer {
        let query = FailedOperations<AnyJSON>.Query(
            status: arguments.status,
            code: arguments.code,
            context: arguments.context,
            since: arguments.since(store.clock.now)
        )
        var (skip, cursor) = (arguments.skip, FailedOperations<AnyJSON>.Cursor?.none)
        while skip > 0 {
            let page = try await operations.list(query, after: cursor, limit: min(skip, StoreLimits.results))
            skip -= page.operations.count + page.unreadable.count
            cursor = page.next
            if cursor == nil { break }
        }
        let isPastTheEnd = arguments.skip > 0 && cursor == nil
        let page = isPastTheEnd ? nil : try await operations.list(query, after: cursor, limit: arguments.limit)
        let found = page?.operations ?? []
        var lines = found.map { one in
            let mark = one.isAmbiguous ? " may have taken effect" : ""
            return "\(one.failedAt)  \(one.status.rawValue)  \(one.code)  \(one.attempts) attempts  \(one.id)\(mark)"
        }
        lines += (page?.unreadable ?? []).map { "\($0): its record cannot be read" }
        let total = try await operations.count(query)
        lines.append("\(found.count) of \(total)")
        return AdminAnswer(
            lines: lines,
            fields: [
                "operations": .array(try found.map(AnyJSON.init(encoding:))), "total": .integer(Int64(total)),
                "unreadable": .array((page?.unreadable ?? []).map(AnyJSON.string)),
            ]
        )
    }

    private func show() async throws -> AdminAnswer {
        let id = try arguments.word(2, "an ID")
        guard let found = try await operations.find(id) else {
            throw ExitError.noInput("there is no failed operation \(id)")
        }
        var lines = [
            "\(found.id): \(found.status.rawValue), \(found.code)"
                + (found.isAmbiguous ? ", may have taken effect" : ""),
            "given up \(found.failedAt) after \(found.attempts) attempts, brought back \(found.redrives) times",
            "leads to: "
                + (found.status.next.map(\.rawValue).sorted().joined(separator: ", ").nonEmpty ?? "nothing, it is final"),
        ]
        for attempt in found.history {
            lines.append(
                "  attempt \(attempt.number) \(attempt.startedAt) \(attempt.outcome.rawValue) \(attempt.message ?? "")"
            )
        }
        for line in try await operations.trail(of: id) {
            let (entry, note) = (line.entry, line.entry.note.map { ": \($0)" } ?? "")
            lines.append("  \(entry.at) \(entry.who) \(entry.action) \(entry.from ?? "") -> \(entry.to ?? "")\(note)")
        }
        lines.append("payload: \(try AnyJSON.text(found.payload))")
        return AdminAnswer(lines: lines, fields: ["operation": try AnyJSON(encoding: found)])
    }

    private func statistics() async throws -> AdminAnswer {
        let found = try await operations.statistics(since: arguments.since(store.clock.now) ?? .distantPast)
        var lines = ["\(found.total) given up, \(Int((found.recoveryRate * 100).rounded())) % recovered"]
        for (code, contexts) in found.byCode.sorted(by: { $0.key < $1.key }) {
            let parts = contexts.sorted { $0.key < $1.key }.map { "\($0.key.nonEmpty ?? "-") \($0.value)" }
            lines.append("  \(code): \(parts.joined(separator: ", "))")
        }
        for (attempts, count) in found.byAttempts.sorted(by: { $0.key < $1.key }) {
            lines.append("  after \(attempts) attempts: \(count)")
        }
        lines.append("  recovered by hand \(found.recoveredManually), by sweeps \(found.recoveredAutomatically)")
        return AdminAnswer(lines: lines, fields: ["statistics": try AnyJSON(encoding: found)])
    }

    // MARK: Changing

    private func change(_ verb: String) async throws -> AdminAnswer {
        let id = try arguments.word(2, "an ID")
        let (who, note) = (arguments.who, arguments.note)
        let changed: FailedOperation<AnyJSON>
        switch verb {
        case "retry":
            if arguments.notApplied { try arguments.confirm("\(id) is sent again although it may have taken effect") }
            changed = try await operations.redrive(
                id,
                by: who,
                force: arguments.force,
                knownNotApplied: arguments.notApplied,
                note: note
            )
        case "move":
            guard let target = arguments.target else { throw ExitError.usage("failed move needs --to") }
            if target == .cancelled { try arguments.confirm("\(id) will never be tried again") }
            changed = try await operations.move(id, to: target, by: who, note: note)
        case "cancel":
            try arguments.confirm("\(id) will never be tried again")
            changed = try await operations.move(id, to: .cancelled, by: who, note: note)
        case "recover":
            let proof = try arguments.needed(arguments.proof, .proof)
            try arguments.confirm("\(id) counts as done")
            changed = try await operations.recover(id, proof: proof, by: who, note: note)
        default:
            changed = try await operations.note(id, try arguments.needed(note, .note), by: who)
        }
        return AdminAnswer(
            lines: ["\(id) is \(changed.status.rawValue)"],
            fields: ["id": .string(id), "status": .string(changed.status.rawValue)]
        )
    }
}

extension String {
    var nonEmpty: String? { isEmpty ? nil : self }
}
