import TestSupport
import Testing

@testable import TraceParsing

/// What is no capture and no snapshot is refused with what it seems to be and what to do.
@Suite struct ForeignFormatTests {
  private static let binaries: [([UInt8], String)] = [
    ([0x50, 0x4B, 3, 4, 20, 0, 0, 0], "a zip archive"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "an xz-compressed file"),
    (Array("BZh91AY&SY".utf8), "a bzip2-compressed file"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4], "a 7-Zip archive"),
    (
      Array("a.pcap".utf8) + [UInt8](repeating: 0, count: 251) + Array("ustar".utf8),
      "a tar archive"
    ),
    (Array("GMBU".utf8) + [1, 1, 1, 0], "a Microsoft Network Monitor capture"),
    ([0x89, 0x54, 0x43, 0x50, 0x4A, 1, 0x0D, 0x0A], "the journal of a piece of a capture"),
    (eventTrace, "a Windows event trace (etl)"),
    ([0xFF, 0xFE, 0x53, 0, 0x74, 0, 0x61, 0], "UTF-16 text"),
  ]

  private static let eventTrace: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: 128)
    bytes[2] = 1  // a buffer of 64 KiB
    bytes[5] = 2  // 512 bytes of it saved
    bytes[75] = 0xC0
    return bytes
  }()

  private static let texts: [(String, String)] = [
    (
      """
      import TCPModel

      /// The rows of /proc/net/tcp:
      ///
      struct Rows {
        static let example = \"\"\"
            sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
          \"\"\"
        let count: Int

        func rows() -> Int {
          return count
        }
      }
      """, "source code"
    ),
    (
      """
      Active Internet connections (servers and established)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State
      tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN
      """, "netstat output"
    ),
    ("tcp4  0  0  192.0.2.1.22  198.51.100.7.50000  ESTABLISHED\n", "netstat output"),
    ("Active Connections\n\n  Proto  Local Address  Foreign Address  State\n", "netstat output"),
    (
      "Total: 187\nTCP:   12 (estab 3, closed 4, orphaned 0, timewait 4)\n",
      "the summary of 'ss -s'"
    ),
    (
      "22:13:20.000000 IP 192.0.2.1.40000 > 198.51.100.1.80: Flags [S], seq 1000, length 0\n",
      "text that tcpdump or tshark printed"
    ),
    (
      "    1   0.000000    192.0.2.1 → 198.51.100.1 TCP 66 40000 → 80 [SYN] Seq=0\n",
      "text that tcpdump or tshark printed"
    ),
    ("0000  45 00 00 34 00 02 40 00 40 06\n", "a hex dump"),
    (
      "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"Firefox\"}}}",
      "an HTTP archive of a browser (HAR)"
    ),
    ("[\n  {\n    \"_source\": {\n      \"layers\": {}}}]", "packets as JSON (tshark -T json)"),
    (
      "{\"stdout\":\"State Recv-Q Send-Q Local Address:Port Peer Address:Port\\nESTAB 0 0 192.0.2.1:22 198.51.100.7:5\"}",
      "JSON with a socket snapshot in it"
    ),
    ("{\"a\": 1}", "JSON"),
    ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "an HTML page"),
    ("<?xml version=\"1.0\"?>\n<pdml version=\"0\">", "packets as XML (PDML)"),
    (
      "ipv4 2 tcp 6 431999 ESTABLISHED src=192.0.2.1 dst=198.51.100.7 sport=4 dport=80\n",
      "a connection tracking table (conntrack)"
    ),
    ("COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\n", "lsof output"),
  ]

  private static let all = binaries + texts.map { (Array($0.0.utf8), $0.1) }

  @Test(arguments: all)
  func asACapture(bytes: [UInt8], name: String) throws {
    let error = try #require(throws: CaptureError.self) { try Reading(bytes) }
    #expect(error.message.hasPrefix("this is \(name) (byte offset 0); tcptimeline reads "))
    #expect(error.format == name && error.kind == .notACapture)
    #expect(!error.message.contains("\n"))
  }

  @Test(arguments: all)
  func asASnapshot(bytes: [UInt8], name: String) throws {
    let error = try #require(throws: CaptureError.self) { try SnapshotFixture(bytes: bytes) }
    #expect(error.message.hasPrefix("this is \(name) (byte offset 0)"))
  }

  @Test func snapshotsAreNoForeignFormat() throws {
    for text in [
      "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n", "tcp LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n",
      "[web1] ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n",
    ] {
      #expect(try SnapshotFixture(text).sockets.count == 1, "\(text)")
    }
  }
}
