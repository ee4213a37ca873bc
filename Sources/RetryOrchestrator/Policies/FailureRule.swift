public import ErrorClassification

/// Which errors say that a system is ill, as opposed to having answered no.
///
/// Whatever it says, cancellations and calls that a policy refused are not counted: nothing was learned from them.
public enum FailureRule: Sendable {
    /// Those that the classifier finds to be of the system's making: overload, timeouts, network, server, quotas, and
    /// what it does not know. A declined payment or a wrong request is an answer.
    case byClassification(ErrorClassifier)
    /// All of them.
    case everyError
    /// Those for which the closure answers `true`.
    case when(@Sendable (any Error) -> Bool)

    func counts(_ error: any Error) -> Bool {
        switch self {
        case .byClassification(let classifier): classifier.verdict(on: error).category.isOfTheSystem
        case .everyError: true
        case .when(let predicate): predicate(error)
        }
    }
}

extension ErrorClassification.Category {
    fileprivate var isOfTheSystem: Bool {
        switch self {
        case .rateLimited, .quotaExhausted, .overloaded, .timeout, .network, .server, .unavailable, .resourceExhausted,
            .unknown:
            true
        case .conflict, .authentication, .authorization, .notFound, .validation, .insufficientFunds, .paymentDeclined,
            .duplicate, .configuration, .dataCorruption, .cancelled, .invalidRecipient, .permanent:
            false
        }
    }
}
