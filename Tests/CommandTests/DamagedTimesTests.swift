import TCPModel
import TestSupport
import Testing

/// Frames whose times lie anywhere: the picture is drawn, and nothing is reckoned beyond its type.
@Suite struct DamagedTimesTests {
  private static let times = [
    0, Int.max, Int.min, -1, Int.max - 1_000_000, Int.min + 1_000_000, 1_800_000_000_000_000_000,
  ]

  /// A small exchange of which some frames have such a time.
  private func capture(_ seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var builder = PcapNGBuilder()
    builder.addInterface(linkType: 101, options: [(9, [9])])
    var time = 1_700_000_000_000_000_000
    func add(_ isClient: Bool, _ flags: TCPFlags, _ sequence: Int, _ ack: Int, _ length: Int = 0) {
      var packet = PacketBuilder(sequence: sequence, acknowledgment: ack, flags: flags)
      packet.payload = [UInt8](repeating: 0x61, count: length)
      if !isClient {
        (packet.source, packet.destination) = (packet.destination, packet.source)
        (packet.sourcePort, packet.destinationPort) = (packet.destinationPort, packet.sourcePort)
      }
      time += random.number(1...20_000_000)
      let isDamaged = random.once(in: 3)
      builder.addPacket(packet.ipv4, time: isDamaged ? random.pick(Self.times) : time)
    }
    add(true, .syn, 100, 0)
    add(false, [.syn, .ack], 500, 101)
    add(true, .ack, 101, 501)
    for round in 0..<random.number(1...12) {
      add(true, [.psh, .ack], 101 + 10 * round, 501 + 500 * round, 10)
      add(false, .ack, 501 + 500 * round, 111 + 10 * round, 500)
    }
    add(true, [.fin, .ack], 300, 7000)
    return builder.bytes.content
  }

  @Test(arguments: 1...15 as ClosedRange<UInt64>)
  func everyPictureIsDrawn(seed: UInt64) throws {
    let scratch = try Scratch()
    let path = try scratch.write(capture(seed), "damaged.pcapng")
    for options in [
      ["--scale", "time"], ["--scale", "hybrid", "--expand"], ["--scale", "event"],
      ["--chart", "sequence"], ["--chart", "throughput"], ["--chart", "rtt"],
      ["--chart", "flight"],
    ] {
      let result = try Program().run([path, "--format", "svg"] + options)
      #expect(result.status == 0, "seed \(seed), \(options): \(result.errors)")
      #expect(result.text.hasSuffix("</svg>\n"), "seed \(seed), \(options)")
    }
  }
}
