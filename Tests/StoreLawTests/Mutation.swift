/// One branch in which a ``ModelStore`` differs from a store that keeps the laws.
enum Mutation: String, CaseIterable, Sendable {
    case splitsABatch, keepsWhatStoodBeforeTheConflict
    case ignoresAStaleRevision, ignoresAbsent, checksOutsideTheLock, namesTheFirstConflictOnly, putKeepsDue,
        verifyingBumps
    case startsRevisionsAgain, countsRevisionsByKey
    case readsStale, scansInPieces, countsToTheLimit
    case claimsWithoutARevision, claimsWithoutCounting, claimsWhatIsNotDue, claimsInTwoSteps, deliversWhatIsNotDue
    case leasesFromDue, renewalBumps, renewalGoesBack, renewalGivesADue, claimsByName
    case forgetsIDs, appliesAgain, takesIDsByNumber
    case ordersAsStrings, dueTiesBackwards, includesTheUpperBound, repeatsTheLastPlace
    case claimsOnTheSystemClock, testsBeforeOnTheSystemClock
    case losesTheLastCommit, losesTags
    case appliesWhatIsCancelled, ignoresCancellation, breaksWhenCancelled
    case defeatsBothInAConflict, conflictsWithNobody
    case cutsAtNUL, mergesSpellings, takesLargeValues, takesAnyLimit
    case testsBeforeOutsideTheLock, takesTheVeryInstant, ignoresBefore
    case keepsOldTags, leavesTagsOfTheDeleted, tagTiesBackwards, renewalDropsTags

    /// The number of the law that it breaks; it may break others too.
    var law: Int {
        switch self {
        case .splitsABatch, .keepsWhatStoodBeforeTheConflict: 1
        case .ignoresAStaleRevision, .ignoresAbsent, .checksOutsideTheLock, .namesTheFirstConflictOnly, .putKeepsDue,
            .verifyingBumps:
            2
        case .startsRevisionsAgain, .countsRevisionsByKey: 3
        case .readsStale, .scansInPieces, .countsToTheLimit: 4
        case .claimsWithoutARevision, .claimsWithoutCounting, .claimsWhatIsNotDue, .claimsInTwoSteps,
            .deliversWhatIsNotDue, .leasesFromDue, .renewalBumps, .renewalGoesBack, .renewalGivesADue, .claimsByName:
            5
        case .forgetsIDs, .appliesAgain, .takesIDsByNumber: 6
        case .ordersAsStrings, .dueTiesBackwards, .includesTheUpperBound, .repeatsTheLastPlace: 7
        case .claimsOnTheSystemClock, .testsBeforeOnTheSystemClock: 8
        case .losesTheLastCommit, .losesTags: 9
        case .appliesWhatIsCancelled, .ignoresCancellation, .breaksWhenCancelled: 10
        case .defeatsBothInAConflict, .conflictsWithNobody: 11
        case .cutsAtNUL, .mergesSpellings, .takesLargeValues, .takesAnyLimit: 12
        case .testsBeforeOutsideTheLock, .takesTheVeryInstant, .ignoresBefore: 13
        case .keepsOldTags, .leavesTagsOfTheDeleted, .tagTiesBackwards, .renewalDropsTags: 14
        }
    }
}
