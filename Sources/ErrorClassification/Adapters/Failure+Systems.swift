extension Failure {
    /// A reply over HTTP that is no success.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - headers: The reply's headers; waits are read from them.
    ///   - body: The reply's text; the first 4,096 characters count.
    ///   - code: The system's own code, where the caller has read it from the body.
    ///   - source: The system, where it is known.
    public static func http(
        status: Int,
        headers: Headers = [:],
        body: String = "",
        code: String? = nil,
        source: String? = nil
    ) -> Failure {
        Failure(
            source: source,
            status: status,
            code: code,
            message: String(body.prefix(4096)),
            headers: headers,
            transmission: .sent
        )
    }

    /// A gRPC status by its number, 0 to 16; another number counts as `UNKNOWN`.
    ///
    /// Pushback and other waits are read from the metadata.
    public static func grpc(status: Int, message: String = "", metadata: Headers = [:]) -> Failure {
        Failure(
            source: "grpc",
            code: grpcNames.indices.contains(status) ? grpcNames[status] : "UNKNOWN",
            message: message,
            headers: metadata
        )
    }

    /// An error of PostgreSQL by its SQLSTATE.
    public static func postgres(sqlState: String, message: String = "") -> Failure {
        Failure(source: "postgres", code: sqlState, message: message)
    }

    /// A result of SQLite by its code, primary or extended.
    public static func sqlite(resultCode: Int32, message: String = "") -> Failure {
        Failure(source: "sqlite", code: SQLiteCode.name(of: resultCode), message: message)
    }

    /// An error of the operating system by the value of `errno`.
    public static func errno(_ value: Int32, message: String = "") -> Failure {
        Failure(source: "posix", code: ErrnoName.name(of: value), message: message)
    }

    private static let grpcNames = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]
}
