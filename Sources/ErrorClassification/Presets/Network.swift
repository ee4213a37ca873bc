// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// The way to a system: errno and resolver names, TLS, curl, Node, URLSession, SwiftNIO, AsyncHTTPClient.
    public static let network = ErrorClassifier(preset: [.network, .clients, .curl, .replies, .exceptions, .words])
}

extension RuleTable {
    /// Names of errno and of the resolver (POSIX, errno(3), getaddrinfo(3)), of X.509 faults, and Swift's own errors.
    public static let network = RuleTable(
        "network", codesInText: .anywhere, cite: "https://man7.org/linux/man-pages/man3/errno.3.html", [
            Rule("cancelled task", .cancelled, ambiguous: true, on: "CancellationError ECANCELED AbortError ABORT_ERR"),
            Rule("connect timeout", .timeout, ambiguous: false, on: "ETIMEDOUT", says: ["connect etimedout", "connect timed out"]),
            Rule("timeout", .timeout, on: "ETIMEDOUT ETIME ESOCKETTIMEDOUT EAI_TIMEOUT"),
            Rule("not reached", .network, ambiguous: false, on: """
                ECONNREFUSED EHOSTUNREACH EHOSTDOWN ENETDOWN ENETUNREACH ENONET EAI_AGAIN ENOLINK EDNS ECONNECTION \
                ENOTCONN EAI_FAIL EAI_SYSTEM
                """),
            Rule("lost", .network, ambiguous: true, on: "ECONNRESET ECONNABORTED EPIPE ENETRESET ESHUTDOWN ECOMM EPROTO EREMOTEIO ESOCKET"),
            Rule("resolver memory", .resourceExhausted, on: "EAI_MEMORY"),
            Rule("no such name", .configuration, on: "EAI_NONAME EAI_NODATA ENOTFOUND EAI_ADDRFAMILY EAI_SERVICE",
                cite: "https://man7.org/linux/man-pages/man3/getaddrinfo.3.html"),
            Rule("no such host", .configuration, says: [
                "no such host", "name or service not known", "nodename nor servname provided", "no address associated with hostname",
            ], cite: "https://man7.org/linux/man-pages/man3/gai_strerror.3.html"),
            Rule("resolver use", .validation, on: "EAI_BADFLAGS EAI_FAMILY EAI_SOCKTYPE EAI_OVERFLOW"),
            Rule("try again", .unavailable, on: "EINTR EAGAIN EWOULDBLOCK ERESTART ESTALE"),
            Rule("in use", .conflict, on: "EBUSY ETXTBSY EDEADLK EDEADLOCK EINPROGRESS EUSERS EOWNERDEAD"),
            Rule("running already", .duplicate, .treatAsDone, on: "EALREADY EISCONN"),
            Rule("memory, descriptors or processes", .resourceExhausted, on: "ENOMEM EMFILE ENFILE ENOBUFS ENOSR ENOLCK"),
            Rule("disk", .resourceExhausted, .fail, on: "ENOSPC EDQUOT EMLINK"),
            Rule("permission", .authorization, on: "EACCES EPERM EKEYREJECTED"),
            Rule("key", .authentication, on: "ENOKEY EKEYEXPIRED EKEYREVOKED EAUTH ENEEDAUTH"),
            Rule("absent", .notFound, on: "ENOENT ENXIO ENODEV ESRCH ENODATA ENOMSG ECHILD ENOMEDIUM ENOATTR"),
            Rule("exists", .duplicate, on: "EEXIST ENOTEMPTY ENOTUNIQ"),
            Rule("setup", .configuration, on: """
                EADDRINUSE EADDRNOTAVAIL EROFS EPROTONOSUPPORT ENOSYS EAFNOSUPPORT EPFNOSUPPORT EOPNOTSUPP ENOTSUP ENOPROTOOPT \
                EPROTOTYPE ESOCKTNOSUPPORT ENOEXEC ELIBACC ELIBBAD ENOTBLK ENOPKG EXDEV
                """),
            Rule("damaged", .dataCorruption, on: "EBADMSG EUCLEAN EILSEQ EFTYPE"),
            Rule("device", .server, .fail, ambiguous: true, on: "EIO EFAULT ENOTRECOVERABLE EHWPOISON"),
            Rule("argument", .validation, on: """
                EINVAL ENAMETOOLONG EFBIG E2BIG EBADF EDOM ERANGE EOVERFLOW EISDIR ENOTDIR ENOTTY ESPIPE ELOOP ENOTSOCK \
                EDESTADDRREQ EMSGSIZE EENVELOPE EMESSAGE EBADFD EBADE ENOTNAM EMULTIHOP ECHRNG
                """),
            Rule("certificate", .configuration, on: """
                X509_V_ERR_* CERT_* DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN \
                UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE \
                HOSTNAME_MISMATCH INVALID_CA PATH_LENGTH_EXCEEDED ERR_TLS_* ERR_SSL_* CERTIFICATE_VERIFY_FAILED \
                SSL_ERROR_* WRONG_VERSION_NUMBER
                """, cite: "https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"),
            Rule("reply not understood", .validation, ambiguous: true, on: "DecodingError.*",
                cite: "https://developer.apple.com/documentation/swift/decodingerror"),
            Rule("value not encodable", .validation, on: "EncodingError.* InvalidArgument StoreError.invalid",
                cite: "https://developer.apple.com/documentation/swift/encodingerror"),
            Rule("store conflict", .conflict, .retry, on: "StoreError.conflict", cite: "StoreError of ResilienceCore"),
            Rule("store deadline", .timeout, .fail, ambiguous: false, on: "StoreError.late", cite: "StoreError of ResilienceCore"),
            Rule("store outcome open", .unavailable, ambiguous: true, on: "StoreError.indeterminate", cite: "StoreError of ResilienceCore"),
            Rule("store cancelled", .cancelled, ambiguous: false, on: "StoreError.cancelled", cite: "StoreError of ResilienceCore"),
            Rule("store unavailable", .unavailable, on: "StoreError.unavailable", cite: "StoreError of ResilienceCore"),
        ])

