import TCPModel
import TestSupport
import Testing

@testable import Names

/// Whatever the bytes, reading ends, keeps its bounds, and shows nothing that cannot be shown.
struct HostileTests {
  /// True beginnings, to be damaged.
  private static let seeds: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 7\r\n\r\n0123456".utf8),
    Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n".utf8),
    [0x16, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3] + [UInt8](repeating: 9, count: 54),
    [0, 29, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 119, 119, 1, 97, 0, 0, 1, 0, 1],
    [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F],
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 4, 1, 4, 0, 0, 0, 1, 0x41, 0x82, 1, 2],
    Array("*2\r\n$3\r\nGET\r\n".utf8), Array("220 x\r\n".utf8),
  ]

  @Test(arguments: 0..<400)
  func anyBytesInAnyPiecesAreSurvived(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var readers = ApplicationReaders(ReadingOptions(exchangeLimit: 4, keepsPaths: true))
    var state = ApplicationReaders.State()
    let key = FlowKey(
      source: Endpoint(address: IPAddress(ipv4: 1), port: 1),
      destination: Endpoint(address: IPAddress(ipv4: 2), port: 2))
    var sequence: [UInt32] = [0, 0]
    for step in 0..<40 {
      var bytes = Self.seeds.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if Bool.random(using: &random) {
        bytes += (0..<Int.random(in: 0...2000, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
      }
      let from: End = Bool.random(using: &random) ? .low : .high
      let jump = Int.random(in: -20...40, using: &random)
      let place = sequence[from.index] &+ UInt32(bitPattern: Int32(jump < 10 ? 0 : jump - 10))
      let captured = Int.random(in: 0...bytes.count, using: &random)
      bytes.withUnsafeBytes { all in
        _ = readers.take(
          ApplicationReaders.Payload(
            UnsafeRawBufferPointer(rebasing: all.prefix(step % 5 == 0 ? captured : all.count)),
            length: UInt32(bytes.count), sequence: place,
            origin: seed % 2 == 0 ? 0 : nil, from: from, at: Int64(step), frame: Int64(step),
            time: Timestamp(nanoseconds: 0), key: key),
          client: .low, &state)
      }
      sequence[from.index] = place &+ UInt32(bytes.count)
    }
    readers.finish(&state, client: .low)
    guard let facts = readers.facts(state, client: .low) else { return }
    #expect(facts.exchanges.count <= 4, "seed \(seed)")
    let texts =
      [facts.host, facts.tls?.serverName, facts.tls?.ja4, facts.tls?.selectedProtocol]
      + facts.exchanges.flatMap { [$0.method, $0.host, $0.path] }
      + (facts.tls?.offeredProtocols ?? []).map(Optional.some)
    for text in texts.compactMap({ $0 }) {
      #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "seed \(seed)")
    }
  }
}
