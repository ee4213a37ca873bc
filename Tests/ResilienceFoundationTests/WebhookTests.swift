import Foundation
import ResilienceCore
import ResilienceFoundation
import Synchronization
import Testing

@Suite struct WebhookTests {
    private final class Posts: WebhookTransport {
        let status: Int
        private let state = Mutex<[Data]>([])
        init(status: Int = 200) { self.status = status }
        var bodies: [Data] { state.withLock { $0 } }
        func post(_ body: Data, to url: URL) async throws -> Int {
            state.withLock { $0.append(body) }
            return status
        }
    }

    private static let address = "https://hooks.example.org/services/T0/B0/s3cr3t"
    private let url: URL

    init() throws { url = try #require(URL(string: Self.address)) }

    private func alert(_ number: Int = 1) -> ResilienceAlert {
        ResilienceAlert(
            "payment.failed",
            .critical,
            code: "INSUFFICIENT_FUNDS",
            subject: "p-\(number) <b> & co",
            at: Timestamp(seconds: 1_761_984_657),
            message: "Payment failed after 3 attempts",
            attributes: ["context": "instant", "amount": "0.5 ETH"]
        )
    }

    @Test func anAlertIsAHeaderASectionADividerAndAContextWithTheTime() async throws {
        let posts = Posts()
        try await SlackWebhook(url, transport: posts).send([alert()])
        let body = try #require(posts.bodies.first)
        let message = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        let blocks = try #require(message["blocks"] as? [[String: Any]])
        #expect(blocks.map { $0["type"] as? String } == ["header", "section", "divider", "context"])
        let header = blocks[0]["text"] as? [String: String]
        #expect(header == ["type": "plain_text", "text": "\u{1F6A8} Payment failed after 3 attempts"])
        let section = try #require((blocks[1]["text"] as? [String: String])?["text"])
        #expect(
            section == """
                *Subject:* p-1 &lt;b&gt; &amp; co
                *Code:* INSUFFICIENT_FUNDS
                *amount:* 0.5 ETH
                *context:* instant
                """
        )
        let context = try #require((blocks[3]["elements"] as? [[String: String]])?.first?["text"])
        #expect(context.contains("2025-11-01T08:10:57Z"))
        #expect(message["text"] as? String == "payment.failed: Payment failed after 3 attempts")
    }

    @Test func manyAlertsAreSplitSoThatNoMessageHasMoreThanFiftyBlocks() async throws {
        let posts = Posts()
        try await SlackWebhook(url, transport: posts).send((1...25).map(alert))
        let counts = try posts.bodies.map { body in
            let message = try JSONSerialization.jsonObject(with: body) as? [String: Any]
            return (message?["blocks"] as? [Any])?.count ?? 0
        }
        #expect(counts == [48, 48, 4])
    }

    @Test(arguments: [0, 199, 201, 204, 302, 404, 500])
    func onlyStatus200IsSentAndTheErrorDoesNotShowTheAddress(status: Int) async throws {
        let slack = SlackWebhook(url, transport: Posts(status: status))
        let error = await #expect(throws: WebhookError.self) { try await slack.send([alert()]) }
        #expect(error == .refused(status: status))
        var dumped = ""
        dump(slack, to: &dumped)
        for text in ["\(String(describing: error))", "\(slack)", String(reflecting: slack), dumped] {
            #expect(!text.contains("s3cr3t"), "\(text)")
        }
    }

    @Test func aLongAlertIsCutToWhatSlackTakes() async throws {
        let posts = Posts()
        var long = alert()
        long.message = String(repeating: "m", count: 5_000)
        long.attributes["long"] = String(repeating: "a", count: 5_000)
        try await SlackWebhook(url, transport: posts).send([long])
        let message = try JSONSerialization.jsonObject(with: try #require(posts.bodies.first)) as? [String: Any]
        let blocks = try #require(message?["blocks"] as? [[String: Any]])
        #expect((blocks[0]["text"] as? [String: String])?["text"]?.count == 150)
        #expect((blocks[1]["text"] as? [String: String])?["text"]?.count == 3_000)
    }

    @Test func theReadyTransportPostsTheBodyAndGivesTheStatus() async throws {
        let server = try OneReplyServer(reply: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        let transport = try URLSessionTransport(timeout: .seconds(20))
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/hook"))
        #expect(try await transport.post(Data(#"{"a":1}"#.utf8), to: url) == 200)
        let request = server.request()
        #expect(request.hasPrefix("POST /hook HTTP/1.1"))
        #expect(request.lowercased().contains("content-type: application/json"))
        #expect(request.hasSuffix(#"{"a":1}"#))
        #expect(throws: InvalidArgument.self) { try URLSessionTransport(timeout: .zero) }
    }
}
