// swift-format-ignore-file
// Tables, a rule to a line.
extension ErrorClassifier {
    /// All presets. Name the failure's source where you know it: codes and words differ between systems.
    ///
    /// ```swift
    /// ErrorClassifier.standard.classify(Failure(source: "postgres", code: "40P01")).category  // conflict
    /// ```
    public static let standard = ErrorClassifier(preset: RuleTable.standard)
}

extension RuleTable {
    /// The tables behind ``ErrorClassifier/standard``, those of single systems first. Put your own before them.
    public static let standard: [RuleTable] = [
        .proxies, .stripe, .ethereumNodes, .openAI, .anthropic, .gemini, .oauth, .smsRental, .pgBouncer, .postgres,
        .postgresMessages, .prisma, .sqlite, .sqliteMessages, .redis, .apns, .fcm, .smtp, .mailAPIs, .messaging, .aws, .google, .grpc, .clients, .curl,
        .ethereumWords, .network, .http, .ethereumReplies, .replies, .exceptions, .words,
    ]
}
