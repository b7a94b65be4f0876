import Foundation
import TestSupport
import Testing
import TraceParsing

/// Connections, endpoints, segments, payload, flags, initial sequence numbers, options and
/// completeness, held against what tshark says of the same captures.
@Suite struct FactTests {
  @Test(arguments: [
    "textbook.pcap", "three-segment-close.pcap", "half-close.pcapng", "simultaneous-close.pcap",
    "refused.pcap", "reset.pcap", "syn-retries.pcap", "retransmissions.pcap", "ipv6.pcapng",
    "port-reuse.pcap", "many.pcap", "simultaneous-open.pcap", "fast-open.pcap", "fin-lost.pcap",
    "path-dies.pcap", "reordering.pcap", "duplication.pcap", "zero-window.pcap", "keep-alive.pcap",
    "http.pcapng",
  ])
  func sample(_ name: String) throws {
    let facts = try ExpectedFacts(contentsOf: Repository.sample("facts/\(name).json"))
    let check = try FactCheck(capture: Repository.sample(name), facts: facts)
    #expect(check.differences == [])
    #expect(check.compared > 20)
  }

  @Test(
    .enabled(if: Outside.corpus != nil, "skipped: TCPTIMELINE_CORPUS names no folder of captures"))
  func everyCapture() throws {
    let folder = try #require(Outside.corpus)
    var known = try KnownDifferences()
    var compared = 0
    var captures = 0
    for name in try ExpectedFacts.captures(in: folder) {
      let facts = try ExpectedFacts(of: name, in: folder)
      do {
        let check = try FactCheck(capture: "\(folder)/\(name)", facts: facts)
        captures += 1
        compared += check.compared
        for difference in check.differences where !known.covers(name, difference) {
          Issue.record("\(name): \(difference)")
        }
      } catch let error as CaptureError {
        if !facts.streams.isEmpty, !known.covers(name, "error") {
          Issue.record("\(name): \(error)")
        }
      }
    }
    #expect(captures > 0)
    #expect(known.unused == [], "these differ no more: take them out of known-differences.txt")
    print("\(captures) captures agree in \(compared) facts, but for the known differences")
  }
}

/// Where the other program is wrong or counts by another definition: `known-differences.txt`, one
/// `capture TAB field TAB reason` a line; the field `*` stands for all of them.
private struct KnownDifferences {
  private var lines: Set<String> = []
  private(set) var unused: Set<String> = []

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("known-differences.txt")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 3, !line.hasPrefix("#") else { continue }
      lines.insert("\(parts[0]) \(parts[1])")
    }
    unused = lines
  }

  mutating func covers(_ capture: String, _ difference: String) -> Bool {
    let field = difference.prefix { $0 != ":" }.split(separator: " ").last.map(String.init) ?? ""
    let covering = lines.intersection(["\(capture) *", "\(capture) \(field)"])
    unused.subtract(covering)
    return !covering.isEmpty
  }
}
