import Foundation
import Testing

/// The package as its users meet it: by path, with default traits.
@Suite(.serialized) struct ConsumerTests {
    private func manifest(product: String) -> String {
        """
        // swift-tools-version: 6.2
        import PackageDescription
        let package = Package(
            name: "consumer",
            platforms: [.macOS(.v15)],
            dependencies: [.package(name: "resilience", path: "\(packageRoot.path)")],
            targets: [
                .executableTarget(
                    name: "consumer",
                    dependencies: [.product(name: "\(product)", package: "resilience")],
                    path: "Sources"
                )
            ]
        )
        """
    }

    private func write(_ source: String, product: String, to folder: URL) throws {
        let sources = folder.appending(path: "Sources")
        try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
        try manifest(product: product)
            .write(to: folder.appending(path: "Package.swift"), atomically: true, encoding: .utf8)
        try source.write(to: sources.appending(path: "main.swift"), atomically: true, encoding: .utf8)
    }

    @Test func aConsumerOfOneProductResolvesNothingElse() throws {
        try withTemporaryFolder { folder in
            let source = """
                import ResilienceCore
                let store = InMemoryStore()
                let key = RecordKey("example", "a")
                _ = try await store.commit(Batch([.put(key, "kept", expect: .absent)]))
                print(try await store.read(key)?.value.get(String.self) ?? "lost")
                """
            try write(source, product: "ResilienceCore", to: folder)
            let ran = try run(["swift", "run", "-q"], in: folder)
            #expect(ran.output == "kept\n", "\(ran.errors)")

            let shown = try run(["swift", "package", "show-dependencies", "--format", "flatlist"], in: folder)
            // A dependency by path goes by the name of its folder.
            let own = packageRoot.lastPathComponent.lowercased()
            #expect(shown.output.split(separator: "\n").map(String.init) == [own], "\(shown.errors)")
        }
    }

    @Test func thePackageItselfDependsOnNothing() throws {
        try withTemporaryFolder { folder in
            let ran = try run(
                [
                    "swift", "package", "--package-path", packageRoot.path, "--scratch-path", folder.path,
                    "show-dependencies", "--format", "flatlist",
                ],
                in: folder
            )
            #expect(ran.status == 0, "\(ran.errors)")
            #expect(ran.output.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty)
        }
    }

    @Test func theReadmesFirstExampleRunsAndPrintsWhatItSays() throws {
        let readme = try String(contentsOf: packageRoot.appending(path: "README.md"), encoding: .utf8)
        let blocks = fencedBlocks(of: readme)
        let program = try #require(blocks.first { $0.language == "swift" }).text
        let promised = try #require(blocks.first { $0.language == "text" }).text
        try withTemporaryFolder { folder in
            try write(program, product: "RetryOrchestrator", to: folder)
            let ran = try run(["swift", "run", "-q"], in: folder)
            #expect(ran.status == 0, "\(ran.output)\(ran.errors)")
            #expect(ran.output == promised, "\(ran.errors)")
        }
    }

    /// ResilienceCore stands on the standard library alone: a manifest that knows nothing else compiles it.
    @Test func theCoreCompilesAlone() throws {
        try withTemporaryFolder { folder in
            let sources = folder.appending(path: "Sources")
            try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                at: sources.appending(path: "ResilienceCore"),
                withDestinationURL: packageRoot.appending(path: "Sources/ResilienceCore")
            )
            let manifest = """
                // swift-tools-version: 6.2
                import PackageDescription
                let package = Package(
                    name: "alone",
                    platforms: [.macOS(.v15)],
                    targets: [
                        .target(
                            name: "ResilienceCore",
                            swiftSettings: [
                                .enableUpcomingFeature("ExistentialAny"),
                                .enableUpcomingFeature("InternalImportsByDefault"),
                                .enableUpcomingFeature("MemberImportVisibility"),
                                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                                .enableUpcomingFeature("InferIsolatedConformances"),
                            ]
                        )
                    ],
                    swiftLanguageModes: [.v6]
                )
                """
            try manifest.write(to: folder.appending(path: "Package.swift"), atomically: true, encoding: .utf8)
            let ran = try run(["swift", "build"], in: folder)
            #expect(ran.status == 0, "\(ran.output)\(ran.errors)")
        }
    }
}

/// The fenced code blocks of a Markdown text, with a closing newline each.
func fencedBlocks(of markdown: String) -> [(language: String, text: String)] {
    var blocks: [(String, String)] = []
    var open: (language: String, lines: [String])?
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("```") {
            if let (language, lines) = open {
                blocks.append((language, lines.map { $0 + "\n" }.joined()))
                open = nil
            } else {
                open = (String(line.dropFirst(3)), [])
            }
        } else {
            open?.lines.append(String(line))
        }
    }
    return blocks
}
