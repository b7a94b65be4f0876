import TCPModel
import Testing

@testable import TraceParsing

@Suite struct ProcNetTCPTests {
  private static let header =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    + "inode\n"
  private static let header6 =
    "  sl  local_address                         remote_address                        st tx_queue "
    + "rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

  @Test func readsAFullSocket() throws {
    let read = try SnapshotFixture(
      ProcNetTCPTests.header
        + "  44: 14023D0A:1F90 22013D0A:8435 01 00000010:00000005 01:00000014 00000003    33        "
        + "0 572559 2 000000003565a551 20 4 31 11 -1\n")
    let socket = try #require(read.sockets.first)
    #expect(read.snapshots.map(\.source) == [.procNetTCP])
    #expect(socket.local.description == "10.61.2.20:8080")
    #expect(socket.remote.description == "10.61.1.34:33845")
    #expect(socket.state == .established)
    #expect(socket.sendQueue == 16 && socket.receiveQueue == 5)
    #expect(socket.uid == 33 && socket.inode == 572_559)
    #expect(
      socket.timer == SocketTimer(kind: .on, expires: 200_000_000, retransmissions: 3))
    #expect(socket.info?.retransmissionTimeout == 200_000_000)
    #expect(socket.info?.ackTimeout == 40_000_000)
    #expect(socket.info?.congestionWindow == 11)
    #expect(socket.info?.slowStartThreshold == nil)
    #expect(socket.info?.totalRetransmissions == nil)
    #expect(socket.processes == nil && socket.cookie == nil)
  }

  @Test func aTimeWaitRowSaysLess() throws {
    let read = try SnapshotFixture(
      "  45: 14023D0A:1F90 17013D0A:B683 06 00000000:00000000 03:0000175E 00000000     0        0 0"
        + " 3 000000009731a196\n")
    let socket = try #require(read.sockets.first)
    #expect(socket.state == .timeWait)
    #expect(socket.uid == nil && socket.inode == 0 && socket.info == nil)
    #expect(socket.timer?.kind == .timewait && socket.timer?.expires == 59_820_000_000)
  }

  @Test func aListenersLimitIsNotTold() throws {
    let read = try SnapshotFixture(
      "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 "
        + "568116 1 000000005a7bb1cd 100 0 0 10 0\n")
    let socket = try #require(read.sockets.first)
    #expect(socket.state == .listen && socket.receiveQueue == 3 && socket.sendQueue == nil)
    #expect(socket.uid == 0 && socket.timer == nil && socket.info == nil)
    #expect(socket.local.description == "127.0.0.1:6379")
  }

  @Test func everyStateNumberHasItsState() throws {
    let states: [TCPState] = [
      .established, .synSent, .synReceived, .finWait1, .finWait2, .timeWait, .closed, .closeWait,
      .lastACK, .listen, .closing, .synReceived,
    ]
    let text = (1...12).map { number in
      let state = String(number, radix: 16, uppercase: true)
      return "  1: 0100007F:0016 0100007F:0017 0\(state) 00000000:00000000 00:00000000 00000000 "
        + "0 0 1 1 0000000000000000\n"
    }
    #expect(try SnapshotFixture(text.joined()).sockets.map(\.state) == states)
  }

  @Test func anUnknownStateIsNilAndCounted() throws {
    let read = try SnapshotFixture(
      "  1: 0100007F:0016 0100007F:0017 5F 00000000:00000000 00:00000000 00000000 0 0 1\n")
    #expect(read.sockets.map(\.state) == [nil])
    #expect(read.info.skipped == ["unknown state": 1])
  }

  @Test func wordsOfALittleEndianHost() throws {
    let read = try SnapshotFixture(
      ProcNetTCPTests.header6
        + "   1: 0000000000000000FFFF000014023D0A:0050 0000000000000000FFFF00000A013D0A:954A 01 "
        + "00000000:00000000 00:00000000 00000000     0        0 532797 2 0 22 4 21 26 -1\n"
        + "   2: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:954A 01 "
        + "00000000:00000000 00:00000000 00000000     0        0 532798 2 0 22 4 21 26 -1\n")
    #expect(
      read.sockets.map(\.local.description) == ["10.61.2.20:80", "[2001:db8::1]:80"])
    #expect(read.sockets.map(\.isIPv4Mapped) == [true, false])
  }

  @Test func wordsOfABigEndianHost() throws {
    let read = try SnapshotFixture(
      ProcNetTCPTests.header
        + "   0: 7F000001:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1 0\n"
        + "   1: 0A3D0214:1F90 0A3D0122:8435 01 00000000:00000000 00:00000000 00000000 0 0 2 1 0\n")
    #expect(
      read.sockets.map(\.local.description) == ["127.0.0.1:22", "10.61.2.20:8080"])
    let six = try SnapshotFixture(
      ProcNetTCPTests.header6
        + "   1: 20010DB8000000000000000000000001:0050 FE800000000000000000000000000002:954A 01 "
        + "00000000:00000000 00:00000000 00000000     0        0 532797 2 0\n")
    #expect(six.sockets.map(\.remote.description) == ["[fe80::2]:38218"])
  }

  @Test func bothTablesOneAfterTheOtherAreOneSnapshot() throws {
    let row = "  1: 0100007F:0016 0100007F:0017 01 00000000:00000000 00:00000000 00000000 0 0 1\n"
    let row6 =
      "  1: 00000000000000000000000001000000:0016 00000000000000000000000001000000:0017 01 "
      + "00000000:00000000 00:00000000 00000000 0 0 1\n"
    let one = ProcNetTCPTests.header + row + ProcNetTCPTests.header6 + row6
    #expect(try SnapshotFixture(one).snapshots.map(\.sockets) == [2])
    let twice = try SnapshotFixture(one + one).snapshots
    #expect(twice.map(\.sockets) == [2, 2])
  }

  @Test func theTableOfUDPIsSkippedAndCounted() throws {
    let read = try SnapshotFixture(
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
        + "inode ref pointer drops\n"
        + "  340: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 7 2 0 0\n"
    )
    #expect(read.sockets.isEmpty)
    #expect(read.info.skipped == ["other table": 1])
  }

  @Test func rowsThatAreCutOff() throws {
    let row = "  1: 0100007F:0016 0100007F:0017 01 00000000:00000000 00:00000000 00000000 0 0 9 1"
    for length in 0..<row.utf8.count {
      let read = try SnapshotFixture(
        ProcNetTCPTests.header + row + "\n" + String(row.prefix(length)))
      #expect(read.sockets.count >= 1)
      #expect(read.sockets.count + Int(read.info.skipped.values.reduce(0, +)) >= 1)
    }
    let half = try SnapshotFixture(ProcNetTCPTests.header + row.prefix(30) + "\n" + row + "\n")
    #expect(half.sockets.count == 1)
    #expect(half.info.skipped == ["unrecognised row": 1])
  }
}
