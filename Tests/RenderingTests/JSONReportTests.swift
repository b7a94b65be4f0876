import Foundation
import Rendering
import TCPModel
import Testing

@Suite struct JSONReportTests {
  /// The reference's keys, in its order; `capture`, `phases_omitted` and `detail` are ours.
  private static let keys = [
    "id", "client", "server", "role_basis", "community_id", "name", "name_basis", "capture",
    "start", "end",
    "duration_ns", "first_frame", "last_frame", "outcome", "completeness", "conn_state", "history",
    "handshake", "vantage", "teardown", "phases", "phases_omitted", "timings", "states", "traffic",
    "rtt", "analysis", "limits", "blame", "application", "application_basis", "tls", "exchanges",
    "events", "process", "snapshots", "detail", "segments",
  ]

  @Test func listsEveryKeyInTheOrderOfTheReference() throws {
    let line = try #require(ReportFixture.text(NDJSONReport()).split(separator: "\n").first)
    #expect(topLevelKeys(of: String(line)) == Self.keys)
  }

  @Test func isOneDocument() throws {
    let document = try object(ReportFixture.text(JSONReport(isDetailed: true)))
    #expect(document["schema"] as? String == "tcptimeline/1")
    #expect(document["detail"] as? String == "full")
    #expect((document["connections"] as? [Any])?.count == 2)
    let summary = try #require(document["summary"] as? [String: Any])
    #expect(summary["by_outcome"] as? [String: Int] == ["closed": 1, "open": 1])
    #expect(summary["start"] as? String == "2023-11-14T22:13:20.004184000Z")
  }

  @Test func hostileTextComesBackAsItWas() throws {
    let text = ReportFixture.text(JSONReport(isDetailed: true))
    #expect(!text.holdsControls)
    let document = try object(text)
    let captures = try #require(document["captures"] as? [[String: Any]])
    #expect(captures[0]["path"] as? String == "dir/\(ReportFixture.hostile).pcap")
    let connections = try #require(document["connections"] as? [[String: Any]])
    let client = try #require(connections[0]["client"] as? [String: Any])
    #expect(client["name"] as? String == ReportFixture.hostile)
    let findings = try #require(document["findings"] as? [[String: Any]])
    #expect((findings[0]["evidence"] as? [String: Any])?["who"] as? String == ReportFixture.hostile)
  }

  @Test func unknownIsNullAndNeverZero() throws {
    let line = try #require(ReportFixture.text(NDJSONReport()).split(separator: "\n").last)
    let connection = try object(String(line))
    #expect(connection["conn_state"] is NSNull)
    #expect(connection["analysis"] is NSNull)
    #expect(connection["events"] == nil)
    #expect(connection["detail"] as? String == "summary")
    let handshake = try #require(connection["handshake"] as? [String: Any])
    for key in ["syn_ns", "rtt_ns", "client_isn", "client_options"] {
      #expect(handshake[key] is NSNull)
    }
    let rtt = try #require(connection["rtt"] as? [String: Any])
    #expect(rtt["client"] is NSNull)
  }

  @Test func listsASegmentWithItsOptions() throws {
    let line = try #require(ReportFixture.text(NDJSONReport()).split(separator: "\n").first)
    let connection = try object(String(line))
    let segment = try #require((connection["segments"] as? [[String: Any]])?.first)
    #expect(segment["flags"] as? [String] == ["PSH", "ACK"])
    #expect(segment["seq"] as? Int == 1)
    #expect(segment["ack"] as? Int == 1001)
    let options = try #require(segment["options"] as? [String: Any])
    #expect(options["timestamps"] as? [String: Int] == ["value": 4_000_000_000, "echo": 1])
    // Relative, as `ack` is.
    #expect(options["sack"] as? [[Int]] == [[2001, 3001]])
  }

  private func object(_ text: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(value as? [String: Any])
  }

  /// The keys of the outermost object as they stand; JSONSerialization forgets their order.
  private func topLevelKeys(of text: String) -> [String] {
    var keys: [String] = []
    var depth = 0
    var string: String?
    var isEscaped = false
    var last = ""
    for character in text {
      if let begun = string {
        if isEscaped || (character != "\"" && character != "\\") {
          isEscaped = false
          string = begun + String(character)
        } else if character == "\\" {
          isEscaped = true
        } else {
          last = begun
          string = nil
        }
        continue
      }
      switch character {
      case "\"": string = ""
      case "{", "[": depth += 1
      case "}", "]": depth -= 1
      case ":" where depth == 1: keys.append(last)
      default: break
      }
    }
    return keys
  }
}
