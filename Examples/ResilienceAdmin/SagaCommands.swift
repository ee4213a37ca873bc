import ExampleSupport
import Foundation
import ResilienceCore
import Saga

/// What can be done about sagas, without their definition.
struct SagaCommands {
    let arguments: AdminArguments
    private let sagas: SagaOperations

    init(_ arguments: AdminArguments, _ store: any RecordStore) throws {
        self.arguments = arguments
        sagas = try SagaOperations(try arguments.needed(arguments.saga, .saga), on: store)
    }

    func run() async throws -> AdminAnswer {
        let verb = try arguments.word(1, "list, show, retry, skip or cancel")
        switch verb {
        case "list": return try await list()
        case "show": return try await show()
        case "retry", "skip": return try await mend(verb)
        case "cancel": return try await cancel()
        default: throw ExitError.usage("sagas \(verb) is no command; see --help")
        }
    }

    private func list() async throws -> AdminAnswer {
        let states = arguments.sagaState.map { [$0] } ?? SagaState.allCases
        var found: [SagaStatus] = []
        for state in states where found.count < arguments.limit {
            found += try await sagas.list(state, limit: arguments.limit - found.count)
        }
        var lines = found.map { saga in
            let waiting = saga.steps.filter(\.needsAttention).map(\.name).joined(separator: ", ")
            let step = waiting.isEmpty ? "" : "  a person is needed at \(waiting)"
            return "\(saga.updatedAt)  \(saga.state.rawValue)  \(saga.id)\(step)"
        }
        lines.append("\(found.count) sagas")
        return AdminAnswer(lines: lines, fields: ["sagas": .array(try found.map(Self.fields))])
    }

    private func show() async throws -> AdminAnswer {
        let id = try arguments.word(2, "an ID")
        guard let saga = try await sagas.status(of: id) else { throw SagaError.notFound(id) }
        var lines = [
            "\(saga.id): \(saga.state.rawValue)" + (saga.isCancelled ? ", asked to be cancelled" : ""),
            "started \(saga.startedAt), version \(saga.version) of its definition",
        ]
        for step in saga.steps {
            let failure = step.failure.map { ": \($0.error) \($0.message ?? "")" } ?? ""
            let mark = step.needsAttention ? "  <- a person is needed: retry it, or skip it" : ""
            lines.append("  \(step.name) \(step.state.rawValue), \(step.attempts) attempts\(failure)\(mark)")
        }
        for event in try await sagas.events(of: id) {
            lines.append(
                "  \(event.at) \(event.kind.rawValue) \(event.step ?? "") \(event.by ?? "") \(event.note ?? "")"
            )
        }
        return AdminAnswer(lines: lines, fields: ["saga": try Self.fields(saga)])
    }

    private func mend(_ verb: String) async throws -> AdminAnswer {
        let id = try arguments.word(2, "an ID")
        let step = try arguments.word(3, "a STEP")
        guard let before = try await sagas.status(of: id) else { throw SagaError.notFound(id) }
        guard before.steps.contains(where: { $0.name == step && $0.needsAttention }) else {
            let waiting = before.steps.filter(\.needsAttention).map(\.name)
            let known = waiting.isEmpty ? "no step of it does" : "these do: \(waiting.joined(separator: ", "))"
            throw ExitError.refused("nothing about the step \(step) of \(id) awaits a person; \(known)")
        }
        if verb == "retry" {
            try await sagas.retry(step, of: id, by: arguments.who, note: arguments.note)
        } else {
            try arguments.confirm("\(step) of \(id) is left as it is")
            try await sagas.skip(step, of: id, by: arguments.who, note: arguments.note)
        }
        return AdminAnswer(
            lines: ["\(id) goes on with whoever runs these sagas"],
            fields: ["id": .string(id), "step": .string(step), "state": .string(SagaState.running.rawValue)]
        )
    }

    private func cancel() async throws -> AdminAnswer {
        let id = try arguments.word(2, "an ID")
        try arguments.confirm("what \(id) has done is undone")
        guard try await sagas.cancel(id, by: arguments.who) else {
            throw ExitError.refused("\(id) has ended already")
        }
        return AdminAnswer(lines: ["\(id) is asked to stop"], fields: ["id": .string(id)])
    }

    private static func fields(_ saga: SagaStatus) throws -> AnyJSON {
        let steps = try saga.steps.map { step in
            AnyJSON.object([
                "name": .string(step.name), "state": .string(step.state.rawValue),
                "attempts": .integer(Int64(step.attempts)), "needsAttention": .bool(step.needsAttention),
                "failure": try step.failure.map(AnyJSON.init(encoding:)) ?? .null,
            ])
        }
        return .object([
            "id": .string(saga.id), "state": .string(saga.state.rawValue), "isCancelled": .bool(saga.isCancelled),
            "startedAt": .string("\(saga.startedAt)"), "updatedAt": .string("\(saga.updatedAt)"),
            "steps": .array(steps), "failures": .array(try saga.failures.map(AnyJSON.init(encoding:))),
        ])
    }
}
