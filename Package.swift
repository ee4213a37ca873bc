// swift-tools-version: 6.2

import PackageDescription

// One package, no dependency on another one. A trait only adds; none is on by default.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "resilience",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "ResilienceCore", targets: ["ResilienceCore"]),
        .library(name: "ErrorClassification", targets: ["ErrorClassification"]),
        .library(name: "RetryOrchestrator", targets: ["RetryOrchestrator"]),
        .library(name: "BucketFailover", targets: ["BucketFailover"]),
        .library(name: "HoldTimer", targets: ["HoldTimer"]),
        .library(name: "Saga", targets: ["Saga"]),
        .library(name: "ProviderScoring", targets: ["ProviderScoring"]),
        .library(name: "ResilienceFoundation", targets: ["ResilienceFoundation"]),
        .library(name: "ResilienceIntegrations", targets: ["ResilienceIntegrations"]),
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
        .library(name: "ResilienceTesting", targets: ["ResilienceTesting"]),
        .executable(name: "booking-flow", targets: ["BookingFlow"]),
        .executable(name: "payment-flow", targets: ["PaymentFlow"]),
        .executable(name: "resilience-admin", targets: ["resilience-admin"]),
        .executable(name: "sms-rental-flow", targets: ["SMSRentalFlow"]),
        .executable(name: "benchmarks", targets: ["Benchmarks"]),
    ],
    traits: [
        .trait(name: "SQLite", description: "The durable store on the system's sqlite3."),
        .trait(name: "Crypto", description: "Signed and encrypted attempt tokens, with swift-crypto."),
    ],
    dependencies: [
        // Resolved only where the trait Crypto is enabled.
        .package(url: "https://github.com/apple/swift-crypto.git", "3.12.0"..<"5.0.0")
    ],
    targets: [
        // MARK: Core
        .target(name: "ResilienceCore", swiftSettings: settings),

        // MARK: Primitives
        .target(name: "ErrorClassification", dependencies: ["ResilienceCore"], swiftSettings: settings),
        .target(
            name: "RetryOrchestrator",
            dependencies: ["ResilienceCore", "ErrorClassification"],
            swiftSettings: settings
        ),
        .target(
            name: "BucketFailover",
            dependencies: ["ErrorClassification", "ResilienceCore", "RetryOrchestrator"],
            swiftSettings: settings
        ),
        .target(name: "HoldTimer", dependencies: ["ResilienceCore"], swiftSettings: settings),
        .target(
            name: "Saga",
            dependencies: ["ErrorClassification", "ResilienceCore", "RetryOrchestrator"],
            swiftSettings: settings
        ),
        .target(
            name: "ProviderScoring",
            dependencies: ["ErrorClassification", "ResilienceCore", "RetryOrchestrator"],
            swiftSettings: settings
        ),

        // MARK: Stores
        .target(
            name: "ResilienceFoundation",
            dependencies: ["ErrorClassification", "ResilienceCore"],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CSQLite"),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "ResilienceCore", "ResilienceFoundation",
                .target(name: "CSQLite", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),

        // MARK: Integrations
        .target(
            name: "ResilienceIntegrations",
            dependencies: [
                "ResilienceCore", "RetryOrchestrator",
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["Crypto"])),
            ],
            swiftSettings: settings
        ),

        // MARK: Testing
        .target(name: "ResilienceTesting", dependencies: ["ResilienceCore"], swiftSettings: settings),

        // MARK: Examples
        .target(
            name: "ExampleSupport",
            dependencies: [
                "ResilienceCore", "ResilienceFoundation", "VerifyFiles",
                .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            path: "Examples/Support",
            swiftSettings: settings
        ),
        .target(
            name: "VerifyFiles",
            dependencies: [.target(name: "CSQLite", condition: .when(traits: ["SQLite"]))],
            path: "Examples/VerifyFiles",
            swiftSettings: settings
        ),
        .target(
            name: "PaymentVerify",
            dependencies: ["VerifyFiles"],
            path: "Examples/PaymentVerify",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PaymentFlow",
            dependencies: [
                "BucketFailover",
                "ErrorClassification", "ExampleSupport", "PaymentVerify", "ResilienceCore", "RetryOrchestrator",
                "VerifyFiles",
            ],
            path: "Examples/PaymentFlow",
            exclude: ["README.md", "payments.jsonl"],
            swiftSettings: settings
        ),
        .target(
            name: "BookingVerify",
            dependencies: ["VerifyFiles"],
            path: "Examples/BookingVerify",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BookingFlow",
            dependencies: [
                "BookingVerify", "ErrorClassification", "ExampleSupport", "HoldTimer", "ResilienceCore",
                "ResilienceFoundation", "RetryOrchestrator", "Saga", "VerifyFiles",
            ],
            path: "Examples/BookingFlow",
            exclude: ["README.md", "requests.jsonl"],
            swiftSettings: settings
        ),
        .target(
            name: "RentalVerify",
            dependencies: ["VerifyFiles"],
            path: "Examples/RentalVerify",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SMSRentalFlow",
            dependencies: [
                "ErrorClassification", "ExampleSupport", "ProviderScoring", "RentalVerify", "ResilienceCore",
                "ResilienceFoundation", "RetryOrchestrator", "Saga", "VerifyFiles",
            ],
            path: "Examples/SMSRentalFlow",
            exclude: ["README.md", "requests.jsonl"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "classify-errors",
            dependencies: ["ErrorClassification", "ResilienceCore", "ResilienceFoundation"],
            path: "Examples/ClassifyErrors",
            exclude: ["README.md"],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "resilience-admin",
            dependencies: [
                "ExampleSupport", "HoldTimer", "ProviderScoring", "ResilienceCore", "RetryOrchestrator", "Saga",
                .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            path: "Examples/ResilienceAdmin",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .target(
            name: "RoutingWorlds",
            dependencies: ["ProviderScoring", "ResilienceCore"],
            path: "Examples/RoutingWorlds",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "routing-simulator",
            dependencies: ["RoutingWorlds"],
            path: "Examples/RoutingSimulator",
            exclude: ["README.md", "worlds.json", "log.jsonl"],
            swiftSettings: settings
        ),

        // MARK: Tests
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "BookingFlow", "BookingVerify", "classify-errors", "ExampleSupport", "HoldTimer", "PaymentFlow",
                "PaymentVerify", "ProviderScoring", "RentalVerify", "resilience-admin", "ResilienceCore",
                "ResilienceTesting",
                "RetryOrchestrator", "routing-simulator", "RoutingWorlds", "Saga", "SMSRentalFlow",
                .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ErrorClassificationTests",
            dependencies: ["ErrorClassification", "ResilienceCore", "ResilienceFoundation"],
            exclude: ["Data"],
            swiftSettings: settings
        ),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(
            name: "RetryLoad",
            dependencies: ["ErrorClassification", "ResilienceCore", "ResilienceTesting", "RetryOrchestrator"],
            path: "Tests/RetryLoad",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "BucketFailover", "CAllocationCounter", "ErrorClassification", "HoldTimer", "ProviderScoring",
                "ResilienceCore",
                "RetryLoad", "RetryOrchestrator", "Saga",
                .target(name: "CSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            path: "Tests/Benchmarks",
            swiftSettings: settings
        ),
        .testTarget(
            name: "BucketFailoverTests",
            dependencies: [
                "BucketFailover", "ErrorClassification", "ResilienceCore", "ResilienceTesting", "RetryOrchestrator",
                "SQLiteStore",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "BucketFailover", "ErrorClassification", "HoldTimer", "ProviderScoring", "ResilienceCore",
                "ResilienceTesting",
                "RetryOrchestrator", "RoutingWorlds", "Saga",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "BucketFailover", "ErrorClassification", "HoldTimer", "ResilienceCore", "ResilienceFoundation",
                "ResilienceTesting",
                "ProviderScoring", "ResilienceIntegrations", "RetryOrchestrator", "SQLiteStore", "Saga",
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "HoldRace",
            dependencies: [
                "HoldTimer", "ResilienceCore", .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            path: "Tests/HoldRace",
            swiftSettings: settings
        ),
        .testTarget(
            name: "HoldTimerTests",
            dependencies: ["HoldRace", "HoldTimer", "ResilienceCore", "ResilienceTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "ResilienceCore", "ResilienceIntegrations", "ResilienceTesting", "RetryOrchestrator",
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["Crypto"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "PackageTests", swiftSettings: settings),
        .testTarget(
            name: "ProviderScoringTests",
            dependencies: [
                "ErrorClassification", "ProviderScoring", "ResilienceCore", "ResilienceTesting", "RetryOrchestrator",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SagaTests",
            dependencies: [
                "ErrorClassification", "ResilienceCore", "ResilienceFoundation", "ResilienceTesting",
                "RetryOrchestrator",
                "Saga",
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SagaLoop",
            dependencies: [
                "ResilienceCore", "RetryOrchestrator", "Saga",
                .target(name: "SQLiteStore", condition: .when(traits: ["SQLite"])),
            ],
            path: "Tests/SagaLoop",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ResilienceCoreTests",
            dependencies: ["ResilienceCore", "ResilienceTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ResilienceFoundationTests",
            dependencies: ["ResilienceCore", "ResilienceFoundation"],
            swiftSettings: settings
        ),
        .target(
            name: "CCountingVFS",
            dependencies: [.target(name: "CSQLite", condition: .when(traits: ["SQLite"]))],
            path: "Tests/CCountingVFS"
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "ErrorClassification", "ProviderScoring", "ResilienceCore", "ResilienceFoundation", "ResilienceTesting",
                "RetryOrchestrator", "SQLiteStore",
                .target(name: "CSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "CCountingVFS", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RetryOrchestratorTests",
            dependencies: [
                "ErrorClassification", "ResilienceCore", "ResilienceTesting", "RetryLoad", "RetryOrchestrator",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ResilienceTestingTests",
            dependencies: ["ResilienceCore", "ResilienceTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "StoreLawTests",
            dependencies: ["ResilienceCore", "ResilienceFoundation", "ResilienceTesting", "SQLiteStore"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

// RESILIENCE_TESTS="SimulationTests ErrorClassificationTests" leaves the other tests out, where building them takes longer
// than what is to be run, or where they need more than a release build shows.
if let wanted = Context.environment["RESILIENCE_TESTS"]?.split(separator: " ").map(String.init) {
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
