package import ResilienceCore
import ResilienceFoundation
package import VerifyFiles

extension RecordStore {
    /// All records of a space.
    package func all(in space: String) async throws(StoreError) -> [Record] {
        var records: [Record] = []
        var next: Scan? = Scan(space)
        while let scan = next {
            let page = try await self.scan(scan)
            records += page
            next = scan.following(page)
        }
        return records
    }

    /// All records of some spaces as JSON, as a check reads them.
    package func contents(of spaces: [String]) async throws(StoreError) -> SpaceContents {
        var contents: SpaceContents = [:]
        for space in spaces {
            var records: [(name: String, value: [UInt8])] = []
            for record in try await all(in: space) {
                records.append((record.key.name, try record.value.encoded(by: JSONCoder())))
            }
            contents[space] = records
        }
        return contents
    }

    /// Commits writes in as many batches as they need.
    package func commitAll(_ writes: [Write]) async throws(StoreError) {
        for start in stride(from: 0, to: writes.count, by: StoreLimits.writes) {
            try await commitSettling(Batch(Array(writes[start..<min(start + StoreLimits.writes, writes.count)])))
        }
    }
}
