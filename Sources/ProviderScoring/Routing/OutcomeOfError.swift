public import ErrorClassification
public import ResilienceCore
import RetryOrchestrator

extension ProviderOutcome.Kind {
    /// What a failure means for the provider that was called. Only what is its own fault counts against its health.
    ///
    /// - Parameters:
    ///   - verdict: The verdict on the error.
    ///   - status: The HTTP status of the reply, if there was one.
    ///   - now: When it happened; a wait that the reply asks for counts from here.
    public init(_ verdict: Classification, status: Int? = nil, at now: Timestamp) {
        let until = verdict.retryAfter.map { now.advanced(by: $0) }
        // What is wrong here is nobody else's fault, whatever kind of fault it is.
        if verdict.code.map(Self.localCodes.contains) == true {
            self = .localNetwork
            return
        }
        switch verdict.category {
        case .overloaded: self = .overloaded(until: until)
        case .unavailable where status == 503: self = .overloaded(until: until)
        case .rateLimited: self = .limited(until: until)
        case .quotaExhausted, .insufficientFunds: self = .quota(until: until)
        case .resourceExhausted: self = Self.ofResources(verdict.disposition)
        case .authentication, .authorization, .configuration: self = until.map { .limited(until: $0) } ?? .refused
        case .cancelled: self = .cancelled
        case .unavailable where verdict.code?.hasPrefix("STATUS_WAIT") == true: self = .callerMistake
        // A reply that cannot be read is the fault of whoever gave it.
        case .validation where verdict.isAmbiguous: self = .failure
        case .validation, .notFound, .duplicate, .invalidRecipient, .paymentDeclined, .conflict: self = .callerMistake
        case .timeout, .network, .server, .unavailable, .dataCorruption, .permanent, .unknown:
            // What was done already is an answer, and the provider is well. So is "wait for the message" above.
            self = verdict.disposition == .treatAsDone ? .callerMistake : .failure
        }
    }

    /// Others have what this one has no more; or nobody has, as there is no room in a full mailbox; or it is at its limits.
    private static func ofResources(_ disposition: Disposition) -> Self {
        switch disposition {
        case .failover: .stockOut
        case .fail, .treatAsDone: .callerMistake
        case .retry, .retryAfter, .reauthenticate: .failure
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

    /// What systems call it when the way out of our own host is closed, or the host has no descriptors, ports, memory or
    /// connections left: errno, URLSession, SwiftNIO, AsyncHTTPClient.
    private static let localCodes: Set<String> = [
        "ENETDOWN", "ENETUNREACH", "EADDRNOTAVAIL", "EAI_AGAIN", "EAI_MEMORY",
        "EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "ENOSR", "ENOLCK", "ENOSPC", "EDQUOT",
        "NSURLErrorDomain:-1009", "NSURLErrorDomain:-1018", "NSURLErrorDomain:-1020",
        "NSURLErrorNotConnectedToInternet", "-1009",
        "IOError:100", "IOError:101", "IOError:99", "IOError:24", "IOError:23", "IOError:12", "IOError:105", "IOError:28",
        "HTTPClientError.getConnectionFromPoolTimeout",
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
        if Self.mayBeDone(error, verdict, options) {
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

    /// Whether another attempt might do again what is done already.
    static func mayBeDone(_ error: any Error, _ verdict: Classification, _ options: RouterOptions) -> Bool {
        CallNesting.isFinal(error) || verdict.disposition == .treatAsDone
            || verdict.isAmbiguous && !options.isIdempotent
    }
}

extension ProviderOutcome.Kind {
    /// Whether there is no use in trying the same provider again in this call.
    fileprivate var endsTries: Bool {
        switch self {
        case .stockOut, .limited, .quota, .refused: true
        case .overloaded: namesRest
        case .success, .failure, .callerMistake, .cancelled, .localNetwork: false
        }
    }

    /// Whether it says for how long it is to be left alone.
    var namesRest: Bool {
        switch self {
        case .limited(let until), .overloaded(let until): until != nil
        default: false
        }
    }
}
