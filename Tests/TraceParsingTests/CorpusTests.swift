import Foundation
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Real captures with facts that another program (tshark) found, in a folder outside the
/// repository: beside a capture NAME lies NAME.expected.json.
@Suite struct CorpusTests {
  /// Where the other program is wrong, or means something else.
  private static let knownDifferences: [String: String] = [
    "solaris.snoop": "refused: neither pcap nor pcapng",
    "timestamp_invalid_micro.pcap": "a fraction of 2147 seconds, which tshark takes for 0",
    "timestamp_invalid_nano.pcap": "a fraction of 2 seconds, which tshark takes for -2",
  ]

  @Test(
    .enabled(
      if: Outside.corpus != nil,
      "set TCPTIMELINE_CORPUS to a folder of captures with .expected.json files")
  )
  func capturesHoldWhatIsExpected() throws {
    let folder = try #require(Outside.corpus)
    let captures = try ExpectedFacts.captures(in: folder)
    #expect(!captures.isEmpty, "no .expected.json file in \(folder)")
    for path in captures where !path.hasPrefix("malformed/") {
      let name = URL(fileURLWithPath: path).lastPathComponent
      if CorpusTests.knownDifferences[name] != nil { continue }
      let expected = try ExpectedFacts(of: path, in: folder)
      let reading: Reading
      do {
        reading = try Reading(path: "\(folder)/\(path)")
      } catch {
        Issue.record("\(name): \(error)")
        continue
      }
      #expect(reading.info.frames == expected.file.packets, "\(name)")
      #expect(reading.info.tcpSegments == expected.file.tcpSegments, "\(name)")
      #expect(reading.info.isTruncated == (expected.tshark?.exitStatus == 2), "\(name)")
      #expect(
        reading.segments.reduce(0) { $0 + Int64($1.payloadLength) }
          == expected.streams.reduce(0) { $0 + $1.aToB.payloadBytes + $1.bToA.payloadBytes },
        "\(name)")
      // A first or last frame without a time (simple packet block) has none there. Theirs are those of
      // the first and the last frame, ours the earliest and the latest.
      if let first = expected.file.firstTime {
        let first = try #require(nanoseconds(first))
        #expect(reading.info.firstTime.map { $0.nanoseconds <= first } == true, "\(name)")
      }
      if let last = expected.file.lastTime {
        let last = try #require(nanoseconds(last))
        #expect(reading.info.lastTime.map { $0.nanoseconds >= last } == true, "\(name)")
      }
    }
  }

  @Test(
    .enabled(
      if: Outside.corpus != nil,
      "set TCPTIMELINE_CORPUS to a folder of captures with .expected.json files")
  )
  func damagedCapturesGiveAResultOrAnError() throws {
    let folder = try #require(Outside.corpus)
    for path in try ExpectedFacts.captures(in: folder) where path.hasPrefix("malformed/") {
      do {
        let reading = try Reading(path: "\(folder)/\(path)")
        #expect(reading.info.isTruncated == false || !reading.info.warnings.isEmpty, "\(path)")
      } catch let error as CaptureError {
        #expect(!error.message.contains("\n"), "\(path)")
      }
    }
  }

  /// Seconds with decimals, as nanoseconds; further decimals are cut off, and what lies beyond the
  /// year 2262 is clamped.
  private func nanoseconds(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1)
    guard let seconds = parts.first.flatMap({ Int64($0) }) else { return nil }
    let decimals = parts.count > 1 ? String(parts[1].prefix(9)) : ""
    let padded = decimals + String(repeating: "0", count: 9 - decimals.count)
    return Int64(padded).map {
      Int64(clamping: Int128(seconds) * 1_000_000_000 + Int128($0))
    }
  }
}
