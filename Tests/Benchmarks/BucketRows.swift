import BucketFailover
import ErrorClassification
import RetryOrchestrator

/// What a pool costs while its current bucket works.
let bucketRows: [Row] = [
    Row("bucket", goal: Goal(ratio: 3, allocations: 0)) {
        let pool = opaque(try BucketPool("p", ["a", "b"], source: APIKeys(["a": "1", "b": "2"])))
        _ = try await pool.credential()
        return { count in
            var sum: UInt64 = 0
            for _ in 0..<count { sum &+= try await pool.credential().generation }
            keep(sum)
        }
    }
]
