// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, so that a plain build of tcptimeline neither resolves nor builds it.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "tcptimeline", path: "..")],
  targets: [
    .executableTarget(name: "make-capture", swiftSettings: settings),
    .executableTarget(name: "make-hostile", swiftSettings: settings),
    .executableTarget(name: "make-snapshots", swiftSettings: settings),
    .target(name: "CAllocations"),
    .executableTarget(
      name: "stages",
      dependencies: [
        "CAllocations",
        .product(name: "Internals", package: "tcptimeline"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "diagram",
      dependencies: [.product(name: "Internals", package: "tcptimeline")],
      swiftSettings: settings),
  ]
)
