import Foundation
import TestSupport
import Testing

/// `--filter`: tcpdump's language, through libpcap, on the frames as they lie in the file.
@Suite struct FilterTests {
  private struct Report: Decodable {
    struct Capture: Decodable {
      var frames: Int
      var skipped: [String: Int]
    }

    struct Connection: Decodable {
      var firstFrame: Int
      var client: Client
    }

    struct Client: Decodable { var port: Int }

    struct Summary: Decodable {
      var connections: Int
      var tcpSegments: Int
    }

    var captures: [Capture]
    var connections: [Connection]
    var summary: Summary
  }

  private func report(_ arguments: String...) throws -> Report {
    let result = try Program().run(arguments + ["--format", "json", "-o", "-"])
    #expect(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output))
  }

  @Test func framesKeepTheirNumbersAndTheOthersAreCounted() throws {
    let all = try report("Samples/many.pcap")
    let chosen = try #require(all.connections.last)
    let some = try report("Samples/many.pcap", "--filter", "tcp port \(chosen.client.port)")
    #expect(some.captures[0].frames == all.captures[0].frames)
    #expect(
      some.captures[0].skipped["filtered_out"]
        == all.summary.tcpSegments - some.summary.tcpSegments)
    #expect(some.connections.allSatisfy { $0.client.port == chosen.client.port })
    #expect(
      some.connections.map(\.firstFrame)
        == all.connections.filter { $0.client.port == chosen.client.port }.map(\.firstFrame))
  }

  @Test func flagsAreLookedAtInTheBytes() throws {
    let some = try report("Samples/textbook.pcap", "--filter", "tcp[tcpflags] & tcp-syn != 0")
    #expect(some.summary.tcpSegments == 2)
  }

  @Test func aSecondPassTakesTheSameFrames() throws {
    let picture = try Program().run(
      "Samples/textbook.pcap", "--filter", "tcp[tcpflags] & tcp-fin == 0", "-o", "-", "--format",
      "svg")
    #expect(picture.status == 0)
    #expect(picture.text.contains("data-flags=\"SYN\""))
    #expect(!picture.text.contains("data-flags=\"FIN"))
  }

  @Test func libpcapSaysWhatIsWrong() throws {
    let result = try Program().run("Samples/textbook.pcap", "--filter", "tcp porrt 80")
    #expect(result.status == 64)
    #expect(
      result.errors == """
        tcptimeline: Samples/textbook.pcap: --filter: can't parse filter expression: syntax error \
        (link type 101 (RAW))

        """)
  }

  @Test func nothingLeftIsSaid() throws {
    let result = try Program().run("Samples/textbook.pcap", "--filter", "tcp port 1")
    #expect(result.status == 1)
    #expect(
      result.errors == """
        tcptimeline: no connection is left: --filter 'tcp port 1' accepts no TCP segment

        """)
  }

  /// An address stands at other places of an Ethernet frame and of a bare packet.
  @Test func eachLinkTypeHasItsProgram() throws {
    var capture = PcapNGBuilder()
    capture.addInterface(linkType: 1)
    capture.addInterface(linkType: 101)
    for number in 0..<6 {
      let packet = PacketBuilder(source: "10.0.0.\(1 + number % 3)", sourcePort: 40_000 + number)
      capture.addPacket(
        number % 2 == 0 ? packet.ethernet : packet.ipv4, interface: number % 2,
        time: 1_700_000_000_000_000 + number)
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "mixed.pcapng")
    let some = try report(path, "--filter", "src host 10.0.0.2")
    #expect(some.connections.map(\.firstFrame) == [2, 5])
  }

  /// As tcpdump does it: what is said behind the name of a tunnel is about what it carries.
  @Test(arguments: ["vlan", "mpls", "pppoes", "geneve"])
  func aTunnelThatIsNamedIsLookedInto(name: String) throws {
    var capture = PcapBuilder()
    for number in 0..<4 {
      let inner = PacketBuilder(sourcePort: 40_000 + number).ipv4
      capture.add(frame(carrying: inner, in: name))
    }
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "tunnel.pcap")
    let some = try report(path, "--filter", "\(name) and tcp port 40002")
    #expect(some.connections.map(\.firstFrame) == [3])
    // The outer packet has no such port.
    #expect(try Program().run(path, "--filter", "tcp port 40002").status == 1)
  }

  private func frame(carrying packet: [UInt8], in tunnel: String) -> [UInt8] {
    switch tunnel {
    case "vlan": return PacketBuilder.ethernet(0x8100, [0, 7, 8, 0] + packet)
    case "mpls": return PacketBuilder.ethernet(0x8847, [0, 1, 0x01, 64] + packet)
    case "pppoes":
      let length = packet.count + 2
      return PacketBuilder.ethernet(
        0x8864, [0x11, 0, 0, 1, UInt8(length >> 8), UInt8(length & 255), 0, 0x21] + packet)
    default:
      var outer = PacketBuilder(source: "192.0.2.1", destination: "192.0.2.2")
      outer.transport = 17
      let carried =
        [0, 0, 0x65, 0x58, 0, 0, 5, 0] + PacketBuilder.ethernet(0x0800, packet)
      let length = carried.count + 8
      return PacketBuilder.ethernet(
        0x0800,
        outer.ipv4(
          carrying: [0xC0, 0, 0x17, 0xC1, UInt8(length >> 8), UInt8(length & 255), 0, 0] + carried))
    }
  }

  @Test func aLinkTypeThatLibpcapCannotFilterIsNoGuess() throws {
    var capture = PcapBuilder(linkType: 281)
    capture.add([0, 1, 2, 3] + PacketBuilder().ethernet)
    let scratch = try Scratch()
    let path = try scratch.write(capture.file, "tagged.pcap")
    let result = try Program().run(path, "--filter", "tcp")
    #expect(result.status == 64)
    #expect(result.errors.contains("(link type 281 (DSA_TAG_BRCM))"), "\(result.errors)")
  }
}
