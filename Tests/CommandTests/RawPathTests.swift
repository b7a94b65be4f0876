import TestSupport
import Testing

@testable import tcptimeline

@Suite struct RawPathTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func anyBytesComeOutAsTheyWentIn(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = random.bytes(0...20)
    // What the escapes themselves look like.
    if random.once(in: 3) { bytes += Array("\u{10FFFF}é한".utf8) }
    let text = RawPath.text(bytes)
    #expect(RawPath.bytes(text) == bytes, "seed \(seed)")
  }

  @Test func aTextIsItself() {
    #expect(RawPath.text(Array("é/한.pcap".utf8)) == "é/한.pcap")
    #expect(RawPath.shown("é/한.pcap") == "é/한.pcap")
  }

  @Test func bytesOfNoTextAreShownByNumber() {
    #expect(RawPath.shown(RawPath.text([0x61, 0xFF, 0xC3])) == "a\\xff\\xc3")
  }
}
