/// The calls that are under way, the earliest end first.
struct EndHeap {
    struct Call {
        var end: Double
        var request: Int
        var provider: Int
        var elapsed: Double
        var answer: LiveProvider.Answer
    }

    private var calls: [Call] = []

    var next: Double { calls.first?.end ?? .infinity }

    mutating func push(_ call: Call) {
        calls.append(call)
        var place = calls.count - 1
        while place > 0, calls[(place - 1) / 2].end > call.end {
            calls[place] = calls[(place - 1) / 2]
            place = (place - 1) / 2
        }
        calls[place] = call
    }

    mutating func pop() -> Call {
        let top = calls[0]
        let last = calls.removeLast()
        guard !calls.isEmpty else { return top }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < calls.count else { break }
            if child + 1 < calls.count, calls[child + 1].end < calls[child].end { child += 1 }
            guard calls[child].end < last.end else { break }
            calls[place] = calls[child]
            place = child
        }
        calls[place] = last
        return top
    }
}
