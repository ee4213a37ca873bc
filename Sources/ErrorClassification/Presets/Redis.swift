// swift-format-ignore-file
// Tables, a rule to a line.
extension RuleTable {
    /// Error prefixes of Redis and Valkey; what follows `ERR` decides by its words.
    public static let redis = RuleTable(
        "redis", of: ["redis"], needsSource: true, codesInText: .leading,
        cite: "https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors", [
            Rule("unknown command", .configuration, on: "ERR", says: [
                "unknown command", "unknown subcommand", "cluster support disabled", "cluster mode is not enabled",
                "not allowed in cluster mode", "without any password configured", "no password is set", "no such module",
                "this instance has cluster support disabled", "not permitted since", "unsupported config parameter",
            ]),
            Rule("clients", .resourceExhausted, .retry, on: "ERR", says: ["max number of clients"]),
            Rule("value or use", .validation, on: "ERR", says: [
                "not a float", "out of range", "not an integer", "syntax error", "wrong number of arguments", "invalid",
                "multi calls can not be nested", "exec without multi", "discard without multi", "watch inside multi",
            ]),
            Rule("credential", .authentication, on: "ERR", says: ["invalid password", "operation not permitted", "auth"]),
            Rule("absent", .notFound, on: "ERR", says: ["no such key", "no such", "not found", "source key does not exist"]),
            Rule("running already", .conflict, on: "ERR", says: ["already in progress"]),
            Rule("server busy", .unavailable, on: "ERR", says: ["background save", "background append only file", "loading", "can't * failover", "failover*in progress"]),
            Rule("proxy", .server, on: "ERR", says: ["internal error", "server error"]),
            Rule("use", .validation, on: "ERR"),
            Rule("loading or moving", .unavailable, on: "LOADING CLUSTERDOWN TRYAGAIN NOREPLICAS MASTERDOWN NOGOODSLAVE"),
            Rule("failover running", .conflict, on: "INPROG", cite: "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/"),
            Rule("another node", .unavailable, .failover, on: "READONLY MOVED ASK UNBLOCKED"),
            Rule("script running", .overloaded, on: "BUSY"),
            Rule("disk", .configuration, on: "MISCONF"),
            Rule("memory, script flag", .resourceExhausted, .fail, on: "OOM", says: ["allow-oom flag"]),
            Rule("memory", .resourceExhausted, .retry, on: "OOM"),
            Rule("credential missing", .authentication, on: "NOAUTH WRONGPASS"),
            Rule("not allowed", .authorization, on: "NOPERM"),
            Rule("protected", .configuration, on: "DENIED NOPROTO"),
            Rule("script cannot be killed", .conflict, .fail, on: "UNKILLABLE"),
            Rule("target instance", .timeout, on: "IOERR"),
            Rule("absent by prefix", .notFound, on: "NOSCRIPT NOGROUP NOKEY NOTFOUND NOTBUSY"),
            Rule("group exists", .duplicate, .treatAsDone, on: "BUSYGROUP"),
            Rule("key exists", .duplicate, .fail, on: "BUSYKEY"),
            Rule("keys or types", .validation, on: "WRONGTYPE CROSSSLOT EXECABORT INVALIDOBJ"),
            Rule("stale", .unavailable, on: "NOMASTER NOMASTERLINK NOQUORUM NOTREADY"),
        ])
}
