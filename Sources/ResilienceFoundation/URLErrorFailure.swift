public import ErrorClassification
public import Foundation

extension Failure {
    /// An error of the URL loading system by its code, with what the code tells of how far the request came.
    public static func urlLoading(code: Int, message: String = "") -> Failure {
        Failure(
            source: "url_error",
            code: "\(NSURLErrorDomain):\(code)",
            message: message,
            transmission: neverSent.contains(code) ? .notSent : .unknown
        )
    }

    /// No name, no route, no network, no trust, no address: the request never left.
    private static let neverSent: Set<Int> = [
        -1000, -1002, -1003, -1004, -1006, -1009, -1018, -1019, -1020, -1022, -1200, -1201, -1202, -1203, -1204,
    ]
}

extension URLError: FailureReporting {
    /// Its code. The text is read only where the code says nothing.
    public var failure: Failure { .urlLoading(code: errorCode, message: code == .unknown ? localizedDescription : "") }
}

extension NSError: FailureReporting {
    /// Domain and code, with the underlying error as the cause. POSIX errors go by their name.
    public var failure: Failure {
        var failure =
            switch domain {
            case NSPOSIXErrorDomain: Failure.errno(Int32(truncatingIfNeeded: code), message: localizedDescription)
            case NSURLErrorDomain: Failure.urlLoading(code: code)
            default: Failure(code: "\(domain):\(code)", message: localizedDescription)
            }
        if let cause = userInfo[NSUnderlyingErrorKey] as? any Error { failure.causes = [cause] }
        return failure
    }
}

extension POSIXError: FailureReporting {
    /// The name of its errno.
    public var failure: Failure { .errno(code.rawValue) }
}
