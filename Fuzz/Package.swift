// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, so that a plain build of tcptimeline knows nothing of fuzzing. `fuzz.sh` builds
// it with the fuzzer's instrumentation, `soak.sh` without; what is fuzzed is `Tests/FuzzTargets`, which
// tests use too.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "tcptimeline", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "FuzzTargets", package: "tcptimeline")],
      swiftSettings: strict),
    .executableTarget(
      name: "soak", dependencies: [.product(name: "FuzzTargets", package: "tcptimeline")],
      swiftSettings: strict),
  ]
)
