public import ResilienceCore

extension CancellationError: FailureReporting {
    /// A cancelled call; it may have taken effect.
    public var failure: Failure { Failure(code: "CancellationError") }
}

extension DecodingError: FailureReporting {
    /// Which kind of decoding error it is. The data arrived, so the operation may have taken effect.
    public var failure: Failure {
        switch self {
        case .typeMismatch: Failure(code: "DecodingError.typeMismatch", transmission: .sent)
        case .valueNotFound: Failure(code: "DecodingError.valueNotFound", transmission: .sent)
        case .keyNotFound: Failure(code: "DecodingError.keyNotFound", transmission: .sent)
        case .dataCorrupted: Failure(code: "DecodingError.dataCorrupted", transmission: .sent)
        @unknown default: Failure(code: "DecodingError.unknown", transmission: .sent)
        }
    }
}

extension EncodingError: FailureReporting {
    /// A value that cannot be encoded: nothing was sent.
    public var failure: Failure { Failure(code: "EncodingError.invalidValue", transmission: .notSent) }
}

extension InvalidArgument: FailureReporting {
    /// A configuration that is out of bounds: nothing was sent.
    public var failure: Failure { Failure(code: "InvalidArgument", transmission: .notSent) }
}

extension StoreError: FailureReporting {
    /// Which kind of store error it is, with its cause.
    public var failure: Failure {
        switch self {
        case .conflict: Failure(code: "StoreError.conflict")
        case .late: Failure(code: "StoreError.late")
        case .indeterminate: Failure(code: "StoreError.indeterminate", transmission: .sent)
        case .cancelled: Failure(code: "StoreError.cancelled", transmission: .notSent)
        case .unavailable(let reason): Failure(code: "StoreError.unavailable", causes: [reason])
        case .invalid: Failure(code: "StoreError.invalid", transmission: .notSent)
        }
    }
}
