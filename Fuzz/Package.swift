// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that a plain build of tcptimeline knows nothing of fuzzing.
// `run.sh` builds it with the fuzzer's instrumentation.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "tcptimeline", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz-capture",
      dependencies: [.product(name: "Internals", package: "tcptimeline")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
