import Foundation
import Testing

/// The rules that the compiler does not check.
@Suite struct HouseRuleTests {
    /// Lines of code, comments aside, that hold a match.
    private func matches(
        _ pattern: String,
        under folder: String,
        except exceptions: [String] = []
    ) throws -> [String] {
        let expression = try Regex(pattern)
        return try swiftFiles(under: folder).flatMap { path, text in
            exceptions.contains { path.hasPrefix($0) }
                ? []
                : codeLines(of: text).filter { $0.code.contains(expression) }.map { "\(path):\($0.number): \($0.code)" }
        }
    }

    @Test func unstructuredTasksStartInOnePlace() throws {
        // A task that leaves its executor runs beside virtual time, in the examples as in a simulation.
        for folder in ["Sources", "Examples"] {
            let found = try matches(
                #"(^|[^A-Za-z.])Task(<[^>]*>)?\s*(\{|\()|Task\.(detached|immediate)"#,
                under: folder,
                except: ["Sources/ResilienceCore/Work/UnstructuredTask.swift", "Sources/ResilienceTesting/Simulation"]
            )
            #expect(found == [])
        }
    }

    @Test func timeComesFromTheClock() throws {
        let found = try matches(
            #"(^|[^.A-Za-z])Date\(\)|Date\.now|ContinuousClock|SuspendingClock|Task\.sleep|clock_gettime"#,
            under: "Sources",
            except: ["Sources/ResilienceCore/Time/SystemClock.swift"]
        )
        #expect(found.isEmpty)
    }

    @Test func randomnessIsInjected() throws {
        let found = try matches(
            #"SystemRandomNumberGenerator|\.random\(in:[^,)]*\)|\.randomElement\(\)|\.shuffled\(\)|arc4random"#,
            under: "Sources",
            except: ["Sources/ResilienceCore/Time/SmallGenerator.swift"]
        )
        #expect(found.isEmpty)
    }

    @Test func nothingGoesRoundTheTypeSystem() throws {
        let found = try matches(
            #"@unchecked Sendable|nonisolated\(unsafe\)|try!|fatalError\(|preconditionFailure\(|\bas!|unsafeBitCast"#,
            under: "Sources",
            except: ["Sources/SQLiteStore/Connection"]
        )
        #expect(found.isEmpty)
    }

    @Test func theCoreAndTheClassifierNeedNoFoundation() throws {
        for folder in ["Sources/ResilienceCore", "Sources/ErrorClassification", "Sources/RetryOrchestrator"] {
            #expect(try matches(#"import Foundation"#, under: folder).isEmpty)
        }
    }

    @Test func theTestKitImportsNoTestFramework() throws {
        #expect(try matches(#"import (Testing|XCTest)"#, under: "Sources").isEmpty)
    }

    @Test func nothingIsLeftForLater() throws {
        let pattern = try Regex(#"TODO|FIXME|XXX|// *[Nn]ot implemented"#)
        for folder in ["Sources", "Examples"] {
            for (path, text) in try swiftFiles(under: folder) where text.contains(pattern) {
                Issue.record("\(path)")
            }
        }
    }

    /// The compiler accepts a misspelled feature in silence.
    @Test func theUpcomingFeaturesAreSpelledRight() throws {
        let manifest = try String(contentsOf: packageRoot.appending(path: "Package.swift"), encoding: .utf8)
        let features = manifest.matches(of: /enableUpcomingFeature\("([A-Za-z]+)"\)/).map { String($0.1) }
        let known = try run(["swiftc", "-print-supported-features"], in: packageRoot)
        #expect(features.count >= 5)
        for feature in features { #expect(known.output.contains("\"\(feature)\"")) }
    }

    @Test func theTopLevelHoldsWhatTheFrameNames() throws {
        let allowed: Set = ["Package.swift", "Sources", "Tests", "Examples", "Docs", "README.md", "Package.resolved"]
        let found = try FileManager.default.contentsOfDirectory(atPath: packageRoot.path)
        #expect(found.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }

    @Test func eachFileIsOfAReadableLength() throws {
        for folder in ["Sources", "Examples", "Tests"] {
            for (path, text) in try swiftFiles(under: folder) {
                let lines = text.count { $0 == "\n" }
                #expect(lines <= 400, "\(path) has \(lines) lines")
            }
        }
    }
}
