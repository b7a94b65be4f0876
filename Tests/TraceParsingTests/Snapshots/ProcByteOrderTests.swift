import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// Nothing in `/proc/net/tcp` tells its host's byte order but addresses that cannot be.
@Suite struct ProcByteOrderTests {
  private func row(_ local: String, _ remote: String) -> String {
    "   0: \(local):0050 \(remote):C350 01 00000000:00000000 00:00000000 00000000     0        0 "
      + "568116 1 000000005a7bb1cd 20 4 0 10 -1\n"
  }

  private func addresses(_ rows: String...) throws -> [String] {
    try SnapshotFixture(rows.joined()).sockets.map { "\($0.local.address)" }
  }

  @Test func whatLooksPrivateBackwardsProvesNothing() throws {
    // 203.0.113.10 backwards is 10.113.0.203.
    #expect(try addresses(row("0A7100CB", "4D6433C6")) == ["203.0.113.10"])
  }

  @Test func loopbackBackwardsIsABigEndianHost() throws {
    #expect(try addresses(row("7F000001", "7F000001")) == ["127.0.0.1"])
    #expect(try addresses(row("0100007F", "0100007F")) == ["127.0.0.1"])
  }

  @Test func addressesOfIPv6() throws {
    #expect(
      try addresses(row("20010DB8000000000000000000000001", "20010DB8000000000000000000000002"))
        == ["2001:db8::1"])
    #expect(
      try addresses(row("B80D0120000000000000000001000000", "B80D0120000000000000000002000000"))
        == ["2001:db8::1"])
  }

  @Test func oneHostHasOneByteOrder() throws {
    let scratch = try Scratch()
    // Only the first snapshot has a row that tells.
    let files = try [
      ("1791763203_tcp.txt", row("7F000001", "7F000001")),
      ("1791763503_tcp.txt", row("CB00710A", "C633644D")),
      ("1791763503_tcp6.txt", row("CB00710A", "C633644D")),
    ].map { SnapshotFile(name: try scratch.write(Array($1.utf8), $0), path: scratch.path($0)) }
    let series = try SnapshotSeries<SocketSample>(files)
    var addresses: [String] = []
    while try series.next() != nil {
      while try series.read() { addresses += series.rows.map { "\($0.local.address)" } }
    }
    #expect(addresses == ["127.0.0.1", "203.0.113.10", "203.0.113.10"])
  }
}
