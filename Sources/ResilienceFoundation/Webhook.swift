public import Foundation
#if canImport(FoundationNetworking)
public import FoundationNetworking
#endif
public import ResilienceCore

/// Posts a JSON body to an address: a client of yours, or ``URLSessionTransport``.
public protocol WebhookTransport: Sendable {
    /// Posts `body` as `application/json`.
    ///
    /// - Returns: the HTTP status of the reply.
    /// - Throws: what kept it from being answered. It should end when the task is cancelled.
    func post(_ body: Data, to url: URL) async throws -> Int
}

/// The ready transport, on the URL loading system.
public struct URLSessionTransport: WebhookTransport {
    private let session: URLSession
    private let timeout: TimeInterval

    /// A transport.
    ///
    /// - Parameters:
    ///   - session: makes the requests.
    ///   - timeout: how long it waits for an answer; more than zero.
    /// - Throws: `InvalidArgument` for a timeout that is not positive.
    public init(session: URLSession = .shared, timeout: Duration = .seconds(10)) throws(InvalidArgument) {
        guard timeout > .zero else {
            throw InvalidArgument(field: "timeout", value: timeout, allowed: "more than zero")
        }
        self.session = session
        self.timeout = timeout / .seconds(1)
    }

    /// Posts `body`; throws what the session throws, and ends when the task is cancelled.
    public func post(_ body: Data, to url: URL) async throws -> Int {
        var request = URLRequest(url: url, timeoutInterval: timeout)
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
        let (_, response) = try await session.data(for: request)
        return (response as? HTTPURLResponse)?.statusCode ?? 0
    }
}

/// Why a webhook did not take alerts. It does not say where it is: the address of a webhook is a secret.
public enum WebhookError: Error, Sendable, Hashable {
    /// It answered with another status than 200.
    case refused(status: Int)
}

/// Sends alerts to a Slack channel through an incoming webhook: a header, a section, a divider and a context block for
/// each (https://api.slack.com/reference/block-kit/blocks).
///
/// ```swift
/// let slack = SlackWebhook(url, transport: try URLSessionTransport())
/// let router = try AlertRouter(to: [slack], rules: AlertRule.failedPayments)
/// ```
///
/// Only status 200 counts as sent. The address is in no error and no description.
public struct SlackWebhook: AlertSink, CustomStringConvertible, CustomReflectable {
    /// By which events speak of it.
    public let name: String
    private let url: URL
    private let transport: any WebhookTransport

    /// A message may have 50 blocks; an alert takes four.
    private static let alertsPerMessage = 12

    /// Creates the sink.
    ///
    /// - Parameters:
    ///   - url: the address of the webhook; a secret.
    ///   - name: by which events speak of it.
    ///   - transport: posts the messages.
    public init(_ url: URL, name: String = "slack", transport: any WebhookTransport) {
        self.url = url
        self.name = name
        self.transport = transport
    }

    /// Posts a message for up to twelve alerts at once.
    ///
    /// - Throws: ``WebhookError``, or what the transport throws. Messages before that one were sent.
    public func send(_ alerts: [ResilienceAlert]) async throws {
        for start in stride(from: 0, to: alerts.count, by: Self.alertsPerMessage) {
            let part = alerts[start..<min(start + Self.alertsPerMessage, alerts.count)]
            let status = try await transport.post(Self.message(Array(part)), to: url)
            guard status == 200 else { throw WebhookError.refused(status: status) }
        }
    }

    /// The name, without the address.
    public var description: String { "SlackWebhook(\(name))" }
    /// The name, without the address.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }

    /// The body for some alerts, 1 to 12.
    static func message(_ alerts: [ResilienceAlert]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = alerts.map { "\($0.name): \($0.message)" }.joined(separator: "; ")
        return try encoder.encode(SlackMessage(text: cut(text, to: 3_000), blocks: alerts.flatMap(blocks)))
    }

    private static func blocks(_ alert: ResilienceAlert) -> [SlackBlock] {
        var facts = ["*Subject:* \(escaped(alert.subject))"]
        if let code = alert.code { facts.append("*Code:* \(escaped(code))") }
        facts += alert.attributes.sorted { $0.key < $1.key }.map { "*\(escaped($0.key)):* \(escaped($0.value))" }
        return [
            SlackBlock("header", text: SlackText("plain_text", cut("\u{1F6A8} \(alert.message)", to: 150))),
            SlackBlock("section", text: SlackText("mrkdwn", cut(facts.joined(separator: "\n"), to: 3_000))),
            SlackBlock("divider"),
            SlackBlock(
                "context",
                elements: [SlackText("mrkdwn", "\(escaped(alert.name)) | \(alert.severity.rawValue) | \(alert.at) UTC")]
            ),
        ]
    }

    /// The three characters that are markup in Slack's text.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func cut(_ text: String, to limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "\u{2026}"
    }
}

private struct SlackMessage: Encodable {
    let text: String
    let blocks: [SlackBlock]
}

private struct SlackBlock: Encodable {
    let type: String
    var text: SlackText?
    var elements: [SlackText]?

    init(_ type: String, text: SlackText? = nil, elements: [SlackText]? = nil) {
        self.type = type
        self.text = text
        self.elements = elements
    }
}

private struct SlackText: Encodable {
    let type: String
    let text: String

    init(_ type: String, _ text: String) {
        self.type = type
        self.text = text
    }
}
