import Support
import TCPModel
import Testing

@testable import TraceParsing

@Suite struct SocketRowTests {
  @Test func readsARowWithItsHeader() throws {
    let read = try SnapshotFixture(
      """
      State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
      ESTAB  7240   12        10.61.2.20:8120   10.61.1.10:47506

      """)
    #expect(read.sockets.count == 1)
    let socket = read.sockets[0]
    #expect(socket.state == .established)
    #expect(socket.local.description == "10.61.2.20:8120")
    #expect(socket.remote.description == "10.61.1.10:47506")
    #expect(socket.receiveQueue == 7240)
    #expect(socket.sendQueue == 12)
    #expect(socket.line == 2)
    #expect(socket.info == nil && socket.uid == nil && socket.inode == nil && socket.timer == nil)
  }

  @Test(arguments: [
    "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n",
    "tcp ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n",
    "    tcp   ESTAB   0   0   192.0.2.1:22   198.51.100.7:50000   \r\n",
    "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
      + "tcp ESTAB 0 0\n      192.0.2.1:22\n  198.51.100.7:50000\n",
    "ESTAB 192.0.2.1:22 198.51.100.7:50000",
  ])
  func columnsAreFoundByTheirTokens(text: String) throws {
    let read = try SnapshotFixture(text)
    #expect(read.sockets.map(\.state) == [.established])
    #expect(read.sockets.map(\.local.description) == ["192.0.2.1:22"])
    #expect(read.sockets.map(\.remote.description) == ["198.51.100.7:50000"])
    #expect(read.info.skipped.isEmpty)
  }

  @Test(arguments: [
    "0 5 192.0.2.1:22 198.51.100.7:50000 timer:(keepalive,18min,0)\n",
    "Recv-Q Send-Q Local Address:Port Peer Address:Port\n0 5 192.0.2.1:22 198.51.100.7:50000\n",
  ])
  func aMissingStateColumnLeavesTheStateOpen(text: String) throws {
    let read = try SnapshotFixture(text)
    #expect(read.sockets.count == 1)
    #expect(read.sockets[0].state == nil)
    #expect(read.sockets[0].sendQueue == 5)
  }

  @Test func missingQueuesAreNil() throws {
    let read = try SnapshotFixture("LISTEN 127.0.0.1:8080 0.0.0.0:*\n")
    #expect(read.sockets.count == 1)
    #expect(read.sockets[0].receiveQueue == nil && read.sockets[0].sendQueue == nil)
  }

  @Test func everyStateHasItsName() throws {
    let words: [(String, TCPState)] = [
      ("ESTAB", .established), ("SYN-SENT", .synSent), ("SYN-RECV", .synReceived),
      ("FIN-WAIT-1", .finWait1), ("FIN-WAIT-2", .finWait2), ("TIME-WAIT", .timeWait),
      ("UNCONN", .closed), ("CLOSE-WAIT", .closeWait), ("LAST-ACK", .lastACK),
      ("LISTEN", .listen), ("CLOSING", .closing),
    ]
    let text = words.map { "\($0.0) 0 0 192.0.2.1:22 198.51.100.7:5\n" }.joined()
    #expect(try SnapshotFixture(text).sockets.map(\.state) == words.map { $0.1 })
  }

  @Test(arguments: [
    ("[2001:db8::1]:443", "[2001:db8::1]:443", nil),
    ("[::ffff:192.0.2.9]:80", "192.0.2.9:80", nil),
    ("*:22", "[::]:22", nil),
    ("0.0.0.0:*", "0.0.0.0:0", nil),
    ("*:*", "[::]:0", nil),
    (":::22", "[::]:22", nil),
    ("::1:25", "[::1]:25", nil),
    ("127.0.0.53%lo:53", "127.0.0.53:53", "lo"),
    ("[fe80::1]%eth0:22", "[fe80::1]:22", "eth0"),
    ("[fe80::1%eth0]:22", "[fe80::1]:22", "eth0"),
    ("fe80::a:b%wlp2s0:22", "[fe80::a:b]:22", "wlp2s0"),
  ])
  func addressesInAllNotations(text: String, endpoint: String, interface: String?) throws {
    let read = try SnapshotFixture("LISTEN 0 128 \(text) 198.51.100.7:9\n")
    #expect(read.sockets.count == 1)
    let socket = try #require(read.sockets.first)
    #expect(socket.local.description == endpoint)
    #expect(socket.interface.map { read.names[$0] } == interface)
    #expect(socket.isIPv4Mapped == text.contains("::ffff:"))
  }

  @Test func serviceNamesAreResolvedAndUnknownOnesKept() throws {
    let read = try SnapshotFixture(
      "ESTAB 0 0 192.0.2.1:http 198.51.100.7:rpc.statd\n",
      services: ServiceTable(["http": 80]))
    #expect(read.sockets[0].local.port == 80)
    #expect(read.sockets[0].localService == nil)
    #expect(read.sockets[0].remote.port == 0)
    #expect(read.sockets[0].remoteService.map { read.names[$0] } == "rpc.statd")
  }

