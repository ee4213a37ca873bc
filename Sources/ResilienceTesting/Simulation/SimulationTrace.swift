import ResilienceCore
import Synchronization

/// Collects what the stores of a simulation did, in the order in which they did it.
struct SimulationTrace {
    private(set) var steps: [SimulationStep] = []
    private(set) var faults: [Fault: Int] = [:]
    private(set) var hash = StableHash()

    mutating func append(_ step: SimulationStep) {
        steps.append(step)
        if let fault = step.fault { faults[fault, default: 0] += 1 }
        hash.combine(step)
    }
}

/// FNV-1a over 64 bits: the same on every machine and in every process, which `Hasher` is not.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    mutating func combine(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { combine(byte: UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func combine(_ text: String) {
        for byte in text.utf8 { combine(byte: byte) }
        // No byte of UTF-8: two strings never run together.
        combine(byte: 0xFF)
    }

    mutating func combine(_ step: SimulationStep) {
        combine(step.task)
        combine(step.operation.rawValue)
        combine(step.space)
        combine(UInt64(step.keys.count))
        for key in step.keys {
            combine(key.space)
            combine(key.name)
        }
        switch step.outcome {
        case .revisions(let revisions): for revision in revisions { combine(revision?.rawValue ?? 0) }
        case .count(let count): combine(UInt64(count))
        case .failed(let name): combine(name)
        }
        combine(step.fault?.rawValue ?? "")
        combine(UInt64(bitPattern: step.instant.microseconds))
    }
}
