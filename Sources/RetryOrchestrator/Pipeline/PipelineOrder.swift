package import ResilienceCore

/// Which orders of policies make sense, from the outermost to the innermost.
package enum PipelineOrder {
    package typealias Layer = (kind: PipelineLayerKind, limit: Duration?)

    /// Throws for the first pair of policies whose order makes no sense.
    package static func check(_ layers: [Layer]) throws(InvalidArgument) {
        for (inner, layer) in layers.enumerated() {
            for (outer, other) in layers[..<inner].enumerated() {
                let between = layers[(outer + 1)..<inner].map(\.kind)
                guard let reason = fault(other, around: layer, between: between) else { continue }
                throw InvalidArgument(
                    field: "layers",
                    value: layers.map(\.kind.rawValue).joined(separator: " > "),
                    allowed: reason
                )
            }
        }
    }

    /// Why one policy must not stand outside of another; `nil` if it may.
    private static func fault(_ outer: Layer, around inner: Layer, between: [PipelineLayerKind]) -> String? {
        switch (outer.kind, inner.kind) {
        case (.fallback, .fallback), (.retry, .retry), (.hedging, .hedging):
            return "\(inner.kind.rawValue) once: two multiply or hide each other"
        case (_, .fallback):
            return "fallback outermost: inside of \(outer.kind.rawValue) it would hide the failures from it"
        case (.hedging, .retry):
            return "retry outside of hedging: else each late attempt would retry for itself"
        case (.breaker, .retry):
            return "retry outside of breaker: else the breaker counts calls and not attempts"
        case (.rateLimiter, .retry):
            return "retry outside of rateLimiter: else retries are not held to the rate"
        case (.bulkhead, .retry):
            return "retry outside of bulkhead: else a permit is held while a retry waits"
        case (.breaker, .hedging), (.rateLimiter, .hedging), (.bulkhead, .hedging):
            return "hedging outside of \(outer.kind.rawValue): else several attempts count as one"
        case (.timeout, .timeout):
            if let total = outer.limit, let each = inner.limit, each >= total {
                return "an inner timeout shorter than the outer: else it never passes"
            }
            let isNeeded = between.contains(.retry) || between.contains(.hedging)
            return isNeeded
                ? nil : "two timeouts only around and inside of retry or hedging: else the longer never passes"
        case (.timeout, .breaker):
            let isOfTheCall = between.contains(.retry) || between.contains(.hedging)
            return isOfTheCall ? nil : "timeout inside of breaker: else the breaker is not told of what timed out"
        default:
            return nil
        }
    }
}
