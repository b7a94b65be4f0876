// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

// Each is a file in Templates/lessons, and named in Sources/Lessons/LessonShelf.swift.
let lessons = [
  "open-close", "handshake", "close", "half-close", "simultaneous", "reset", "refused",
  "unanswered", "timeout", "fast-retransmit", "zero-window", "nagle", "slow-start", "time-wait",
  "keep-alive", "syn-flood", "path-mtu", "both-ends",
]

let package = Package(
  name: "tcptimeline",
  products: [
    .executable(name: "tcptimeline", targets: ["tcptimeline"]),
    .library(name: "TCPTimeline", targets: ["TCPTimeline"]),
    // For Benchmarks and Fuzz, which look inside; no promise is made about them.
    .library(
      name: "Internals",
      targets: ["TCPModel", "TraceParsing", "Correlation", "Timeline", "Rendering"]),
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    // No library: what the compiler knows and Swift has no word for.
    .systemLibrary(name: "CPrefetch"),
    .systemLibrary(name: "CLinux"),
    .target(
      name: "TCPModel",
      // PayloadBuffer.bytes depends on the buffer's lifetime, which only this feature can say.
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    // No library either: the commit, where `make` builds.
    .systemLibrary(name: "CBuild"),
    .target(
      name: "Support", dependencies: ["TCPModel"],
      swiftSettings: strict, plugins: [.plugin(name: "EmbedLanguages")]),
    // Finds the languages, which lie beside it.
    .plugin(name: "EmbedLanguages", capability: .buildTool(), path: "Templates"),
    .target(
      name: "TraceParsing",
      dependencies: ["TCPModel", "Support", "CZlib", "CZstd", "CLZ4", "CPcap", "CPrefetch"],
      // SegmentBatch.span depends on the batch's lifetime, which only this feature can say.
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "Names", dependencies: ["TCPModel", "Support"],
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "Correlation", dependencies: ["TCPModel", "Support", "Names", "CPrefetch"],
      swiftSettings: strict),
    .target(
      name: "Lessons", dependencies: ["TCPModel", "Support"],
      resources: lessons.map { .embedInCode("../../Templates/lessons/\($0).txt") },
      swiftSettings: strict),
    .target(name: "Services", dependencies: ["TCPModel", "Support"], swiftSettings: strict),
    .target(name: "Fleet", dependencies: ["TCPModel", "Support"], swiftSettings: strict),
    .target(
      name: "Paths", dependencies: ["TCPModel", "Support", "CPrefetch"], swiftSettings: strict),
    .target(name: "Nights", dependencies: ["TCPModel", "Support"], swiftSettings: strict),
    .target(
      name: "SocketJoin", dependencies: ["TCPModel", "Support", "Nights"], swiftSettings: strict),
    .target(
      name: "Timeline", dependencies: ["TCPModel", "Support"], swiftSettings: strict),
    .target(
      name: "Rendering",
      dependencies: [
        "TCPModel", "Support", "Timeline", "CLibXML2",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("../../Templates/light.css"), .embedInCode("../../Templates/dark.css"),
        .embedInCode("../../Templates/report.md.mustache"),
        .embedInCode("../../Templates/report.html.mustache"),
        .embedInCode("../../Templates/nightly.md.mustache"),
        .embedInCode("../../Templates/nightly.html.mustache"),
        .embedInCode("../../Templates/fleet.md.mustache"),
        .embedInCode("../../Templates/fleet.html.mustache"),
        .embedInCode("../../Templates/fleet-host.md.mustache"),
        .embedInCode("../../Templates/fleet-host.html.mustache"),
        .embedInCode("../../Templates/lesson.md.mustache"),
        .embedInCode("../../Templates/lesson.html.mustache"),
        .embedInCode("../../Templates/quiz.md.mustache"),
        .embedInCode("../../Templates/services.html.mustache"),
        .embedInCode("../../Templates/page.css.mustache"),
        .embedInCode("../../Templates/report.js"),
      ],
      swiftSettings: strict),
    .target(
      name: "History",
      dependencies: ["TCPModel", "Support", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "TCPTimeline",
      dependencies: [
        "TCPModel", "Support", "TraceParsing", "Correlation", "Timeline", "Rendering",
      ],
      // Disks that do not tell large letters from small ones have room for one folder of that name.
      path: "Sources/Library",
      swiftSettings: strict),
    .executableTarget(
      name: "tcptimeline",
      dependencies: [
        "TCPModel", "Support", "TraceParsing", "Names", "Correlation", "Services", "Paths",
        "Nights", "Fleet", "SocketJoin", "Lessons", "Timeline", "Rendering", "History", "CBuild",
        "CLinux", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // The tree itself: who imports whom, documentation, examples.
    .testTarget(
      name: "RepositoryTests", dependencies: ["TestSupport", "TCPTimeline"], swiftSettings: strict),
    .testTarget(
      name: "TCPTimelineTests", dependencies: ["TCPTimeline", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TCPModelTests", dependencies: ["TCPModel", "Support"], swiftSettings: strict),
    .testTarget(
      name: "SupportTests", dependencies: ["Support", "TestSupport", "TCPModel"],
      swiftSettings: strict),
    .testTarget(
      name: "NamesTests", dependencies: ["Names", "TestSupport", "TCPModel"],
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "ServicesTests",
      dependencies: ["Services", "TestSupport", "TCPModel", "TraceParsing", "Correlation"],
      swiftSettings: strict),
    .testTarget(
      name: "LessonsTests", dependencies: ["Lessons", "TestSupport", "TCPModel", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "NightsTests", dependencies: ["Nights", "TestSupport", "TCPModel", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "FleetTests", dependencies: ["Fleet", "Nights", "TestSupport", "TCPModel", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "PathsTests", dependencies: ["Paths", "TestSupport", "TCPModel", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "TraceParsingTests",
      dependencies: [
        "TraceParsing", "TestSupport", "TCPModel", "Support", "CZlib", "CZstd", "CLZ4",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CorrelationTests",
      dependencies: [
        "Correlation", "SocketJoin", "TestSupport", "TraceParsing", "TCPModel", "Support",
      ],
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["TCPModel", "Support", "TraceParsing", "Correlation", "Nights", "Lessons"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    // Every way into the program, for the fuzzer, the soak and a short one among the tests.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "TCPModel", "Support", "TraceParsing", "Names", "Correlation", "Services", "Paths",
        "Nights", "SocketJoin", "Timeline", "Rendering", "History",
      ],
      path: "Tests/FuzzTargets",
      swiftSettings: strict),
    .testTarget(
      name: "FuzzTargetTests", dependencies: ["FuzzTargets", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TimelineTests",
      dependencies: ["Timeline", "TestSupport", "TCPModel", "Support", "Correlation", "Lessons"],
      swiftSettings: strict),
    .testTarget(
      name: "RenderingTests",
      dependencies: ["Rendering", "Timeline", "TestSupport", "TCPModel", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "HistoryTests",
      dependencies: [
        "History", "TestSupport", "TCPModel", "Support",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "tcptimeline", "TestSupport", "TraceParsing", "Correlation", "Lessons", "TCPModel",
        "Support",
      ],
      exclude: ["known-differences.txt"],
      swiftSettings: strict),
  ]
)