  @Test func rowsOfOtherProtocolsAreSkippedWithTheirDetailsAndCounted() throws {
    let read = try SnapshotFixture(
      """
      Netid State  Recv-Q Send-Q Local Address:Port   Peer Address:Port
      nl    UNCONN 0      0               rtnl:kernel             *
      u_str ESTAB  0      0      /run/bus socket 123            * 456   users:(("dbus",pid=1,fd=2))
      udp   UNCONN 0      0            0.0.0.0:5353       0.0.0.0:*     ino:5 sk:1 <->
      \t skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d0)
      sctp  LISTEN 0      128        127.0.0.1:99         0.0.0.0:*
            `- ESTAB 0     0       127.0.0.1%lo:99       127.0.0.1:5
      mptcp ESTAB  0      0          192.0.2.1:80      192.0.2.2:8080
      tcp   LISTEN 0      5          127.0.0.1:80         0.0.0.0:*

      """)
    #expect(read.sockets.map(\.local.port) == [80])
    #expect(
      read.info.skipped == ["netlink": 1, "unix": 1, "udp": 1, "other protocol": 1, "mptcp": 1])
    #expect(read.unknown.isEmpty)
  }

  @Test func unconnectedRowsWithoutAPeerAreNotTCP() throws {
    let read = try SnapshotFixture(
      "UNCONN 0 0 0.0.0.0:5353 0.0.0.0:* users:((\"mdns\",pid=4,fd=5))\n")
    #expect(read.sockets.isEmpty)
    #expect(read.info.skipped == ["unconnected": 1])
  }

  @Test func hostNamesInPlaceOfAddressesAreCounted() throws {
    let read = try SnapshotFixture(
      """
      ESTAB 0 0 localhost:ssh localhost:50000
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000

      """)
    #expect(read.sockets.count == 1)
    #expect(read.info.skipped == ["address given as a name": 1])
  }

  @Test func aRowThatIsCutOffIsCounted() throws {
    let read = try SnapshotFixture(
      "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\nESTAB 0 0 192.0.2.1:2")
    #expect(read.sockets.count == 1)
    #expect(read.info.skipped == ["cut-off row": 1])
    #expect(read.info.isTruncated)
    #expect(read.info.warnings == ["the file ends inside line 2"])
  }

  @Test func severalSnapshotsInOneFileAreToldApart() throws {
    let read = try SnapshotFixture(
      """
      Wed Sep 16 03:00:00 UTC 2026
      State Recv-Q Send-Q Local Address:Port Peer Address:Port
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50001
      Wed Sep 16 03:05:00 UTC 2026
      State Recv-Q Send-Q Local Address:Port Peer Address:Port
      Wed Sep 16 03:10:00 UTC 2026
      State Recv-Q Send-Q Local Address:Port Peer Address:Port
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50001

      """)
    #expect(read.snapshots.map(\.sockets) == [2, 0, 1])
    #expect(
      read.snapshots.map { $0.time?.rfc3339 } == [
        "2026-09-16T03:00:00.000000000Z", "2026-09-16T03:05:00.000000000Z",
        "2026-09-16T03:10:00.000000000Z",
      ])
    #expect(read.snapshots.allSatisfy { $0.timeBasis == .timeLine })
    #expect(read.sockets.map(\.snapshot) == [0, 0, 2])
  }

  @Test func repeatedHeadersAloneSeparateSnapshots() throws {
    let header = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
    let row = "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n"
    let read = try SnapshotFixture(header + row + header + row + row)
    #expect(read.snapshots.map(\.sockets) == [1, 2])
    #expect(read.snapshots.map(\.firstLine) == [1, 3])
  }

  @Test func linesOfNoKindAreCountedAndDoNotBecomeSnapshots() throws {
    let read = try SnapshotFixture(
      """
      $ ss -tan
      State Recv-Q Send-Q Local Address:Port Peer Address:Port
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000
      $ echo done

      """)
    #expect(read.snapshots.map(\.sockets) == [1])
    #expect(read.info.skipped == ["unrecognised line": 2])
  }

  @Test func anEmptyFileIsASnapshotWithoutSockets() throws {
    let read = try SnapshotFixture("")
    #expect(read.snapshots.map(\.sockets) == [0])
    #expect(read.info.warnings == ["the file is empty: no sockets, or nothing was written"])
  }

  @Test(arguments: [
    "Total: 123\nTCP:   5 (estab 1, closed 0)\n", "hello world\n", "{\"a\": 1}\n",
    "\u{D4}\u{C3}\u{B2}\u{A1}", "1,2,3\n", "inet-sockopt: ()\n",
  ])
  func otherTextIsNoSnapshot(text: String) throws {
    #expect(throws: CaptureError.self) { try SnapshotFixture(text) }
  }

  /// The window is far smaller than a line, and every line end falls on its border once.
  @Test(arguments: 1...40)
  func theWindowsSizeChangesNothing(capacity: Int) throws {
    let text = """
      State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      LISTEN 0 511 10.61.2.20:9090 0.0.0.0:* users:(("reportd",pid=12633,fd=26)) ino:568117 sk:a85b
      \t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) bbr cwnd:10
      CLOSE-WAIT 1 0 10.61.2.20:9090 10.61.1.34:35537 users:(("reportd",pid=12633,fd=32)) uid:1001
      \t cubic wscale:10,10 rto:204 rtt:0.009/0.006 cwnd:11 segs_in:5

      """
    let whole = try SnapshotFixture(text)
    let pieces = try SnapshotFixture(text, windowCapacity: capacity)
    #expect(pieces.sockets.map(\.local) == whole.sockets.map(\.local))
    #expect(pieces.sockets.map(\.info) == whole.sockets.map(\.info))
    #expect(pieces.processes(1) == ["reportd/12633"])
    #expect(pieces.unknown.isEmpty && pieces.info.skipped.isEmpty)
  }
}
