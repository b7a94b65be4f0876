import Foundation
import TestSupport
import Testing

/// The report that each sample gives, byte for byte. After a wanted change, record them again and
/// read what changed: `TCPTIMELINE_RECORD=1 swift test --filter SampleTests`.
@Suite struct SampleTests {
  private static let isRecording = ProcessInfo.processInfo.environment["TCPTIMELINE_RECORD"] != nil
  private static let reports = Repository.samples.appendingPathComponent("reports")

  @Test(arguments: [
    "textbook.pcap", "three-segment-close.pcap", "half-close.pcapng", "simultaneous-close.pcap",
    "refused.pcap", "reset.pcap", "syn-retries.pcap", "retransmissions.pcap", "ipv6.pcapng",
    "port-reuse.pcap",
  ])
  func report(_ sample: String) throws {
    let stem = String(sample.prefix { $0 != "." })
    for ending in ["txt", "json", "svg"] { try compare([sample], "\(stem).\(ending)") }
  }

  /// Their pictures are in the gallery.
  @Test(arguments: [
    "simultaneous-open.pcap", "fast-open.pcap", "fin-lost.pcap", "path-dies.pcap",
    "reordering.pcap", "duplication.pcap", "zero-window.pcap", "keep-alive.pcap", "http.pcapng",
  ])
  func reportWithoutPicture(_ sample: String) throws {
    let stem = String(sample.prefix { $0 != "." })
    for ending in ["txt", "json"] { try compare([sample], "\(stem).\(ending)") }
  }

  @Test(arguments: ["csv", "ndjson", "html", "md", "mmd", "puml"])
  func everyFormat(_ ending: String) throws {
    try compare(["syn-retries.pcap"], "syn-retries.\(ending)")
  }

  /// The kernels' own view beside the capture.
  @Test(arguments: ["txt", "json", "svg", "html", "csv"])
  func snapshotsBesideACapture(_ ending: String) throws {
    try compare(
      ["half-close.pcapng", "--snapshots", "half-close-snapshots"],
      "half-close-snapshots.\(ending)")
  }

  @Test func zeekLog() throws {
    try compare(["port-reuse.pcap"], "port-reuse.log")
  }

  @Test func overviewOfManyConnections() throws {
    try compare(["many.pcap"], "many.svg")
    try compare(["many.pcap", "--limit", "40"], "many.txt")
  }

  @Test func segmentsOfOneConnection() throws {
    try compare(["half-close.pcapng", "--segments"], "half-close-segments.json")
  }

  @Test(arguments: ["sequence", "flight", "rtt", "throughput"])
  func chart(_ name: String) throws {
    try compare(["retransmissions.pcap", "--chart", name], "retransmissions-\(name).svg")
  }

  @Test func koreanDiagram() throws {
    try compare(["textbook.pcap", "--lang", "ko"], "textbook-ko.svg")
  }

  @Test(arguments: ["txt", "md", "html"])
  func koreanReport(_ ending: String) throws {
    try compare(["syn-retries.pcap", "--lang", "ko"], "syn-retries-ko.\(ending)")
  }

  /// A table with a script, findings of several kinds, sockets of kernels.
  @Test func koreanPages() throws {
    try compare(["http.pcapng", "--lang", "ko"], "http-ko.html")
    try compare(["many.pcap", "--lang", "ko", "--limit", "40"], "many-ko.txt")
    try compare(
      ["half-close.pcapng", "--snapshots", "half-close-snapshots", "--lang", "ko"],
      "half-close-snapshots-ko.txt")
  }

  /// Runs in the folder of the samples, so that no path of this machine is in a report.
  private func compare(_ arguments: [String], _ name: String) throws {
    let scratch = try Scratch()
    let result = try Program(folder: Repository.samples).run(
      arguments + ["-o", scratch.path(name)])
    #expect(result.errors == "")
    try #require(result.status == 0)
    for file in try FileManager.default.subpathsOfDirectory(atPath: scratch.folder.path) {
      guard !file.hasSuffix("-assets") else { continue }
      let written = try scratch.read(file)
      let golden = Self.reports.appendingPathComponent(file)
      if Self.isRecording {
        try FileManager.default.createDirectory(
          at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(written).write(to: golden)
        continue
      }
      let expected = Array(try Data(contentsOf: golden))
      if written != expected {
        Issue.record(
          """
          Samples/reports/\(file) differs from byte \(firstDifference(written, expected)) on; if \
          that is wanted, record it again: TCPTIMELINE_RECORD=1 swift test --filter SampleTests
          """)
      }
    }
  }

  private func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> Int {
    zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)
  }
}
