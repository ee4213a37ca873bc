import ErrorClassification
import ProviderScoring
import ResilienceCore
import ResilienceTesting
import Testing

@testable import SMSRentalFlow

@Suite struct ScoreboardTests {
    @Test func itShowsHealthScoreStockAndTheShareOfPicks() throws {
        let clock = ManualClock()
        let router = try ProviderRouter("numbers", ["fast", "new"], clock: clock)
        for _ in 0..<3 { router.record(.success, of: "fast", elapsed: .milliseconds(500)) }
        router.record(.failure, of: "fast", elapsed: .milliseconds(1_300))
        router.setStock(40, of: "fast")
        #expect(
            Scoreboard.lines(router.snapshot(), picks: ["fast": 3, "new": 1]) == [
                "vendor        status      score success  response  stock  picks  ",
                "fast          degraded    90    75 %     700 ms    40     75 %   ",
                "new           unknown     50    -        -         -      25 %   ",
            ]
        )
    }

    @Test func picksAreCountedByVendorAndOffersApart() {
        let board = Scoreboard()
        for (vendor, reason) in [("a", "best"), ("a", "offer"), ("b", "best")] {
            board.observe(
                ResilienceEvent(.providerPicked, at: Timestamp(seconds: 1), subject: "numbers", ["provider": vendor, "reason": reason])
            )
        }
        #expect(board.picks == ["a": 2, "b": 1])
        #expect(board.offers == 1)
    }
}

/// What the vendors say is understood as it is meant.
@Suite struct VendorWordTests {
    @Test(arguments: VendorProfile.all.map(\.name)) func theClassifierKnowsTheWordsOfEachVendor(name: String) throws {
        let profile = try #require(VendorProfile.all.first { $0.name == name })
        let now = Timestamp(seconds: 1_767_225_600)
        func verdict(_ text: String) -> Classification {
            ErrorClassifier.smsRental.classify(VendorError(source: profile.source, message: text, at: now))
        }
        #expect(verdict(profile.words.noNumbers).category == .resourceExhausted)
        #expect(verdict(profile.words.noBalance).category == .insufficientFunds)
        #expect(verdict(profile.words.badKey).category == .authentication)
        #expect(verdict(profile.words.badService).category == .validation)
        #expect(verdict(profile.words.unknownActivation).category == .notFound)
        #expect(verdict(profile.words.fault).isAmbiguous)
        for text in [profile.words.noNumbers, profile.words.noBalance, profile.words.badKey, profile.words.limit] {
            #expect(!verdict(text).isAmbiguous, "\(text)")
            #expect(verdict(text).disposition != .treatAsDone, "\(text)")
        }
        if profile.lockedFor > .zero {
            #expect(verdict(profile.words.tooEarly).disposition == .retryAfter)
            #expect(!verdict(profile.words.tooEarly).isAmbiguous)
        }
        if profile.words.namesEndOfBan {
            let banned = verdict("BANNED:'2026-01-01 00:05:00'")
            #expect(banned.category == .authorization)
            #expect(banned.retryAfter == .seconds(300))
        }
        let lost = ErrorClassifier.smsRental.classify(VendorError.timedOut(profile, at: now))
        #expect(lost.category == .timeout)
        #expect(lost.isAmbiguous)
    }
}
