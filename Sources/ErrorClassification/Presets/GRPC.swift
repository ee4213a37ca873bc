// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// gRPC: the 16 status codes and the messages that say more.
    public static let grpc = ErrorClassifier(preset: [.grpc, .network, .http, .replies, .exceptions, .words], assumedSource: "grpc")
}

extension RuleTable {
    /// The status codes of gRPC by name, and by number where the source is named.
    public static let grpc = RuleTable(
        "grpc", of: ["grpc", "google_cloud", "cloud_tasks", "gemini", "fcm", "google", "gcp"],
        cite: "https://grpc.github.io/grpc/core/md_doc_statuscodes.html", [
            Rule("above the message size", .validation, on: "RESOURCE_EXHAUSTED 8", says: [
                "message larger than max", "larger than max", "exceeds maximum size", "message too large",
                "trying to send message larger", "message length*exceeds",
            ]),
            Rule("day's quota", .quotaExhausted, on: "RESOURCE_EXHAUSTED 8", says: ["per day", "daily limit", "daily quota", "monthly"]),
            Rule("memory or disk", .resourceExhausted, on: "RESOURCE_EXHAUSTED 8", says: ["out of memory", "file system*out of space", "too_many_pings", "enhance_your_calm"]),
            Rule("rate", .rateLimited, on: "RESOURCE_EXHAUSTED"),
            Rule("credential refresh", .authentication, .retry, on: "UNAVAILABLE", says: ["fetched token is expired"]),
            Rule("not reached", .network, ambiguous: false, on: "UNAVAILABLE 14", says: [
                "name resolution", "failed to connect", "connection refused", "dns resolution", "no address", "connect failed",
                "error while dialing", "no route to host", "unable to resolve host", "could not resolve", "connection timed out",
                "failed to resolve", "produced zero addresses", "network is unreachable", "connection attempt",
            ]),
            Rule("not sent", .unavailable, ambiguous: false, on: "UNAVAILABLE 14", says: [
                "draining", "subconn*not ready", "subconn state", "no subchannel", "goaway", "channel shutdown", "no children to pick from",
                "transport is closing*rejected", "stream is rejected", "no ready",
            ]),
            Rule("lost", .network, ambiguous: true, on: "UNAVAILABLE 14", says: [
                "io exception", "connection reset", "socket closed", "broken pipe", "transport is closing",
                "connection closed", "transport closed", "unexpected eof", "keepalive", "end of stream", "stream removed",
                "error reading from server", "connection dropped", "network closed", "lost connection", "connection error",
                "http/2 stream", "connection is lost", "ping timeout",
            ]),
            Rule("HTTP 429", .rateLimited, on: "UNAVAILABLE 14", says: ["http 429", "http status code 429"],
                cite: "https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html"),
            Rule("HTTP 502 or 504", .unavailable, ambiguous: true, on: "UNAVAILABLE 14", says: [
                "http 502", "http 504", "http status code 502", "http status code 504",
            ], cite: "https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html"),
            Rule("overload", .overloaded, on: "UNAVAILABLE 14", says: ["overloaded", "over capacity", "too many"]),
            Rule("unavailable", .unavailable, on: "UNAVAILABLE"),
            Rule("client closing", .cancelled, ambiguous: false, on: "CANCELLED", says: [
                "client connection is closing", "channel shutdown", "before*sent",
            ]),
            Rule("cancelled", .cancelled, ambiguous: true, on: "CANCELLED"),
            Rule("deadline", .timeout, on: "DEADLINE_EXCEEDED"),
            Rule("insecure channel", .configuration, on: "UNAUTHENTICATED", says: ["insecure connection", "transport security"]),
            Rule("missing credential", .authentication, .fail, on: "UNAUTHENTICATED", says: [
                "missing required authentication", "missing credentials", "api key", "no credentials", "missing authorization",
                "missing token",
            ]),
            Rule("credential", .authentication, .reauthenticate, on: "UNAUTHENTICATED"),
            Rule("malformed", .validation, on: "INTERNAL", says: [
                "malformed", "http 400", "http status code 400", "failed to marshal", "failed to unmarshal",
                "error unmarshalling", "error serializing", "failed parsing", "invalid*message",
            ]),
            Rule("stream ended", .network, ambiguous: true, on: "INTERNAL", says: [
                "without sending trailers", "connection reset", "eof", "transport", "stream terminated", "half closed",
            ]),
            Rule("stream refused", .unavailable, ambiguous: false, on: "INTERNAL UNAVAILABLE", says: ["refused_stream", "rst_stream*code 7", "rst_stream*error code 7"]),
            Rule("internal", .server, on: "INTERNAL"),
            Rule("compression or method", .configuration, on: "UNIMPLEMENTED"),
            Rule("denied", .authorization, on: "PERMISSION_DENIED"),
            Rule("absent", .notFound, on: "NOT_FOUND"),
            Rule("exists", .duplicate, .treatAsDone, on: "ALREADY_EXISTS"),
            Rule("aborted", .conflict, on: "ABORTED"),
            Rule("argument", .validation, on: "INVALID_ARGUMENT OUT_OF_RANGE FAILED_PRECONDITION"),
            Rule("loss", .dataCorruption, on: "DATA_LOSS"),
            Rule("dropped", .network, ambiguous: true, on: "UNKNOWN", says: ["stream removed", "connection reset", "transport", "socket closed"], from: ["grpc"]),
            Rule("unknown", .unknown, on: "UNKNOWN", from: ["grpc", "google_cloud", "cloud_tasks"]),
            number(1, .cancelled, ambiguous: true), number(2, .unknown), number(3, .validation), number(4, .timeout),
            number(5, .notFound), number(6, .duplicate, .treatAsDone), number(7, .authorization), number(8, .rateLimited),
            number(9, .validation), number(10, .conflict), number(11, .validation), number(12, .configuration),
            number(13, .server), number(14, .unavailable), number(15, .dataCorruption),
            number(16, .authentication, .reauthenticate),
            Rule("OK", .unknown, .treatAsDone, ambiguous: false, on: "OK 0", from: ["grpc"]),
            Rule("client configuration", .configuration, says: [
                "must be greater than", "must be positive", "max_attempts", "maxattempts", "initialbackoff", "service config",
                "maxbackoff", "backoffmultiplier", "retryablestatuscodes",
            ], from: ["grpc"], cite: "https://github.com/grpc/proposal/blob/master/A6-client-retries.md"),
        ])

    private static func number(
        _ number: Int, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil
    ) -> Rule {
        Rule("number \(number)", category, disposition, ambiguous: ambiguous, on: "\(number)", from: ["grpc"])
    }
}
