/// The check that no payment was made twice and none was lost.
///
/// It goes by files alone: what was asked for, what the gateway's ledger holds, and, where it is given, what the store
/// says of failed operations. This module shares no code with the queue, the store, the gateway or its writer, so an error
/// there cannot hide itself here.
public enum Verification {
    /// Compares what was asked for with what the ledger holds.
    ///
    /// - Parameters:
    ///   - input: the payments that were asked for.
    ///   - ledger: what the gateway did.
    ///   - store: the failed and unfinished operations. Without them a payment that was not made is lost, unless the
    ///     ledger itself shows why: the gateway refused it for good, or was called about it as often as the flow tries.
    public static func check(_ input: InputPayments, _ ledger: LedgerContents, store: StoreContents?) -> Findings {
        var findings = Findings()
        findings.expected = input.payments.count
        findings.badLines = input.badLines
        findings.damagedLines = ledger.damagedLines
        findings.knowsStore = store != nil
        for payment in input.payments.values {
            let made = ledger.payments[payment.id] ?? []
            if made.isEmpty {
                notMade(payment.id, ledger, store, &findings)
            } else {
                paid(payment, made, store, &findings)
            }
        }
        for amount in store?.accumulations ?? [] {
            let payment = amount.batch ?? amount.first
            let isMade = ledger.payments[payment] != nil
            let isGivenUp = store?.failed[payment].map { !$0.isAmbiguous && !$0.isRecovered } ?? false
            let isWrong = amount.batch == nil ? isMade : isGivenUp && !isMade
            if isWrong { findings.wrongBatches.append(amount.name) }
        }
        findings.unknown = ledger.payments.keys.filter { input.payments[$0] == nil }
        findings.sort()
        return findings
    }

    private static func paid(
        _ payment: InputPayments.Payment,
        _ made: [LedgerContents.Payment],
        _ store: StoreContents?,
        _ findings: inout Findings
    ) {
        findings.paid += 1
        if made.count > 1 { findings.paidTwice.append(payment.id) }
        let isAsAsked = made.allSatisfy { DecimalText($0.amount) == payment.amount && $0.to == payment.address }
        if !isAsAsked { findings.different.append(payment.id) }
        if store?.unfinished.contains(payment.id) ?? false { findings.unfinished.append(payment.id) }
        if let failed = store?.failed[payment.id], !failed.isRecovered {
            if failed.isAmbiguous {
                findings.paidAndInReview += 1
            } else {
                findings.paidAndGivenUp.append(payment.id)
            }
        }
    }

    private static func notMade(
        _ id: String,
        _ ledger: LedgerContents,
        _ store: StoreContents?,
        _ findings: inout Findings
    ) {
        guard let store else {
            if let reason = ledger.reason(for: id) {
                findings.notMade[id] = reason
            } else {
                findings.lost.append(id)
            }
            return
        }
        if let failed = store.failed[id], !failed.isRecovered {
            findings.notMade[id] = failed.code
        } else if store.unfinished.contains(id) {
            findings.unfinished.append(id)
        } else {
            findings.lost.append(id)
        }
    }
}

extension Findings {
    fileprivate mutating func sort() {
        paidTwice.sort()
        lost.sort()
        different.sort()
        unknown.sort()
        paidAndGivenUp.sort()
        unfinished.sort()
        wrongBatches.sort()
    }
}