    /// Codes of HTTP clients and runtimes: Node, URLSession, SwiftNIO, AsyncHTTPClient.
    public static let clients = RuleTable(
        "clients", of: ["node", "url_error", "swift_nio", "async_http_client", "tls", "python"],
        cite: "https://nodejs.org/api/errors.html", [
            Rule("no connection free", .resourceExhausted, .retry, on: "HTTPClientError.getConnectionFromPoolTimeout",
                cite: "https://swiftpackageindex.com/swift-server/async-http-client/main/documentation/asynchttpclient/httpclienterror"),
            Rule("axios timeout", .timeout, on: "ECONNABORTED", says: ["timeout"], cite: "https://axios-http.com/docs/handling_errors"),
            Rule("fetch failed", .network, ambiguous: true, on: "TypeError", says: ["fetch failed", "^terminated$", "failed to fetch", "load failed", "networkerror when attempting"],
                cite: "https://developer.mozilla.org/docs/Web/API/Window/fetch#exceptions"),
            Rule("connect timeout", .timeout, ambiguous: false, on: """
                UND_ERR_CONNECT_TIMEOUT ChannelError.connectTimeout HTTPClientError.connectTimeout \
                HTTPClientError.tlsHandshakeTimeout \
                HTTPClientError.httpProxyHandshakeTimeout HTTPClientError.socksHandshakeTimeout
                """),
            Rule("timeout", .timeout, on: """
                UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT NSURLErrorDomain:-1001 HTTPClientError.readTimeout \
                HTTPClientError.writeTimeout HTTPClientError.deadlineExceeded ERR_SOCKET_CONNECTION_TIMEOUT TimeoutError \
                ERR_HTTP_REQUEST_TIMEOUT HTTPClientError.requestTimeout
                """),
            Rule("cut off, known by text only", .network, ambiguous: true, on: "NSURLErrorDomain:-1", says: [
                "transfer closed", "unexpected eof", "connection reset", "broken pipe", "empty reply",
            ], cite: "https://curl.se/libcurl/c/libcurl-errors.html"),
            Rule("OpenSSL setup", .configuration, on: "NSURLErrorDomain:-1", says: [
                "wrong version number", "certificate", "ssl routines", "self signed", "unsupported protocol",
            ]),
            Rule("not reached", .network, ambiguous: false, on: """
                NSURLErrorDomain:-1003 NSURLErrorDomain:-1004 NSURLErrorDomain:-1006 NSURLErrorDomain:-1009 \
                NSURLErrorDomain:-1018 NSURLErrorDomain:-1019 NSURLErrorDomain:-1020 NSURLErrorDomain:-1200 \
                NSURLErrorDomain:-2000 ChannelError.writeHostUnreachable IOError:111 IOError:113 IOError:101 IOError:99 \
                IOError:112 IOError:100 SocketAddressError.unknown ERR_SOCKET_DGRAM_NOT_RUNNING ERR_SOCKET_CLOSED_BEFORE_CONNECTION
                """, cite: "https://developer.apple.com/documentation/foundation/urlerror/code"),
            Rule("connection failed", .network, ambiguous: false, on: "NIOConnectionError"),
            Rule("lost", .network, ambiguous: true, on: """
                NSURLErrorDomain:-1005 NSURLErrorDomain:-997 ChannelError.alreadyClosed \
                ChannelError.ioOnClosedChannel ChannelError.inputClosed ChannelError.outputClosed ChannelError.eof \
                IOError:104 IOError:32 IOError:103 IOError:108 HTTPClientError.remoteConnectionClosed \
                HTTPClientError.uncleanShutdown UND_ERR_SOCKET ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CLOSED \
                ERR_HTTP2_STREAM_ERROR ERR_HTTP2_SESSION_ERROR ERR_HTTP2_STREAM_CANCEL ERR_HTTP2_GOAWAY_SESSION \
                UND_ERR_CLOSED ERR_NETWORK ERR_STREAM_DESTROYED ERR_HTTP2_INVALID_SESSION UND_ERR_RES_EXCEEDED_MAX_SIZE
                """),
            Rule("held by another process", .conflict, .retry, on: "NSURLErrorDomain:-996",
                cite: "https://developer.apple.com/documentation/foundation/urlerror/code"),
            Rule("timed out by errno", .timeout, on: "IOError:110"),
            Rule("descriptors", .resourceExhausted, on: "IOError:24 IOError:23 IOError:12 IOError:105"),
            Rule("errno setup", .configuration, on: "IOError:98 IOError:97 IOError:93"),
            Rule("errno permission", .authorization, on: "IOError:13 IOError:1"),
            Rule("errno disk", .resourceExhausted, .fail, on: "IOError:28 IOError:122"),
            Rule("errno argument", .validation, on: "IOError:22 IOError:9 IOError:90"),
            Rule("reply", .server, ambiguous: true, on: """
                NSURLErrorDomain:-1011 NSURLErrorDomain:-1014 NSURLErrorDomain:-1017 HPE_* \
                HTTPClientError.invalidHeaderFieldNamesReceived HTTPClientError.invalidProxyResponse HTTPParserError.*
                """),
            Rule("decoding", .dataCorruption, on: "NSURLErrorDomain:-1015 NSURLErrorDomain:-1016"),
            Rule("login", .authentication, on: "NSURLErrorDomain:-1012 NSURLErrorDomain:-1013 NSURLErrorDomain:-1205 NSURLErrorDomain:-1206"),
            Rule("redirects or certificate", .configuration, on: """
                NSURLErrorDomain:-1007 NSURLErrorDomain:-1010 NSURLErrorDomain:-1022 NSURLErrorDomain:-1201 \
                NSURLErrorDomain:-1202 NSURLErrorDomain:-1203 NSURLErrorDomain:-1204 NSURLErrorDomain:-995 \
                HTTPClientError.redirectCycleDetected HTTPClientError.redirectLimitReached \
                HTTPClientError.serverOfferedUnsupportedApplicationProtocol HTTPClientError.tlsHandshakeFailure \
                NIOSSLError.* NIOSSLExtraError.* ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND ERR_UNSUPPORTED_DIR_IMPORT \
                ERR_REQUIRE_ESM BoringSSLError.* HTTPClientError.httpProxyHandshakeFailed ERR_FR_TOO_MANY_REDIRECTS
                """),
            Rule("proxy login", .authentication, on: "HTTPClientError.proxyAuthenticationRequired"),
            Rule("permission", .authorization, on: "NSURLErrorDomain:-1102 ERR_ACCESS_DENIED PermissionError"),
            Rule("absent", .notFound, on: "NSURLErrorDomain:-1100 FileNotFoundError"),
            Rule("disk", .resourceExhausted, .fail, on: "NSURLErrorDomain:-3000 NSURLErrorDomain:-3001 NSURLErrorDomain:-3003 NSURLErrorDomain:-3002 NSURLErrorDomain:-3004 NSURLErrorDomain:-3005"),
            Rule("cancelled", .cancelled, ambiguous: true, on: """
                NSURLErrorDomain:-999 HTTPClientError.cancelled HTTPClientError.requestStreamCancelled UND_ERR_ABORTED ERR_CANCELED asyncio.CancelledError CancelledError
                """),
            Rule("shut down", .cancelled, ambiguous: false, on: """
                EventLoopError.shutdown HTTPClientError.alreadyShutdown EventLoopError.cancelled UND_ERR_DESTROYED \
                HTTPClientError.shutdown EventLoopError.cancellationFailed
                """),
            Rule("unsupported", .configuration, on: "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM EventLoopError.unsupportedOperation"),
            Rule("use", .validation, on: """
                NSURLErrorDomain:-1000 NSURLErrorDomain:-1002 NSURLErrorDomain:-1008 NSURLErrorDomain:-1021 \
                NSURLErrorDomain:-1101 NSURLErrorDomain:-1103 NSURLErrorDomain:-1104 ChannelError.* HTTPClientError.* \
                ERR_INVALID_* ERR_SOCKET_* ERR_HTTP_* ERR_OUT_OF_RANGE ERR_MISSING_ARGS UND_ERR_INVALID_ARG ValueError \
                UND_ERR_REQ_CONTENT_LENGTH_MISMATCH UND_ERR_NOT_SUPPORTED TypeError KeyError ERR_UNESCAPED_CHARACTERS \
                ERR_STREAM_* ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT JSONDecodeError SyntaxError RangeError \
                SocketAddressError.*
                """),
            Rule("unknown to URLSession", .unknown, on: "NSURLErrorDomain:-1 NSURLErrorDomain:-998"),
            Rule("fetch", .network, ambiguous: true, on: "FetchError"),
            Rule("handshake cut off", .network, ambiguous: true, says: ["unexpected_eof_while_reading", "unexpected eof"], from: ["tls"]),
            Rule("TLS", .configuration, says: [
                "certificate", "self signed", "handshake failure", "protocol version", "unknown ca", "bad certificate",
                "wrong version number", "no shared cipher", "unsupported protocol", "alert", "hostname", "issuer",
                "no protocols available", "inappropriate fallback", "sslv3", "tlsv1",
            ], from: ["tls"], cite: "https://www.rfc-editor.org/rfc/rfc8446#section-6.2"),
        ])

