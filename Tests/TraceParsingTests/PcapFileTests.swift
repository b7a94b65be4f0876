import TCPModel
import Testing

@testable import TraceParsing

@Suite struct PcapFileTests {
  @Test func decodesASYNOverEthernet() throws {
    var capture = PcapBuilder()
    capture.add(PacketBuilder(sequence: 7, payload: [1, 2, 3]).ethernet, fraction: 250_000)
    let reading = try Reading(capture.file)
    let segment = try #require(reading.segments.first)
    #expect(segment.source.description == "10.0.0.1:40000")
    #expect(segment.destination.description == "10.0.0.2:80")
    #expect(segment.time.rfc3339 == "2023-11-14T22:13:20.250000000Z")
    #expect(segment.frame == 1)
    #expect(segment.sequence.rawValue == 7)
    #expect(segment.flags == .syn)
    #expect(segment.payloadLength == 3)
    #expect(segment.ipLength == 43)
    #expect(segment.window == 64_240)
    #expect(reading.info.linkTypes == ["ETHERNET"])
    #expect(reading.info.frames == 1)
    #expect(reading.info.tcpSegments == 1)
    #expect(!reading.info.isTruncated)
  }
}
