// swift-tools-version: 6.2
import PackageDescription

// What a program that uses the library looks like. `swift run connections CAPTURE` in this folder.
let package = Package(
  name: "Connections",
  dependencies: [.package(name: "tcptimeline", path: "../..")],
  targets: [
    .executableTarget(
      name: "connections",
      dependencies: [.product(name: "TCPTimeline", package: "tcptimeline")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
