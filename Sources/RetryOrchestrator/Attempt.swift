public import ErrorClassification
public import ResilienceCore

/// What an operation is told about the attempt that it is.
public struct Attempt: Sendable {
    /// Which attempt it is; the first is 1.
    public let number: Int
    /// How many more the policy allows after this one. Inner retriers that share attempts may use them up.
    public let attemptsLeft: Int
    /// When the call must be over, for operations that can pass a deadline on; `nil` if there is none.
    public let deadline: Timestamp?
    /// The verdict on the attempt before; `nil` on the first, and after a result that was not accepted.
    public let previous: Classification?
    @usableFromInline let key: CallKey

    @inlinable
    init(number: Int, attemptsLeft: Int, deadline: Timestamp?, previous: Classification?, key: CallKey) {
        self.number = number
        self.attemptsLeft = attemptsLeft
        self.deadline = deadline
        self.previous = previous
        self.key = key
    }

    /// A key that is the same on each attempt of a call and on no other call: for the other side to tell a repetition.
    ///
    /// It is the caller's own where one was given to the call. One that is made here lives as long as the call: whoever
    /// must be recognised after a restart gives a key of their own. Made when asked for.
    public var idempotencyKey: String { key.text }
}

/// What names a call: a key of the caller's, or the retrier's nonce and the number of the call.
@usableFromInline
struct CallKey: Sendable {
    @usableFromInline let own: String?
    @usableFromInline let nonce: UInt64
    @usableFromInline let number: UInt64

    @inlinable
    init(own: String?, nonce: UInt64, number: UInt64) {
        self.own = own
        self.nonce = nonce
        self.number = number
    }

    var text: String { own ?? "\(String(nonce, radix: 16))-\(number)" }
}
