/// What a policy keeps of each provider, by its place. Of a provider of which it keeps nothing yet it gives what each
/// begins with, so that a policy need not know beforehand how many there are.
struct PerProvider<Value: Sendable>: Sendable {
    private let first: Value
    private var values: [Value] = []

    /// Nothing is known; each begins with `first`.
    init(_ first: Value) { self.first = first }

    /// Begins anew, with room for so many.
    mutating func beginAnew(_ count: Int) { values = Array(repeating: first, count: count) }

    // Always inlined: the frame of an accessor that is not costs an allocation.
    subscript(provider: Int) -> Value {
        @inline(__always) get { provider < values.count ? values[provider] : first }
        @inline(__always) _modify {
            makeRoom(for: provider)
            yield &values[provider]
        }
    }

    private mutating func makeRoom(for provider: Int) {
        while values.count <= provider { values.append(first) }
    }
}
