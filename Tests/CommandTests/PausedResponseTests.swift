import Foundation
import TCPModel
import TestSupport
import Testing

/// A server that leaves its response off in the middle, and one that has done with it.
@Suite struct PausedResponseTests {
  private struct Report: Decodable {
    struct Finding: Decodable {
      var kind: String
      var frames: [Int64]
      var text: String
    }
    var findings: [Finding]
  }

  private static let request = Array("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n".utf8)

  /// A response in three round trips and, so much later, the rest of it or the close; the client asks again meanwhile or
  /// does not.
  private func findings(
    after pause: Int, closes: Bool = false, asksAgain: Bool = false
  ) throws -> [Report.Finding] {
    let isWhole = closes || asksAgain
    let head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(isWhole ? 20_894 : 22_000)\r\n\r\n".utf8)
    var capture = PcapBuilder(linkType: 101)
    var (client, server) = (1_000, 5_000)
    func add(
      _ at: Int, fromClient: Bool, _ flags: TCPFlags, _ payload: [UInt8] = []
    ) {
      var packet = PacketBuilder(flags: flags, payload: payload)
      packet.sequence = fromClient ? client : server
      packet.acknowledgment = flags == .syn ? 0 : fromClient ? server : client
      // An MSS of 1,460.
      if flags.contains(.syn) { packet.options = [2, 4, 5, 0xB4] }
      if !fromClient {
        swap(&packet.source, &packet.destination)
        swap(&packet.sourcePort, &packet.destinationPort)
      }
      capture.add(packet.ipv4, seconds: 1_700_000_000 + at / 1_000, fraction: at % 1_000 * 1_000)
      let length = payload.count + (flags.contains(.syn) || flags.contains(.fin) ? 1 : 0)
      if fromClient { client += length } else { server += length }
    }
    func say(_ at: Int, _ bytes: [UInt8]) {
      var rest = bytes[...]
      while !rest.isEmpty {
        add(at, fromClient: false, [.ack, .psh], Array(rest.prefix(1_460)))
        rest = rest.dropFirst(1_460)
      }
      add(at + 1, fromClient: true, .ack)
    }
    add(0, fromClient: true, .syn)
    add(20, fromClient: false, .synACK)
    add(21, fromClient: true, .ack)
    add(22, fromClient: true, [.ack, .psh], Self.request)
    add(42, fromClient: false, .ack)
    say(50, head + [UInt8](repeating: 97, count: 14_600 - head.count))
    say(71, [UInt8](repeating: 97, count: 5_840))
    say(92, [UInt8](repeating: 97, count: 20_894 + head.count - 20_440))
    if asksAgain { add(94, fromClient: true, [.ack, .psh], Self.request) }
    if closes {
      add(92 + pause, fromClient: false, [.ack, .fin])
      add(93 + pause, fromClient: true, [.ack, .fin])
      add(113 + pause, fromClient: false, .ack)
    } else {
      say(92 + pause, (asksAgain ? head : []) + [UInt8](repeating: 98, count: 1_106))
      add(9_000, fromClient: true, .ack)
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "response.pcap")
    let text = try Program().run([path, "-o", "-", "--format", "json"]).text
    return try JSONDecoder().decode(Report.self, from: Data(text.utf8)).findings.filter {
      $0.kind == "slow_response"
    }
  }

  @Test func aServerThatStopsInTheMiddle() throws {
    let one = try #require(try findings(after: 2_500).first)
    #expect(
      one.text
        == "Connection 1 to shop.example (10.0.0.2:80): the server stopped for 2.50 s in the middle of its "
        + "response to GET shop.example, with nothing under way.")
    #expect(one.frames == [22, 24])
  }

  @Test func aServerThatHasDoneWithItIsNone() throws {
    // Not long, or the close of a connection that nobody used any more.
    #expect(try findings(after: 500).isEmpty)
    #expect(try findings(after: 65_000, closes: true).isEmpty)
    // The next answer.
    #expect(
      try findings(after: 2_500, asksAgain: true).allSatisfy {
        !$0.text.contains("in the middle")
      })
  }
}
