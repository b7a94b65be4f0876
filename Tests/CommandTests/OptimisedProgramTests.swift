import Foundation
import TestSupport
import Testing

/// What the optimiser makes of the program says the same as what all other tests run: it has taken reads
/// of snapshots for unreachable once. `make test-optimised` runs these.
@Suite(
  .enabled(
    if: Program.optimised != nil, "TCPTIMELINE_OPTIMISED names no program; make test-optimised"))
struct OptimisedProgramTests {
  private static let formats = [
    "text", "json", "ndjson", "csv", "zeek", "svg", "md", "html", "mermaid", "plantuml",
  ]

  /// Captures anywhere among the samples, from their folder.
  private static let captures: [String] = {
    let paths = try? FileManager.default.subpathsOfDirectory(atPath: Repository.samples.path)
    return (paths ?? []).filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
  }()

  @Test(arguments: formats) func captures(_ format: String) throws {
    #expect(Self.captures.count > 20)
    for capture in Self.captures { try compare([capture, "--format", format, "-o", "-"]) }
  }

  @Test(arguments: formats) func snapshotsBesideACapture(_ format: String) throws {
    try compare(
      ["half-close.pcapng", "--snapshots", "half-close-snapshots", "--format", format, "-o", "-"])
  }

  @Test(arguments: ["text", "json", "md", "html", "svg"]) func nights(_ format: String) throws {
    try compare(["nightly", "nightly/snapshots", "--format", format, "-o", "-"])
  }

  @Test(arguments: ["sequence", "flight", "rtt", "throughput"]) func charts(_ name: String) throws {
    try compare(["retransmissions.pcap", "--chart", name, "-o", "-"])
  }

  @Test(arguments: [
    ["explain"], ["explain", "reset", "--format", "svg"], ["explain", "close", "--quiz"],
    ["nightly", "nightly/snapshots", "--time", "Asia/Seoul"],
    ["many.pcap", "--filter", "tcp port 8094", "--limit", "3"], ["why", "retransmissions.pcap"],
    ["many.pcap", "--by", "server"],
    ["diff", "textbook.pcap", "retransmissions.pcap"], ["half-close.pcapng", "--anonymize"],
    ["many.pcap", "--threads", "3", "--format", "csv", "-o", "-"],
  ])
  func commands(_ arguments: [String]) throws {
    try compare(arguments)
  }

  /// What a pipe brings is looked at before it is read.
  @Test(arguments: ["textbook.pcap", "nightly/snapshots/1791763203_ss-tanoipem.txt"])
  func standardInput(_ sample: String) throws {
    let bytes = try Data(contentsOf: Repository.samples.appendingPathComponent(sample))
    let date = sample.hasSuffix(".txt") ? Array("1791763203\n".utf8) : []
    try compare(["-"], input: date + Array(bytes))
  }

  private func compare(_ arguments: [String], input: [UInt8]? = nil) throws {
    let plain = try Program(folder: Repository.samples, input: input).run(arguments)
    let optimised = try Program(
      folder: Repository.samples, input: input, program: #require(Program.optimised)
    ).run(arguments)
    let line = Comment(rawValue: arguments.joined(separator: " "))
    #expect(optimised.status == plain.status, line)
    #expect(optimised.errors == plain.errors, line)
    #expect(optimised.output == plain.output, line)
  }
}
