import TCPModel
import TestSupport
import Testing
import TraceParsing

/// A SYN or RST whose IPv4 header is damaged says too little to conclude anything from it.
@Suite struct ChecksumTests {
  private func packet(_ flags: TCPFlags, options: [UInt8] = []) -> [UInt8] {
    var packet = PacketBuilder(flags: flags, ipOptions: options).ipv4
    let header = Int(packet[0] & 15) * 4
    var sum = 0
    for index in stride(from: 0, to: header, by: 2) {
      sum += Int(packet[index]) << 8 | Int(packet[index + 1])
    }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    packet[10] = UInt8(~sum >> 8 & 0xFF)
    packet[11] = UInt8(~sum & 0xFF)
    return packet
  }

  private func isCorrupt(_ packet: [UInt8]) throws -> Bool {
    var capture = PcapBuilder(linkType: 101)
    capture.add(packet)
    return try #require(try Reading(capture.file).segments.first).isCorrupt
  }

  @Test(arguments: [[], [1, 1, 1, 0]])
  func whatIsDamagedShows(_ options: [UInt8]) throws {
    for flags in [TCPFlags.syn, .rst, [.syn, .ack], [.rst, .ack]] {
      var packet = packet(flags, options: options)
      #expect(try !isCorrupt(packet))
      // An address.
      packet[15] ^= 0x40
      #expect(try isCorrupt(packet))
    }
  }

  /// The network card fills it in.
  @Test func noChecksumIsNoWrongOne() throws {
    #expect(try !isCorrupt(PacketBuilder(flags: .syn).ipv4))
  }

  /// Of other segments nobody asks.
  @Test func onlyWhatOpensOrResetsIsAsked() throws {
    var packet = packet(.ack)
    packet[15] ^= 0x40
    #expect(try !isCorrupt(packet))
  }

  @Test func theLargestStepBackIsKept() throws {
    var capture = PcapBuilder()
    let frame = PacketBuilder().ethernet
    for fraction in [500_000, 400_000, 600_000, 250_000, 300_000, 200_000] {
      capture.add(frame, fraction: fraction)
    }
    let info = try Reading(capture.file).info
    #expect(info.stepBack == CaptureInfo.StepBack(size: 350_000_000, frame: 4))
  }

  @Test func timesInOrderHaveNoStepBack() throws {
    var capture = PcapBuilder()
    for fraction in [0, 0, 1] { capture.add(PacketBuilder().ethernet, fraction: fraction) }
    #expect(try Reading(capture.file).info.stepBack == nil)
  }
}
