import Foundation
import TCPModel
import Testing

@testable import TraceParsing

/// Real captures with facts that another program (tshark) found, in a folder outside the
/// repository: beside a capture NAME lies NAME.expected.json.
@Suite struct CorpusTests {
  private static let folder = ProcessInfo.processInfo.environment["TCPTIMELINE_CORPUS"]

  struct Expected: Decodable {
    struct File: Decodable {
      var packets: Int64
      var tcpSegments: Int64
      var firstTime: String?
      var lastTime: String?
    }

    struct Tool: Decodable {
      var exitStatus: Int
    }

    struct Direction: Decodable {
      var payloadBytes: Int64
    }

    struct Stream: Decodable {
      var aToB: Direction
      var bToA: Direction
    }

    var file: File
    var tshark: Tool
    var streams: [Stream]

    var payload: Int64 {
      streams.reduce(0) { $0 + $1.aToB.payloadBytes + $1.bToA.payloadBytes }
    }
  }

  /// Where the other program is wrong, or means something else.
  private static let knownDifferences: [String: String] = [
    "solaris.snoop": "refused: neither pcap nor pcapng",
    "timestamp_invalid_micro.pcap": "a fraction of 2147 seconds, which tshark takes for 0",
    "timestamp_invalid_nano.pcap": "a fraction of 2 seconds, which tshark takes for -2",
  ]

  @Test(
    .enabled(
      if: folder != nil, "set TCPTIMELINE_CORPUS to a folder of captures with .expected.json files")
  )
  func capturesHoldWhatIsExpected() throws {
    let folder = try #require(CorpusTests.folder)
    let captures = try CorpusTests.captures(in: folder)
    #expect(!captures.isEmpty, "no .expected.json file in \(folder)")
    for path in captures where !path.contains("/malformed/") {
      let name = URL(fileURLWithPath: path).lastPathComponent
      if CorpusTests.knownDifferences[name] != nil { continue }
      let data = try Data(contentsOf: URL(fileURLWithPath: path + ".expected.json"))
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let expected = try decoder.decode(Expected.self, from: data)
      let reading: Reading
      do {
        reading = try Reading(path: path)
      } catch {
        Issue.record("\(name): \(error)")
        continue
      }
      #expect(reading.info.frames == expected.file.packets, "\(name)")
      #expect(reading.info.tcpSegments == expected.file.tcpSegments, "\(name)")
      #expect(reading.info.isTruncated == (expected.tshark.exitStatus == 2), "\(name)")
      #expect(
        reading.segments.reduce(0) { $0 + Int64($1.payloadLength) } == expected.payload, "\(name)")
      // A first or last frame without a time (simple packet block) has none there.
      if let first = expected.file.firstTime {
        #expect(reading.info.firstTime?.nanoseconds == nanoseconds(first), "\(name)")
      }
      if let last = expected.file.lastTime {
        #expect(reading.info.lastTime?.nanoseconds == nanoseconds(last), "\(name)")
      }
    }
  }

  @Test(
    .enabled(
      if: folder != nil, "set TCPTIMELINE_CORPUS to a folder of captures with .expected.json files")
  )
  func damagedCapturesGiveAResultOrAnError() throws {
    let folder = try #require(CorpusTests.folder)
    for path in try CorpusTests.captures(in: folder) where path.contains("/malformed/") {
      do {
        let reading = try Reading(path: path)
        #expect(reading.info.isTruncated == false || !reading.info.warnings.isEmpty, "\(path)")
      } catch let error as CaptureError {
        #expect(!error.message.contains("\n"), "\(path)")
      }
    }
  }

  private static func captures(in folder: String) throws -> [String] {
    let ending = ".expected.json"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return names.filter { $0.hasSuffix(ending) }.sorted()
      .map { "\(folder)/\($0.dropLast(ending.count))" }
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
