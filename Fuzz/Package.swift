// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, so that a plain build of tcptimeline knows nothing of fuzzing.
// `fuzz.sh` builds it with the fuzzer's instrumentation, `soak.sh` without.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "tcptimeline", path: "..")],
  targets: [
    .target(
      name: "FuzzTargets",
      dependencies: [.product(name: "Internals", package: "tcptimeline")],
      swiftSettings: strict),
    .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], swiftSettings: strict),
    .executableTarget(name: "soak", dependencies: ["FuzzTargets"], swiftSettings: strict),
  ]
)
