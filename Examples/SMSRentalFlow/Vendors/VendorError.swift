import ErrorClassification
import Foundation
import ResilienceCore

/// What a call of a vendor failed with, as its client sees it.
struct VendorError: FailureReporting, Equatable {
    /// Who speaks, by the name that the classifier's tables have.
    let source: String
    let message: String
    let at: Timestamp
    /// The system's code, where no vendor has spoken.
    var code: String?

    var failure: Failure {
        Failure(source: source, code: code ?? word, message: message, transmission: .sent, retryAfter: endOfBan, at: at)
    }

    /// How long a ban lasts whose end is named, as in `BANNED:'2026-01-01 00:25:00'`.
    private var endOfBan: Duration? {
        guard let name = message.range(of: "BANNED:'") else { return nil }
        let text = message[name.upperBound...].prefix(19).replacing(" ", with: "T") + "Z"
        guard let end = try? Date(String(text), strategy: .iso8601) else { return nil }
        return max(at.duration(to: Timestamp(seconds: Int64(end.timeIntervalSince1970))), .zero)
    }

    /// The reply, where all of it is one code.
    private var word: String? {
        message.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F } ? message : nil
    }

    /// The client has waited long enough. Whether the request arrived, nobody knows.
    static func timedOut(_ profile: VendorProfile, at now: Timestamp) -> VendorError {
        VendorError(source: profile.source, message: "Request timeout", at: now, code: "ETIMEDOUT")
    }
}
