// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Exceptions of Python, Java and the SDKs by their class, bare or with its package, and the messages of Go's net/http.
    ///
    /// Asked after the status: an exception that stands in a server's error page is the server's own.
    public static let exceptions = RuleTable(
        "exceptions", codesInText: .anywhere, cite: "https://docs.python.org/3/library/exceptions.html", [
            Rule("no name for now", .network, ambiguous: false, says: [
                "temporary failure in name resolution", "server misbehaving", "nsurlerrordomain code 1003",
            ], cite: "https://man7.org/linux/man-pages/man3/gai_strerror.3.html"),
            Rule("not sent in time", .timeout, ambiguous: false, says: [
                "dial tcp*i/o timeout", "request canceled while waiting for connection", "connect*timed out",
            ], cite: "https://pkg.go.dev/net/http#Client"),
            Rule("no answer in time", .timeout, says: [
                "client.timeout exceeded", "i/o timeout", "nsurlerrordomain code 1001", "timeout awaiting response headers",
            ], cite: "https://pkg.go.dev/net/http#Client"),
            Rule("not reached", .network, ambiguous: false, says: [
                "nsurlerrordomain code 1004", "nsurlerrordomain code 1006", "nsurlerrordomain code 1009", "client conn not usable",
            ], cite: "https://developer.apple.com/documentation/foundation/urlerror/code"),
            Rule("broken off", .network, ambiguous: true, says: [
                "stream error*received from peer", "server sent goaway", "server closed idle connection",
                "client connection force closed", "client connection lost", "nsurlerrordomain code 1005",
            ], cite: "https://pkg.go.dev/golang.org/x/net/http2#StreamError"),
            Rule("certificate", .configuration, says: [
                "nsurlerrordomain code 1202", "nsurlerrordomain code 1201", "nsurlerrordomain code 1203", "nsurlerrordomain code 1204",
            ], cite: "https://developer.apple.com/documentation/foundation/urlerror/code"),
            Rule("fetch failed", .network, ambiguous: true, says: [
                "typeerror fetch failed", "typeerror failed to fetch", "typeerror load failed", "typeerror terminated", "typeerror networkerror",
            ], cite: "https://developer.mozilla.org/docs/Web/API/Window/fetch#exceptions"),
            classes("pool", .resourceExhausted, .retry, named: [
                "httpx": "PoolTimeout", "urllib3.exceptions": "EmptyPoolError", "java.lang": "OutOfMemoryError",
                "org.apache.http.conn": "ConnectionPoolTimeoutException", "java.sql": "SQLTransientConnectionException",
                "java.util.concurrent": "RejectedExecutionException", "": "MemoryError",
            ], cite: "https://www.python-httpx.org/exceptions/"),
            classes("connect timeout", .timeout, ambiguous: false, named: [
                "requests.exceptions": "ConnectTimeout", "urllib3.exceptions": "ConnectTimeoutError", "httpx": "ConnectTimeout",
                "java.net.http": "HttpConnectTimeoutException", "org.apache.http.conn": "ConnectTimeoutException",
                "aiohttp.client_exceptions": "ConnectionTimeoutError", "io.netty.channel": "ConnectTimeoutException",
            ], cite: "https://requests.readthedocs.io/en/latest/api/#exceptions"),
            classes("timeout", .timeout, named: [
                "requests.exceptions": "ReadTimeout Timeout", "urllib3.exceptions": "ReadTimeoutError", "httpx": "ReadTimeout WriteTimeout",
                "java.net": "SocketTimeoutException", "java.net.http": "HttpTimeoutException", "java.util.concurrent": "TimeoutException",
                "aiohttp.client_exceptions": "ServerTimeoutError SocketTimeoutError", "asyncio": "TimeoutError",
                "asyncio.exceptions": "TimeoutError", "io.netty.handler.timeout": "ReadTimeoutException WriteTimeoutException",
                "java.sql": "SQLTimeoutException", "redis.exceptions": "TimeoutError", "openai": "APITimeoutError",
                "anthropic": "APITimeoutError", "": "APIConnectionTimeoutError", "java.io": "InterruptedIOException",
            ], cite: "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/SocketTimeoutException.html"),
            classes("no connection", .network, ambiguous: false, named: [
                "": "ConnectionRefusedError", "urllib3.exceptions": "NewConnectionError", "httpx": "ConnectError",
                "aiohttp.client_exceptions": "ClientConnectorError", "org.apache.http.conn": "HttpHostConnectException",
                "java.net": "NoRouteToHostException", "requests.exceptions": "ProxyError",
            ], cite: "https://www.python-httpx.org/exceptions/"),
            classes("no such name", .configuration, named: [
                "java.net": "UnknownHostException", "urllib3.exceptions": "NameResolutionError", "aiohttp.client_exceptions": "ClientConnectorDNSError",
            ], cite: "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/UnknownHostException.html"),
            classes("lost", .network, ambiguous: true, named: [
                "": "ConnectionResetError BrokenPipeError ConnectionAbortedError EOFError IncompleteReadError APIConnectionError StripeConnectionError api_connection_error",
                "http.client": "RemoteDisconnected IncompleteRead BadStatusLine", "urllib3.exceptions": "ProtocolError IncompleteRead",
                "requests.exceptions": "ChunkedEncodingError", "httpx": "RemoteProtocolError ReadError WriteError CloseError",
                "aiohttp.client_exceptions": "ServerDisconnectedError ClientOSError ClientPayloadError",
                "org.apache.http": "NoHttpResponseException ConnectionClosedException", "java.io": "EOFException",
                "java.nio.channels": "ClosedChannelException AsynchronousCloseException", "okhttp3.internal.http2": "StreamResetException ConnectionShutdownException",
            ], cite: "https://docs.python.org/3/library/http.client.html#http.client.RemoteDisconnected"),
            classes("TLS", .configuration, named: [
                "ssl": "SSLCertVerificationError CertificateError", "requests.exceptions": "SSLError TooManyRedirects",
                "javax.net.ssl": "SSLHandshakeException SSLPeerUnverifiedException", "java.security.cert": "CertificateException CertificateExpiredException",
                "aiohttp.client_exceptions": "ClientConnectorCertificateError ClientConnectorSSLError", "httpx": "TooManyRedirects UnsupportedProtocol",
                "": "ModuleNotFoundError ImportError ClassNotFoundException NoClassDefFoundError",
            ], cite: "https://docs.python.org/3/library/ssl.html#exceptions"),
            classes("address", .validation, named: [
                "requests.exceptions": "InvalidURL MissingSchema InvalidSchema InvalidHeader", "httpx": "InvalidURL LocalProtocolError",
                "java.net": "MalformedURLException URISyntaxException", "": "IllegalArgumentException AttributeError IndexError UnicodeDecodeError NumberFormatException",
            ], cite: "https://requests.readthedocs.io/en/latest/api/#exceptions"),
            classes("cancelled", .cancelled, ambiguous: true, named: ["java.util.concurrent": "CancellationException", "": "KeyboardInterrupt InterruptedException"],
                cite: "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/concurrent/CancellationException.html"),
            classes("programming fault", .validation, named: ["": "TypeError KeyError ValueError NameError ReferenceError AssertionError ZeroDivisionError"],
                cite: "https://docs.python.org/3/library/exceptions.html#concrete-exceptions"),
            sdk("rate", .rateLimited, "RateLimitError StripeRateLimitError"),
            sdk("credential", .authentication, "AuthenticationError StripeAuthenticationError"),
            sdk("permission", .authorization, "PermissionDeniedError StripePermissionError"),
            sdk("absent", .notFound, "NotFoundError"),
            sdk("request", .validation, "BadRequestError UnprocessableEntityError InvalidRequestError StripeInvalidRequestError"),
            sdk("conflict", .conflict, "ConflictError"),
            sdk("card", .paymentDeclined, "StripeCardError card_error"),
            sdk("fault", .server, "InternalServerError APIStatusError StripeAPIError"),
        ])

    /// Classes by their package, each also known by its bare name.
    private static func classes(
        _ name: String, _ category: Category, _ disposition: Disposition? = nil, ambiguous: Bool? = nil,
        named packages: KeyValuePairs<String, String>, cite citation: String
    ) -> Rule {
        var codes: [String] = []
        for (package, names) in packages {
            for name in names.split(separator: " ").map(String.init) {
                for code in package.isEmpty ? [name] : [name, "\(package).\(name)"] where !codes.contains(code) { codes.append(code) }
            }
        }
        return Rule(name, category, disposition, ambiguous: ambiguous, on: codes.joined(separator: " "), cite: citation)
    }

    private static func sdk(_ name: String, _ category: Category, _ codes: String) -> Rule {
        Rule("SDK \(name)", category, on: codes, cite: "https://github.com/openai/openai-python#handling-errors")
    }
}
