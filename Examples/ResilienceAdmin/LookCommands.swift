import ExampleSupport
import HoldTimer
import ResilienceCore

/// What only looks: queues, holds, trails, health.
struct LookCommands {
    let arguments: AdminArguments
    let store: any RecordStore

    func queue() async throws -> AdminAnswer {
        let name = try arguments.needed(arguments.queue, .queue)
        let spaces = [
            ("waiting", "retry.\(name)"), ("tried again", "retry.\(name).again"), ("done", "retry.\(name).done"),
            ("failed", "failed.\(name)"), ("notices", "notices.\(name)"), ("parked", "parked/retry.\(name)"),
            ("parked again", "parked/retry.\(name).again"),
        ]
        var answer = AdminAnswer()
        for (label, space) in spaces {
            let count = try await store.count(Scan(space))
            answer.lines.append("\(label): \(count)")
            answer.fields[label] = .integer(Int64(count))
        }
        return answer
    }

    func holds() async throws -> AdminAnswer {
        let desk = try arguments.needed(arguments.desk, .desk)
        var found: [AnyJSON] = []
        var answer = AdminAnswer()
        var next: Scan? = Scan("hold.\(desk)")
        while let scan = next {
            let page = try await store.scan(scan)
            for record in page {
                let hold = try record.value.get(Hold.self)
                let items = hold.items.map { item in
                    "\(item.resource)\(item.unit.map { " unit \($0)" } ?? "") \(item.span) x\(item.quantity)"
                }
                answer.lines.append(
                    "\(hold.id) \(hold.state) until \(hold.expiresAt): \(items.joined(separator: "; "))"
                )
                found.append(try AnyJSON(encoding: hold))
            }
            next = scan.following(page)
        }
        answer.lines.append("\(found.count) holds")
        answer.fields["holds"] = .array(found)
        return answer
    }

    func audit() async throws -> AdminAnswer {
        let subject = try arguments.word(1, "a SUBJECT")
        let log = try AuditLog(try arguments.needed(arguments.trail, .trail), on: store)
        let lines = try await log.entries(of: subject, limit: arguments.limit)
        var answer = AdminAnswer()
        for line in lines {
            let entry = line.entry
            let change = "\(entry.from ?? "") -> \(entry.to ?? "")"
            answer.lines.append(
                "\(line.number). \(entry.at) \(entry.who) \(entry.action) \(change) \(entry.note ?? "")"
            )
        }
        answer.lines.append("\(lines.count) entries")
        answer.fields["entries"] = .array(try lines.map { try AnyJSON(encoding: $0.entry) })
        return answer
    }

    func health() async throws -> AdminAnswer {
        let report = await (try HealthMonitor([.store(store)])).report()
        guard report.status == .healthy else {
            throw ExitError.failed("the store: \(report.failures.first?.failure ?? "no answer")")
        }
        let taken = report.findings.first?.microseconds ?? 0
        return AdminAnswer(lines: ["healthy: the store answers in \(taken) µs"], fields: ["status": .string("healthy")])
    }
}
