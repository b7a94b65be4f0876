import Support
import TCPModel
import TestSupport
import Testing

@Suite struct AddressParsingTests {
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("64:ff9b::198.51.100.7", "64:ff9b::c633:6407"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ("0001:0:0:0:0:0:0:0", "1::"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
  ])
  func readsEveryNotation(text: String, canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
    #expect(IPAddress(Array(text.utf8))?.description == canonical)
  }

  @Test(arguments: [
    "", ":", ":::", "1:", ":1", "1:2", "1:::2", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "g::",
    "1.2.3", "1.2.3.4.", ".1.2.3.4", "1..2.3", "256.1.1.1", "1.2.3.0004", "1.2.3.a", "::1%eth0",
  ])
  func refusesWhatIsNoAddress(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func everyTextComesBack() {
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    func next() -> UInt64 { random.next() }
    for _ in 0..<2_000 {
      // Sparse bits, so that runs of zero groups are frequent.
      let address = IPAddress(ipv6: next() & next() & next(), next() & next() & next())
      #expect(IPAddress(address.description) == address, "seed \(seed)")
      let ipv4 = IPAddress(ipv4: UInt32(truncatingIfNeeded: next() >> 32))
      #expect(IPAddress(ipv4.description) == ipv4, "seed \(seed)")
    }
  }
}
