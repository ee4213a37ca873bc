public import ErrorClassification
public import ResilienceCore

extension LimitWindow {
    /// The limits that the headers of a reply tell, each window once.
    ///
    /// Read are `x-ratelimit-{limit,remaining,reset}-{requests,tokens,...}` of OpenAI and Azure, Anthropic's
    /// `anthropic-ratelimit-{window}-{limit,remaining,reset,status}`, `RateLimit-{Limit,Remaining,Reset}` with and without
    /// `x-`, and the one header `RateLimit`, as `"window";r=50;t=30` or `limit=100, remaining=50, reset=30`. What cannot
    /// be read is left out.
    public static func read(_ headers: Headers, now: Timestamp) -> [LimitWindow] {
        var windows: [LimitWindow] = []
        func change(_ name: String, _ step: (inout LimitWindow) -> Void) {
            let index = windows.firstIndex { $0.name == name } ?? windows.endIndex
            if index == windows.endIndex { windows.append(LimitWindow(name)) }
            step(&windows[index])
        }
        for field in headers.fields {
            let header = field.name.lowercased()
            if header == "ratelimit" {
                if let window = listed(field.value, now: now) { change(window.name) { $0 = window } }
                for window in structured(field.value, now: now) { change(window.name) { $0 = window } }
            } else if let (name, part) = part(of: header) {
                switch part {
                case "limit": if let count = count(field.value) { change(name) { $0.limit = count } }
                // Where no number is told.
                case "status": if field.value == "rejected" { change(name) { $0.remaining = 0 } }
                case "remaining": if let count = count(field.value) { change(name) { $0.remaining = count } }
                default:
                    if let wait = WaitText.reset(field.value, now: { now }) {
                        change(name) { $0.reset = now.advanced(by: wait) }
                    }
                }
            }
        }
        return windows
    }

    /// The window and what is told of it: `limit`, `remaining` or `reset`.
    private static func part(of header: String) -> (String, String)? {
        let words = header.split(separator: "-").map(String.init)
        guard let start = words.firstIndex(of: "ratelimit"), start <= 1, words.count > start + 1 else { return nil }
        let rest = Array(words[(start + 1)...])
        let parts: Set = ["limit", "remaining", "reset", "status"]
        if parts.contains(rest[0]) {
            return (rest.count == 1 ? "default" : rest.dropFirst().joined(separator: "-"), rest[0])
        }
        guard let last = rest.last, parts.contains(last) else { return nil }
        return (rest.dropLast().joined(separator: "-"), last)
    }

    /// A whole number, not negative; of a list such as `100, 100;w=60` the first.
    private static func count(_ text: String) -> Int? {
        let digits = text.drop { $0 == " " }.prefix { $0.isASCII && $0.isNumber }
        return Int(digits)
    }

    /// `limit=100, remaining=50, reset=30`
    private static func listed(_ text: String, now: Timestamp) -> LimitWindow? {
        var window = LimitWindow("default")
        for item in text.split(separator: ",") {
            let pair = item.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard pair.count == 2, let number = count(pair[1]) else { continue }
            switch pair[0].lowercased() {
            case "limit": window.limit = number
            case "remaining": window.remaining = number
            case "reset": window.reset = now.advanced(by: .seconds(number))
            default: break
            }
        }
        return window == LimitWindow("default") ? nil : window
    }

    /// `"burst";r=0;t=2, "day";r=100;t=3600`
    private static func structured(_ text: String, now: Timestamp) -> [LimitWindow] {
        text.split(separator: ",").compactMap { item in
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\"" } }
            guard let name = parts.first, parts.count > 1 else { return nil }
            var window = LimitWindow(name)
            for part in parts.dropFirst() {
                if part.hasPrefix("r=") { window.remaining = count(String(part.dropFirst(2))) }
                if part.hasPrefix("t="), let seconds = count(String(part.dropFirst(2))) {
                    window.reset = now.advanced(by: .seconds(seconds))
                }
            }
            return window
        }
    }
}
