import TCPModel
import Testing

@testable import TraceParsing

/// Rows that a tool put something before, and texts of which no row can be read.
@Suite struct SnapshotPrefixTests {
  private static let header = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"

  private func problem(_ text: String) throws -> String {
    try #require(throws: CaptureError.self) { try SnapshotFixture(text) }.message
  }

  @Test(arguments: ["web1: ", "web1 | ", "[1] web1 ", "netns-blue\t"])
  func everyLineBeginsWithAName(prefix: String) throws {
    let read = try SnapshotFixture(
      prefix + "Mon Oct 12 00:00:03 UTC 2026\n" + prefix + SnapshotPrefixTests.header
        + prefix + "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n"
        + prefix + "\t cubic rto:204 cwnd:10\n" + prefix + "LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n")
    #expect(read.sockets.map(\.state) == [.established, .listen])
    #expect(read.sockets.first?.info?.congestionWindow == 10)
    #expect(read.snapshots.map(\.timeBasis) == [.timeLine])
    #expect(read.info.skipped.isEmpty)
  }

  @Test func rowsOfTwoHostsAreNoSnapshotOfOne() throws {
    let rows = ["web1", "web2"].map { "\($0): ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n" }
    #expect(try problem(rows.joined()).hasPrefix("line 2 is of another host"))
  }

  @Test func namesInPlaceOfAddressesAreRefused() throws {
    let text = SnapshotPrefixTests.header + "ESTAB 0 0 web1.example.com:ssh db.example.com:50000\n"
    #expect(try problem(text).contains("'ss -r'"))
  }

  @Test func aHeaderAndNothingThatCanBeReadIsRefused() throws {
    #expect(
      try problem(SnapshotPrefixTests.header + "this is not a row\n").contains(
        "no line is a socket"))
  }

  @Test func aHeaderAloneIsAHostWithoutSockets() throws {
    let read = try SnapshotFixture(SnapshotPrefixTests.header)
    #expect(read.sockets.isEmpty && read.snapshots.count == 1)
  }

  @Test func otherProtocolsAloneAreUnderstood() throws {
    let read = try SnapshotFixture("udp UNCONN 0 0 127.0.0.1:323 0.0.0.0:*\n")
    #expect(read.sockets.isEmpty && read.info.skipped == ["udp": 1])
  }

  @Test(arguments: [
    "system_u:system_r:httpd_t:s0", "unconfined", "/usr/sbin/httpd (enforce)",
  ])
  func socketContexts(context: String) throws {
    let read = try SnapshotFixture(
      "LISTEN 0 5 0.0.0.0:80 0.0.0.0:* users:((\"httpd\",pid=7,proc_ctx=\(context),fd=5,sock_ctx="
        + "\(context)),(\"sh\",pid=8,proc_ctx=\(context),fd=6,sock_ctx=\(context))) uid:48\n")
    #expect(read.processes(0) == ["httpd/7", "sh/8"])
    #expect(read.sockets.first?.uid == 48 && read.unknown.isEmpty)
  }

  // MARK: Zones

  private func times(_ lines: String...) throws -> (seconds: [Int64], warnings: [String]) {
    let row = "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n"
    let read = try SnapshotFixture(lines.map { $0 + "\n" + row }.joined())
    let start = try #require(read.snapshots.first?.time)
    return (
      read.snapshots.compactMap { ($0.time?.since(start)).map { $0 / 1_000_000_000 } },
      read.info.warnings
    )
  }

  @Test func anAmbiguousZoneKeepsOrderAndDistance() throws {
    let (seconds, warnings) = try times(
      "Mon Oct 12 00:00:00 CST 2026", "Mon Oct 12 00:05:00 CST 2026")
    #expect(seconds == [0, 300])
    #expect(warnings.contains { $0.contains("the zone CST of line 1") && $0.contains("UTC") })
  }

  @Test func itsSummerTimeIsAnHourAhead() throws {
    // The clock goes from 01:59:59 CDT back to 01:00:00 CST.
    let (seconds, _) = try times(
      "Sun Nov  1 01:59:00 CDT 2026", "Sun Nov  1 01:01:00 CST 2026")
    #expect(seconds == [0, 120])
    let (back, _) = try times("Sun Mar  8 01:59:00 CST 2026", "Sun Mar  8 03:01:00 CDT 2026")
    #expect(back == [0, 120])
  }

  @Test func noZoneIsSaid() throws {
    #expect(try times("2026-10-12 00:00:03").warnings.contains { $0.contains("names no zone") })
    #expect(try times("2026-10-12T00:00:03+02:00").warnings.isEmpty)
    #expect(try times("1791763203").warnings.isEmpty)
  }
}
