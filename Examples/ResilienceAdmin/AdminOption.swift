import ExampleSupport

/// The options by name.
enum AdminOption: String, ProgramOption, CaseIterable {
    case store = "--store"
    case queue = "--queue"
    case desk = "--desk"
    case trail = "--trail"
    case saga = "--saga"
    case router = "--router"
    case preferred = "--preferred"
    case fallback = "--fallback"
    case minimumSuccessRate = "--min-success-rate"
    case longest = "--max-response-ms"
    case tries = "--attempts"
    case delay = "--delay-ms"
    case status = "--status"
    case code = "--code"
    case context = "--context"
    case since = "--since"
    case limit = "--limit"
    case skip = "--skip"
    case by = "--by"
    case note = "--note"
    case proof = "--proof"
    case to = "--to"
    case force = "--force"
    case notApplied = "--known-not-applied"
    case yes = "--yes"
    case json = "--json"
    case help = "--help"

    init(named name: String) throws(ExitError) {
        guard let option = AdminOption(rawValue: name) else { throw .usage("unknown option \(name); see --help") }
        self = option
    }

    var takesValue: Bool { ![.force, .notApplied, .yes, .json, .help].contains(self) }

    var form: String {
        switch self {
        case .store: "sqlite:FILE, or FILE"
        case .status:
            "pending_review, retryable, cancelled, retry_scheduled, retry_in_progress or recovered; of sagas "
                + "running, completed, compensated or needsAttention"
        case .to: "pending_review, retryable or cancelled"
        case .since: "a number of hours, 1 to 1000000"
        case .limit: "1 to 1000"
        case .skip: "0 to 1000000"
        case .fallback: "on or off"
        case .minimumSuccessRate: "0 to 100"
        case .longest: "1 to 86400000"
        case .tries: "1 to 100"
        case .delay: "0 to 86400000"
        case .saga, .router, .preferred, .queue, .desk, .trail, .code, .context, .by, .note, .proof: "a text"
        case .force, .notApplied, .yes, .json, .help: ""
        }
    }
}
