import ExampleSupport
import ResilienceCore
import RetryOrchestrator

extension AlteringStore {
    /// A store that undoes one protection in what the queue writes, to show what the protection is good for.
    static func broken(_ base: any RecordStore, _ protection: Options.Protection) -> AlteringStore {
        AlteringStore(base: base) { write throws(StoreError) in
            guard Spaces.holdsItems(write.key.space) else { return }
            switch protection {
            case .fence: write.ignoreFence()
            case .intent: try write.forgetIntent()
            case .resolver: break
            }
        }
    }
}

extension Write {
    /// Whoever held the item meanwhile: it is written.
    fileprivate mutating func ignoreFence() {
        if case .revision = expect { expect = .any }
    }

    /// As in a queue that counts an attempt only when it has failed, and keeps no note of one that is under way.
    fileprivate mutating func forgetIntent() throws(StoreError) {
        guard case .put(let value, let due, let tags, let clearing) = effect else { return }
        var item = try value.get(RetryItem<Payment>.self)
        guard let intent = item.intent else { return }
        item.intent = nil
        if intent.failure == nil { item.attempts = intent.attempt - 1 }
        effect = .put(StoredValue(item), due: due, tags: tags, clearingDeliveries: clearing)
    }
}
