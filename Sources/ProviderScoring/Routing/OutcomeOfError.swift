public import ErrorClassification
public import ResilienceCore
import RetryOrchestrator

extension ProviderOutcome.Kind {
    /// What a failure means for the provider that was called. Only what is its own fault counts against its health.
    ///
    /// - Parameters:
    ///   - verdict: The verdict on the error.
    ///   - now: When it happened; a wait that the reply asks for counts from here.
    public init(_ verdict: Classification, at now: Timestamp) {
        let until = verdict.retryAfter.map { now.advanced(by: $0) }
        switch verdict.category {
        case .overloaded: self = .overloaded(until: until)
        case .rateLimited: self = .limited(until: until)
        case .quotaExhausted, .insufficientFunds: self = .quota(until: until)
        case .resourceExhausted: self = .stockOut
        case .authentication, .authorization, .configuration: self = until.map { .limited(until: $0) } ?? .refused
        case .cancelled: self = .cancelled
        case .unavailable where verdict.code?.hasPrefix("STATUS_WAIT") == true: self = .callerMistake
        case .network where verdict.code.map(Self.localCodes.contains) == true: self = .localNetwork
        case .validation, .notFound, .duplicate, .invalidRecipient, .paymentDeclined, .conflict: self = .callerMistake
        case .timeout, .network, .server, .unavailable, .dataCorruption, .permanent, .unknown:
            // What was done already is an answer, and the provider is well. So is "wait for the message" above.
            self = verdict.disposition == .treatAsDone ? .callerMistake : .failure
        }
    }

    /// The name of the kind, as logs and events have it.
    public var label: String {
        switch self {
        case .success: "success"
        case .failure: "failure"
        case .overloaded: "overloaded"
        case .stockOut: "stockOut"
        case .limited: "limited"
        case .quota: "quota"
        case .refused: "refused"
        case .callerMistake: "callerMistake"
        case .cancelled: "cancelled"
        case .localNetwork: "localNetwork"
        }
    }

    /// The kind of that name, as far as another process can use it; `nil` for what concerns its own calls only.
    init?(shared label: String) {
        switch label {
        case "success": self = .success
        case "failure", "overloaded": self = .failure
        case "stockOut": self = .stockOut
        default: return nil
        }
    }

    /// What systems call it when the way out of our own host is closed.
    private static let localCodes: Set<String> = [
        "ENETDOWN", "ENETUNREACH", "EADDRNOTAVAIL", "NSURLErrorNotConnectedToInternet", "-1009", "EAI_AGAIN",
    ]
}

/// What a call does after a failed attempt.
enum RouteStep: Sendable, Hashable {
    /// Nothing: the same would happen elsewhere, or it may have been done already.
    case stop
    /// It tries the same provider again.
    case again
    /// It tries another one.
    case elsewhere

    init(after error: any Error, _ verdict: Classification, _ kind: ProviderOutcome.Kind, _ options: RouterOptions) {
        if CallNesting.isFinal(error) || verdict.isAmbiguous && !options.isIdempotent {
            self = .stop
        } else {
            switch verdict.disposition {
            case .treatAsDone: self = .stop
            case .retry, .retryAfter: self = kind.endsTries ? .elsewhere : .again
            case .failover, .reauthenticate: self = .elsewhere
            case .fail: self = options.stopsAt.contains(verdict.category) ? .stop : .elsewhere
            }
        }
    }
}

extension ProviderOutcome.Kind {
    /// Whether there is no use in trying the same provider again in this call.
    fileprivate var endsTries: Bool {
        switch self {
        case .stockOut, .limited, .quota, .refused: true
        case .overloaded(let until): until != nil
        case .success, .failure, .callerMistake, .cancelled, .localNetwork: false
        }
    }
}
