import ExampleSupport
import Foundation
import ResilienceCore
import RetryOrchestrator
import Saga

/// What the command line asks for.
struct AdminArguments {
    /// The words that are no options: the command and what it is about.
    var words: [String] = []
    var file: String?
    var queue: String?
    var desk: String?
    var trail: String?
    var saga: String?
    var sagaState: SagaState?
    var router: String?
    var preferred: String?
    var fallback: Bool?
    var minimumSuccessRate: Double?
    var longestMs: Int?
    var tries: Int?
    var delayMs: Int?
    var status: FailedStatus?
    var target: FailedStatus?
    var code: String?
    var context: String?
    var sinceHours: Int?
    var limit = 50
    var skip = 0
    var who = ProcessInfo.processInfo.environment["USER"] ?? "admin"
    var note: String?
    var proof: String?
    var force = false
    var notApplied = false
    var yes = false
    var json = false
    var help = false

    init(_ arguments: [String]) throws(ExitError) {
        var rest = arguments[...]
        while let word = rest.first {
            guard word.hasPrefix("-"), word != "-" else {
                words.append(word)
                rest.removeFirst()
                continue
            }
            // An option and its value, and then words again.
            let isWhole =
                word.contains("=") || (try? AdminOption(named: word == "-h" ? "--help" : word))?.takesValue == false
            let part = rest.prefix(isWhole ? 1 : 2)
            rest = rest.dropFirst(part.count)
            try read(part)
        }
    }

    private mutating func read(_ part: ArraySlice<String>) throws(ExitError) {
        var copy = self
        try AdminOption.read(part, named: AdminOption.init(named:)) { (option, value) throws(ExitError) in
            try copy.set(option, value ?? "")
        }
        self = copy
    }

    private mutating func set(_ option: AdminOption, _ value: String) throws(ExitError) {
        switch option {
        case .store:
            guard case .sqlite(let file) = try option.store(value, isRead: true) else { return }
            self.file = file
        case .queue: queue = value
        case .desk: desk = value
        case .trail: trail = value
        case .saga: saga = value
        case .router: router = value
        case .preferred: preferred = value
        case .fallback:
            guard ["on", "off"].contains(value) else { throw Self.refused(option, value) }
            fallback = value == "on"
        case .minimumSuccessRate:
            guard let rate = Double(value), (0...100).contains(rate) else { throw Self.refused(option, value) }
            minimumSuccessRate = rate
        case .longest: longestMs = try option.number(value, within: 1...86_400_000)
        case .tries: tries = try option.number(value, within: 1...100)
        case .delay: delayMs = try option.number(value, within: 0...86_400_000)
        case .status:
            sagaState = SagaState(rawValue: value)
            if sagaState == nil { status = try Self.status(option, value) }
        case .to: target = try Self.status(option, value)
        case .code: code = value
        case .context: context = value
        case .since: sinceHours = try option.number(value, within: 1...1_000_000)
        case .limit: limit = try option.number(value, within: 1...1_000)
        case .skip: skip = try option.number(value, within: 0...1_000_000)
        case .by: who = value
        case .note: note = value
        case .proof: proof = value
        case .force: force = true
        case .notApplied: notApplied = true
        case .yes: yes = true
        case .json: json = true
        case .help: help = true
        }
    }

    private static func status(_ option: AdminOption, _ value: String) throws(ExitError) -> FailedStatus {
        guard let status = FailedStatus(rawValue: value) ?? FailedStatus(rawValue: "failed_\(value)") else {
            throw refused(option, value)
        }
        return status
    }

    private static func refused(_ option: AdminOption, _ value: String) -> ExitError {
        .usage("\(option.rawValue) \(value): allowed is \(option.form)")
    }

    /// Whether some wish about providers is told.
    var wishes: Bool {
        preferred != nil || fallback != nil || minimumSuccessRate != nil || longestMs != nil || tries != nil
            || delayMs != nil
    }

    // MARK: What a command needs

    func needed(_ value: String?, _ option: AdminOption) throws(ExitError) -> String {
        guard let value else { throw .usage("\(words.joined(separator: " ")) needs \(option.rawValue)") }
        return value
    }

    /// The word at a place behind the command.
    func word(_ place: Int, _ name: String) throws(ExitError) -> String {
        guard words.indices.contains(place) else {
            throw .usage("\(words.joined(separator: " ")) needs \(name)")
        }
        return words[place]
    }

    func since(_ now: Timestamp) -> Timestamp? { sinceHours.map { now.advanced(by: .seconds(-3_600 * $0)) } }
}
