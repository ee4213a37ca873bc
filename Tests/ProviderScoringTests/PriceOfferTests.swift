import ProviderScoring
import ResilienceCore
import Testing

@Suite struct PriceOfferTests {
    private let offers: PriceOffers

    init() throws {
        // Dearest first here; the cheapest is first in the list.
        offers = try PriceOffers(regularPrice: 20, stockByPrice: [25: 900, 18: 50, 17: 50, 15: 4, 16: 9])
    }

    @Test(arguments: [
        (16.9, 16, PriceOffer.Badge.great), (17, 15, .great), (17.2, 14, .good), (18, 10, .good),
        (18.2, 9, .minimal), (20, 0, .minimal), (30, -50, .minimal), (0, 100, .great),
    ])
    func theBadgeSaysHowMuchIsSavedInWholePercent(price: Double, percent: Int, badge: PriceOffer.Badge) throws {
        let offer = try #require(try PriceOffers(regularPrice: 20, stockByPrice: [price: 1]).options.first)
        #expect(offer.savingsPercent == percent)
        #expect(offer.badge == badge)
    }

    @Test func theListGoesFromTheCheapestAndAddsUp() throws {
        #expect(offers.options.map(\.price) == [15, 16, 17, 18, 25])
        #expect(offers.greatestSavings == 25)
        #expect(offers.totalStock == 1_013)
        let huge = try PriceOffers(regularPrice: 1, stockByPrice: [1: .max, 2: 1])
        #expect(huge.totalStock == .max)
        let none = try PriceOffers(regularPrice: 1, stockByPrice: [:])
        #expect(none.greatestSavings == 0 && none.totalStock == 0)
        #expect(none.recommended == nil && none.choose() == nil)
    }

    @Test func theCheapestOfWhichThereIsEnoughIsRecommended() throws {
        #expect(offers.recommended?.price == 17)
        #expect(try PriceOffers(regularPrice: 20, stockByPrice: [19: 9, 12: 1]).recommended?.price == 12)
        #expect(try PriceOffers(regularPrice: 20, stockByPrice: [19: 10, 12: 9]).recommended?.price == 19)
    }

    @Test func theOfferThatIsTakenIsWithinThePriceAndInStock() {
        #expect(offers.choose()?.price == 16)
        for any in [nil, 0, -1] as [Double?] { #expect(offers.choose(maximumPrice: any)?.price == 16) }
        #expect(offers.choose(maximumPrice: 16)?.price == 16)
        #expect(offers.choose(maximumPrice: 15.99) == nil)
        #expect(offers.choose(maximumPrice: 15.99, minimumStock: 4)?.price == 15)
        #expect(offers.choose(minimumStock: 10)?.price == 17)
        #expect(offers.choose(minimumStock: 901) == nil)
        #expect(offers.choose(prefersPrice: false)?.price == 25)
        // Of equals the cheaper one.
        #expect(offers.choose(maximumPrice: 20, prefersPrice: false)?.price == 17)
    }

    @Test func badPricesAndStocksAreRefused() {
        for regular in [0, -1, .nan, .infinity] as [Double] {
            #expect(throws: InvalidArgument.self) { try PriceOffers(regularPrice: regular, stockByPrice: [:]) }
        }
        for stock in [[-1: 1], [.nan: 1], [.infinity: 1], [1: -1]] as [[Double: Int]] {
            #expect(throws: InvalidArgument.self) { try PriceOffers(regularPrice: 1, stockByPrice: stock) }
        }
        #expect(throws: Never.self) { try PriceOffers(regularPrice: .leastNonzeroMagnitude, stockByPrice: [1e300: 1]) }
    }
}
