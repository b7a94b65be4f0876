import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct HostileSnapshotTests {
  private static let sample = """
    Wed Sep 16 03:00:00 UTC 2026
    Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
    tcp LISTEN 0 511 10.61.2.20:9090 0.0.0.0:* users:(("reportd",pid=12633,fd=26)) ino:568117 sk:a
    \t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) bbr cwnd:10
    tcp ESTAB 0 0 [::ffff:10.0.0.1]%eth0:http 10.61.1.34:35537 timer:(keepalive,1min59sec,0) uid:33
    \t ts sack cubic wscale:10,10 rto:204 rtt:0.009/0.006 cwnd:11 segs_in:5 send 1.2Mbps retrans:0/1
    udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
      44: 14023D0A:1F90 22013D0A:8435 01 00000010:00000005 01:00000014 00000003    33        0 5 2 0

    """

  @Test func everyPrefixIsRead() throws {
    let bytes = Array(HostileSnapshotTests.sample.utf8)
    for length in stride(from: 140, to: bytes.count, by: 7) {
      let read = try SnapshotFixture(bytes: Array(bytes[..<length]))
      #expect(read.sockets.count <= 3)
    }
  }

  /// Bytes changed at random: nothing traps, no more sockets come out than lines go in, and the
  /// same bytes give the same result with another window.
  @Test func damagedBytesAreCountedOrKept() throws {
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    let original = Array(HostileSnapshotTests.sample.utf8)
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      guard let read = try? SnapshotFixture(bytes: bytes) else { continue }
      #expect(read.sockets.count <= 9, "seed \(seed)")
      let again = try SnapshotFixture(bytes: bytes, windowCapacity: 17)
      #expect(again.sockets.map(\.local) == read.sockets.map(\.local), "seed \(seed)")
      #expect(again.unknown == read.unknown, "seed \(seed)")
    }
  }

  @Test func binaryNoiseBehindAGoodBeginning() throws {
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let read = try SnapshotFixture(bytes: Array(HostileSnapshotTests.sample.utf8) + noise)
    #expect(read.sockets.count >= 3, "seed \(seed)")
  }

  @Test func zeroBytesRightBehindAGoodLineAreDamage() throws {
    let row = Array("ESTAB 0 0 192.0.2.1:22 198.51.100.7:1\n".utf8)
    let read = try SnapshotFixture(bytes: row + [0, 0, 0x0A] + row)
    #expect(read.sockets.count == 2)
  }

  @Test func aCaptureWithALineOfASnapshotInItIsNone() {
    let section: [UInt8] = [
      0x0A, 0x0D, 0x0D, 0x0A, 0x50, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0,
    ]
    let row = Array("\nESTAB 0 0 192.0.2.1:22 198.51.100.7:1\n".utf8)
    #expect(throws: CaptureError.self) { try SnapshotFixture(bytes: section + row) }
  }

  @Test func aLineWithoutEndIsPassedOver() throws {
    let bytes =
      Array("ESTAB 0 0 192.0.2.1:22 198.51.100.7:1 ".utf8)
      + Array(repeating: UInt8(ascii: "x"), count: 3 << 20)
      + Array("\nESTAB 0 0 192.0.2.1:22 198.51.100.7:2\n".utf8)
    let read = try SnapshotFixture(bytes: bytes)
    #expect(read.sockets.map(\.remote.port) == [2])
    #expect(read.info.skipped == ["line too long": 1])
    #expect(read.sockets[0].line == 2)
  }

  @Test func manyDifferentUnknownWordsDoNotFillTheMemory() throws {
    let words = (0..<10_000).map { "nonsense\($0):1" }.joined(separator: " ")
    let read = try SnapshotFixture("ESTAB 0 0 192.0.2.1:22 198.51.100.7:1 cwnd:1 \(words)\n")
    #expect(read.unknown.count == UnknownTokens.maximumExamples)
    #expect(read.info.remarks.first?.hasPrefix("10000 words are not known") == true)
  }
}
