// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that a plain build of tcptimeline neither resolves nor builds it.
let package = Package(
  name: "Benchmarks",
  targets: [
    .executableTarget(
      name: "make-capture",
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
