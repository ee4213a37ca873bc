import ResilienceCore

/// The laws of a store, as checks that any store can be put to: those of this package are, and yours can be.
///
/// The suite knows no test framework. Each check runs on a fresh store; what is broken is thrown as one report that names
/// every violated check, what it expected and what it found. In memory the whole suite takes about a second.
///
/// ```swift
/// @Test func myStoreKeepsTheLaws() async throws {
///     try await StoreLaws.check { clock in StoreUnderTest(MyStore(clock: clock)) }
/// }
/// ```
///
/// A store that keeps its data says so, and is held to more laws:
///
/// ```swift
/// try await StoreLaws.check { clock in
///     let file = temporaryFile()
///     let store = try MyStore(file, clock: clock)
///     return StoreUnderTest(
///         store,
///         reopen: { await store.close(); return try MyStore(file, clock: clock) },
///         secondHandle: { try MyStore(file, clock: clock) },
///         dispose: { await store.close(); remove(file) }
///     )
/// }
/// ```
///
/// Some checks race tasks against each other, and a race may be missed: a store that breaks a law only now and then may
/// pass now and then. Run the suite more than once before you trust a new store.
public enum StoreLaws {
    /// The fourteen laws with their checks, in order.
    public static let all: [StoreLaw] = [
        .allOrNothing, .expectations, .revisions, .snapshots, .claims, .commitIDs, .order, .oneClock, .durability,
        .cancellation, .progress, .values, .deadlines, .tags,
    ]

    /// Puts a store to all laws.
    ///
    /// - Parameter make: makes a fresh, empty store on the clock it is given; called once for each check.
    /// - Returns: the report, which also names the checks that do not apply because the store lacks what they need.
    /// - Throws: the report, if a check was violated. A cancelled task ends the suite as a violated law too.
    @discardableResult
    public static func check(
        _ make: @Sendable (ManualClock) async throws -> StoreUnderTest
    ) async throws(LawReport) -> LawReport {
        let report = await report(make)
        guard report.violations.isEmpty else { throw report }
        return report
    }

    /// Puts a store to the laws of these numbers and tells how each check went; never throws.
    public static func report(
        laws: Set<Int> = Set(1...14),
        _ make: @Sendable (ManualClock) async throws -> StoreUnderTest
    ) async -> LawReport {
        var outcomes: [LawReport.Outcome] = []
        for law in all where laws.contains(law.number) {
            for check in law.checks { outcomes.append(.init(check: check, result: await check.run(make))) }
        }
        return LawReport(outcomes: outcomes)
    }
}