    /// Exit codes of curl: libcurl-errors(3).
    public static let curl = RuleTable(
        "curl", of: ["curl"], needsSource: true, cite: "https://curl.se/libcurl/c/libcurl-errors.html", [
            httpStatus("unauthorized", [401, 407], .authentication), httpStatus("forbidden", [403], .authorization),
            httpStatus("conflict", [409, 412], .conflict, .fail), httpStatus("too many requests", [429], .rateLimited),
            httpStatus("request", [400, 413, 415, 422], .validation), httpStatus("timeout", [408, 504], .timeout),
            httpStatus("server", [500], .server), httpStatus("bad gateway", [502], .unavailable, ambiguous: true),
            httpStatus("unavailable", [503], .unavailable),
            Rule("connect timeout", .timeout, ambiguous: false, on: "28", says: ["connection timed out after", "connection timeout", "resolving timed out", "failed to connect"]),
            Rule("timeout", .timeout, on: "28 12"),
            Rule("command line", .validation, on: "2", says: ["option", "expected a proper"],
                cite: "https://curl.se/docs/manpage.html#EXIT"),
            Rule("TLS reset", .network, ambiguous: false, on: "35", says: ["connection reset", "ssl_error_syscall", "unexpected eof"]),
            Rule("not reached", .network, ambiguous: false, on: "5 6 7 45 97"),
            Rule("lost", .network, ambiguous: true, on: "16 18 52 55 56 92 95 96 81"),
            Rule("TLS and setup", .configuration, on: "4 35 47 48 51 53 54 58 59 60 64 66 77 80 82 83 90 91 98 99 101 2 41 89"),
            Rule("login", .authentication, on: "67 94"),
            Rule("denied", .authorization, on: "9 69"),
            Rule("absent", .notFound, on: "78 68 22 19 37"),
            Rule("server", .server, ambiguous: true, on: "8 11 13 14 15 17 25 30 31 33 34 36 84 85 86 87 88 1000"),
            Rule("disk", .resourceExhausted, .fail, on: "23 70 63"),
            Rule("content encoding", .dataCorruption, on: "61"),
            Rule("memory", .resourceExhausted, on: "27 100"),
            Rule("cancelled", .cancelled, ambiguous: true, on: "42"),
            Rule("exists", .duplicate, on: "73"),
            Rule("use", .validation, on: "1 3 26 38 39 43 49 62 65 71 72 74 75 79 93"),
        ])

    /// With `--fail` curl ends with 22 for every status from 400 and names it in the text.
    private static func httpStatus(
        _ name: String, _ statuses: [Int], _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil
    ) -> Rule {
        Rule(
            "HTTP \(name)", category, disposition, ambiguous: ambiguous, on: "22", says: statuses.map { "error \($0)" },
            cite: "https://curl.se/docs/manpage.html#-f")
    }
}
