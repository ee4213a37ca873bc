import Foundation

/// The root of the package.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// What a process printed and how it ended.
struct Ran {
    var status: Int32
    var output: String
    var errors: String
}

/// Runs a program of the PATH to its end.
func run(_ command: [String], in folder: URL, environment: [String: String] = [:]) throws -> Ran {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files instead of pipes: no reader can fall behind.
    let files = try ["out", "err"].map { name in
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).\(name)")
        try Data().write(to: url)
        return url
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    // Not `waitUntilExit`, which keeps a processor busy on Linux.
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    ended.wait()
    return Ran(
        status: process.terminationStatus,
        output: try String(contentsOf: files[0], encoding: .utf8),
        errors: try String(contentsOf: files[1], encoding: .utf8)
    )
}

/// A fresh folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "resilience-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The Swift files below a folder of the package, by their path from the root.
func swiftFiles(under folder: String) throws -> [(path: String, text: String)] {
    let root = packageRoot.appending(path: folder)
    let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var files: [(String, String)] = []
    while let url = found?.nextObject() as? URL {
        guard url.pathExtension == "swift" else { continue }
        let path = String(url.path.dropFirst(packageRoot.path.count).drop { $0 == "/" })
        files.append((path, try String(contentsOf: url, encoding: .utf8)))
    }
    return files.sorted { $0.0 < $1.0 }
}

/// The text without its comments, line by line.
func codeLines(of text: String) -> [(number: Int, code: String)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
        let code = line.range(of: "//").map { line[..<$0.lowerBound] } ?? line
        return (index + 1, String(code))
    }
}
