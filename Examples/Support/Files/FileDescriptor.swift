package import Foundation

/// An open file: the few calls of the system that a ledger and a lock need.
package struct FileDescriptor: ~Copyable, Sendable {
    private let number: Int32

    /// Opens a file for reading and appending; creates it if it is not there. `name` is what the error calls it.
    package init(opening path: String, as name: String) throws(ExitError) {
        let opened = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw .noInput("\(name) \(path) cannot be opened: \(Self.lastError)") }
        number = opened
    }

    deinit { close(number) }

    /// What the system says of the last failure.
    private static var lastError: String { String(cString: strerror(errno)) }

    private static func check(_ result: Int, _ call: String) throws {
        guard result < 0 else { return }
        throw ExitError.failed("\(call): \(lastError)")
    }

    /// Waits for the exclusive lock of the file.
    package func lock() throws {
        while flock(number, LOCK_EX) != 0 {
            guard errno == EINTR else { return try Self.check(-1, "flock") }
        }
    }

    /// Takes the lock if it is free, alone or together with others.
    package func tryLock(shared: Bool) -> Bool { flock(number, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 }

    package func unlock() { _ = flock(number, LOCK_UN) }

    package func read(from offset: Int) throws -> Data {
        let size = Int(lseek(number, 0, SEEK_END))
        try Self.check(size, "lseek")
        guard size > offset else { return Data() }
        var bytes = Data(count: size - offset)
        let count = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, $0.count, off_t(offset)) }
        try Self.check(count, "read")
        return bytes.prefix(count)
    }

    /// Appends all of it.
    package func append(_ bytes: Data) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            try Self.check(count, "write")
            rest = rest.dropFirst(count)
        }
    }

    /// Returns when what was written is on the disk.
    package func sync() throws {
        #if canImport(Darwin)
        try Self.check(Int(fsync(number)), "fsync")
        #else
        try Self.check(Int(fdatasync(number)), "fdatasync")
        #endif
    }

    package func truncate(to size: Int) throws { try Self.check(Int(ftruncate(number, off_t(size))), "ftruncate") }
}
