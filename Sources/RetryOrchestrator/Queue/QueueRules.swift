/// The numbers and facts of a queue that its machine goes by.
package struct QueueRules: Sendable {
    package var attemptLimit: Int
    package var deliveryLimit: Int
    package var isIdempotent: Bool
    package var elapsedLimit: Duration?
    package var canAsk: Bool
    package var settleTime: Duration
    package var questionLimit: Int
    package var questionWait: Duration

    package init(
        attemptLimit: Int,
        deliveryLimit: Int,
        isIdempotent: Bool,
        elapsedLimit: Duration? = nil,
        canAsk: Bool,
        settleTime: Duration,
        questionLimit: Int,
        questionWait: Duration
    ) {
        self.attemptLimit = attemptLimit
        self.deliveryLimit = deliveryLimit
        self.isIdempotent = isIdempotent
        self.elapsedLimit = elapsedLimit
        self.canAsk = canAsk
        self.settleTime = settleTime
        self.questionLimit = questionLimit
        self.questionWait = questionWait
    }
}
