import Support
import TCPModel
import Testing

@Suite struct AddressTextTests {
  @Test(arguments: [
    "0.0.0.0", "192.0.2.255", "::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1::1", "fe80::1:0:0:1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "1::",
  ])
  func writesWhatItReads(_ text: String) throws {
    #expect(try #require(IPAddress(text)).description == text)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.256", "1.2.3.4.5", ":", ":1", "1:", "1:::2", "1::2::3", "12345::",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "1.2.3.4::", "::+1",
  ])
  func refusesWhatIsNoAddress(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func bracketsAnIPv6Endpoint() throws {
    let address = try #require(IPAddress("2001:db8::2"))
    #expect(Endpoint(address: address, port: 443).description == "[2001:db8::2]:443")
  }
}

@Suite struct TimestampTests {
  @Test(arguments: [
    (1_700_000_000_004_184_000, "2023-11-14T22:13:20.004184000Z"),
    (0, "1970-01-01T00:00:00.000000000Z"),
    (-1, "1969-12-31T23:59:59.999999999Z"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
  ])
  func writesRFC3339(_ nanoseconds: Int64, _ text: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).rfc3339 == text)
  }

  @Test func clampsADifferenceThatDoesNotFit() {
    let late = Timestamp(nanoseconds: .max)
    let early = Timestamp(nanoseconds: .min)
    #expect(late.since(early) == .max)
    #expect(early.since(late) == .min)
  }
}

@Suite struct SequenceNumberTests {
  @Test func comparesAcrossTheWrap() {
    let before = SequenceNumber(0xFFFF_FFF0)
    let after = before + 0x20
    #expect(after.rawValue == 0x10)
    #expect(before.isBefore(after))
    #expect(before.distance(to: after) == 0x20)
    #expect(after.distance(to: before) == -0x20)
  }
}
