import ExampleSupport
import ResilienceCore

/// How the services of this simulation behave: a pure function of the seed, of the key that a call is made with, and of
/// how often that key was called before.
struct Temper: Sendable {
    let seed: UInt64

    /// How a call goes.
    enum Turn: Sendable, Equatable {
        case works
        /// It has its effect, and the answer comes when nobody waits for it any more.
        case answersTooLate
        /// It never arrives, and nobody answers.
        case getsLost
        /// 503, with no effect.
        case isUnavailable
        /// Not yet: come back in so many seconds.
        case notYet(Int)
        /// Never.
        case refuses
    }

    /// What a service is like.
    struct Habits: Sendable {
        /// Of 100 keys, and for how many calls, with what wait between them.
        var refuses = 0
        var notYet = 0
        var notYetCalls = 0
        var notYetSeconds = 0
        /// Of 100 calls.
        var answersTooLate = 0
        var getsLost = 0
        var isUnavailable = 0
    }

    /// How the call goes that is the `number`th with this key, from 1.
    func turn(_ habits: Habits, key: String, call number: Int) -> Turn {
        var character = SmallGenerator(seed: seed ^ "\(key)#".hashOfBytes())
        _ = character.next()
        let kind = Int.random(in: 0..<100, using: &character)
        if kind < habits.refuses { return .refuses }
        if kind < habits.refuses + habits.notYet, number <= habits.notYetCalls { return .notYet(habits.notYetSeconds) }
        var chance = SmallGenerator(seed: seed ^ "\(key)#\(number)".hashOfBytes())
        _ = chance.next()
        var left = Int.random(in: 0..<100, using: &chance)
        for (rate, turn) in [
            (habits.answersTooLate, Turn.answersTooLate), (habits.getsLost, .getsLost),
            (habits.isUnavailable, .isUnavailable),
        ] {
            left -= rate
            if left < 0 { return turn }
        }
        return .works
    }
}

extension Temper.Habits {
    /// Of the bank behind card payments: every seventh refund is not accepted until the third time.
    static let refunds = Self(
        refuses: 10,
        notYet: 15,
        notYetCalls: 2,
        notYetSeconds: 120,
        answersTooLate: 35,
        getsLost: 8,
        isUnavailable: 6
    )
    /// Of the lock at the door: a code cannot be taken back, or given again, while the door has not answered for 120 s.
    static let lock = Self(
        notYet: 20,
        notYetCalls: 3,
        notYetSeconds: 40,
        answersTooLate: 15,
        getsLost: 8,
        isUnavailable: 6
    )
    /// Of the trainers' agency. Some trainers are on their way.
    static let trainer = Self(
        refuses: 30,
        notYet: 25,
        notYetCalls: 3,
        notYetSeconds: 40,
        answersTooLate: 12,
        getsLost: 6,
        isUnavailable: 5
    )
    /// Of either of them where something is to be as it was before. Some trainers have taken another job.
    static let again = Self(
        refuses: 10,
        notYet: 30,
        notYetCalls: 3,
        notYetSeconds: 40,
        answersTooLate: 60,
        getsLost: 6,
        isUnavailable: 4
    )
    /// Of those who carry messages.
    static let messages = Self(answersTooLate: 5, getsLost: 3, isUnavailable: 12)
}
