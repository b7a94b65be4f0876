import TCPModel
import Testing

@testable import TraceParsing

/// Snapshots as editors, shells and terminals leave them: the sockets are the same.
@Suite struct SnapshotEncodingTests {
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static let header = "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
  private static let row = "ESTAB 0 7 192.0.2.1:22 198.51.100.7:50000 ino:7 sk:1\n"
  private static let detail = "\t ts sack cubic rto:204 cwnd:10\n"
  private static let table = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1F90 0100007F:8435 01 00000000:00000000 00:00000000 00000000 33 0 7 1 0 20 4 30 10 -1

    """

  static let texts = [header + row + detail, row + detail, row, table]

  private func withCarriageReturns(_ text: String) -> [UInt8] {
    text.utf8.flatMap { byte -> [UInt8] in byte == 0x0A ? [0x0D, 0x0A] : [byte] }
  }

  private func isTheSame(_ bytes: [UInt8], as text: String) throws -> Bool {
    let (read, plain) = (try SnapshotFixture(bytes: bytes), try SnapshotFixture(text))
    return read.sockets.count == 1 && read.sockets[0].local == plain.sockets[0].local
      && read.sockets[0].remote == plain.sockets[0].remote
      && read.sockets[0].state == .established && read.sockets[0].inode == 7
      && read.sockets[0].info == plain.sockets[0].info && read.unknown.isEmpty
      && read.snapshots.map(\.skipped) == [[:]] && read.info.format == plain.info.format
  }

  @Test(arguments: texts)
  func aByteOrderMarkIsPassedOver(text: String) throws {
    #expect(try isTheSame(SnapshotEncodingTests.mark + text.utf8, as: text))
  }

  @Test(arguments: texts)
  func linesMayEndAsOnWindows(text: String) throws {
    #expect(try isTheSame(withCarriageReturns(text), as: text))
    #expect(try isTheSame(SnapshotEncodingTests.mark + withCarriageReturns(text), as: text))
  }

  @Test(arguments: [
    "root@host:~# ss -tanoipem\n", "\n\n\n", "\u{1B}[1mState\u{1B}[0m Recv-Q\n",
    "Welcome\n\nLast login: Mon Nov 23 2026 from 192.0.2.9\n$ ss -tan\n",
    "Script started on 2026-11-23 01:00:00+00:00 [TERM=\"xterm\"]\r\n",
  ])
  func awkwardFirstLinesHideNothing(lines: String) throws {
    for text in SnapshotEncodingTests.texts {
      let read = try SnapshotFixture(lines + text)
      #expect(read.sockets.count == 1 && read.sockets[0].inode == 7)
    }
  }

  @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]])
  func utf16IsNamed(mark: [UInt8]) throws {
    let isLittle = mark[0] == 0xFF
    let text = SnapshotEncodingTests.texts[0].utf8.flatMap { byte -> [UInt8] in
      isLittle ? [byte, 0] : [0, byte]
    }
    let error = #expect(throws: CaptureError.self) { try SnapshotFixture(bytes: mark + text) }
    #expect(error?.kind == .notACapture)
    #expect(error?.message.hasPrefix("this is UTF-16 text (byte offset 0)") == true)
  }

  @Test func aByteOrderMarkAloneIsNoSnapshotWithSockets() throws {
    let read = try SnapshotFixture(bytes: SnapshotEncodingTests.mark)
    #expect(read.sockets.isEmpty)
  }
}
