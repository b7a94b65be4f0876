import TCPModel
import TestSupport
import Testing

@testable import Support

@Suite struct AddressPseudonymTests {
  /// The first values of the reference implementation's test (vectors.h): key 00 01 .. 0f, messages
  /// "", 00, 00 01, .. and the one of the paper's appendix A.
  @Test(
    arguments: [
      (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (7, 0xAB02_00F5_8B01_D137),
      (8, 0x93F5_F579_9A93_2462), (15, 0xA129_CA61_49BE_45E5),
    ] as [(Int, UInt64)])
  func sipHashIsTheOneOfThePaper(length: Int, value: UInt64) {
    let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
    #expect(SipHash.hash((0..<length).map { UInt8($0) }, key: key) == value)
  }

  /// Addresses that share any number of leading bits with an earlier one, ranges of their own too.
  private struct Source {
    let seed = SeededGenerator.seed
    private var random = SeededGenerator(seed: SeededGenerator.seed)
    private var earlier: [IPAddress] = [
      "0.0.0.0", "10.0.0.0", "100.64.0.0", "127.0.0.1", "169.254.0.0", "172.16.0.0", "192.168.0.0",
      "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.1.2.3", "64:ff9b::c000:201",
      "2001:db8::1",
      "fd00::1", "fe80::1", "ff02::1",
    ].compactMap { IPAddress($0) }

    mutating func number() -> UInt64 { random.next() }

    mutating func address() -> IPAddress {
      var address = earlier[Int(number() % UInt64(earlier.count))]
      let changed = number() % (address.isIPv6 ? 128 : 32)
      // A smart shift by 64 or more gives 0.
      let upper = changed <= 64 ? 0 : ~UInt64(0) >> (128 - changed)
      let lower = ~UInt64(0) >> (64 - min(64, changed))
      if address.isIPv6 { address.upper ^= number() & upper }
      address.lower ^= number() & lower
      earlier.append(address)
      return address
    }
  }

  @Test func sharedPrefixesStayAsLongAsTheyWere() {
    var source = Source()
    var pseudonyms = AddressPseudonyms(secret: [UInt8(truncatingIfNeeded: source.seed)])
    for _ in 0..<20_000 {
      let (one, other) = (source.address(), source.address())
      guard one.isIPv6 == other.isIPv6 else { continue }
      let (mine, its) = (pseudonyms.pseudonym(of: one), pseudonyms.pseudonym(of: other))
      #expect(
        mine.sharedBits(its) == one.sharedBits(other),
        "\(one) \(mine), \(other) \(its), seed \(source.seed)")
    }
  }

  @Test func noTwoAddressesBecomeOne() {
    var source = Source()
    var pseudonyms = AddressPseudonyms(secret: [UInt8(truncatingIfNeeded: source.seed)])
    var real: [IPAddress: IPAddress] = [:]
    for _ in 0..<50_000 {
      let address = source.address()
      let pseudonym = pseudonyms.pseudonym(of: address)
      #expect(pseudonym.isIPv6 == address.isIPv6)
      #expect(
        real.updateValue(address, forKey: pseudonym) ?? address == address,
        "\(address) \(pseudonym), seed \(source.seed)")
    }
  }

  @Test(arguments: [
    "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "2000::/3",
    "fd00::/8", "fe80::/64", "64:ff9b::/96", "::ffff:10.0.0.0/104",
  ])
  func rangesMapOntoThemselves(_ range: String) throws {
    let parts = range.split(separator: "/")
    let network = try #require(IPAddress(String(parts[0])))
    let length = try #require(Int(parts[1]))
    var source = Source()
    var pseudonyms = AddressPseudonyms(secret: [UInt8(truncatingIfNeeded: source.seed)])
    for _ in 0..<2_000 {
      let address = source.address()
      guard address.isIPv6 == network.isIPv6 else { continue }
      let isInside = network.sharedBits(address) >= length
      let pseudonym = pseudonyms.pseudonym(of: address)
      #expect(
        (network.sharedBits(pseudonym) >= length) == isInside,
        "\(address) \(pseudonym), seed \(source.seed)")
    }
  }

  @Test(arguments: [
    "0.0.0.0", "127.0.0.1", "127.3.2.1", "224.0.0.251", "255.255.255.255", "::", "::1", "ff02::fb",
    "::ffff:127.0.0.1",
  ])
  func whatTellsOfNobodyStays(_ text: String) throws {
    let address = try #require(IPAddress(text))
    var pseudonyms = AddressPseudonyms(secret: "key".utf8)
    #expect(pseudonyms.pseudonym(of: address) == address)
  }

  @Test func oneHostKeepsOneNameInBothFamilies() throws {
    var pseudonyms = AddressPseudonyms(secret: "key".utf8)
    let plain = pseudonyms.pseudonym(of: IPAddress(ipv4: 0xC633_6407))
    let mapped = pseudonyms.pseudonym(of: try #require(IPAddress("::ffff:198.51.100.7")))
    #expect(mapped.description == "::ffff:\(plain)")
  }

  /// These must never change: reports of one key have to stay comparable.
  @Test func theMappingIsTheSameForEver() throws {
    var pseudonyms = AddressPseudonyms(secret: "key".utf8)
    let shown = try ["198.51.100.7", "192.168.1.20", "2001:db8::7", "fe80::1"].map {
      pseudonyms.pseudonym(of: try #require(IPAddress($0))).description
    }
    #expect(
      shown == [
        "198.29.117.32", "192.168.57.29", "2344:ab86:690a:1b8e:4b0c:2432:87e8:ca0",
        "fe80::3133:94a8:516a:6795",
      ])
  }

  @Test func anotherKeyGivesOtherNames() {
    var some = AddressPseudonyms(secret: "key".utf8)
    var others = AddressPseudonyms(secret: "yek".utf8)
    let address = IPAddress(ipv4: 0xC633_6407)
    #expect(some.pseudonym(of: address) != others.pseudonym(of: address))
  }

  /// What a request calls its host.
  @Test func aHostIsAnAddressOrAName() throws {
    var pseudonyms = AddressPseudonyms(secret: "key".utf8)
    let address = pseudonyms.pseudonym(of: IPAddress(ipv4: 0xC633_6407)).description
    let longer = pseudonyms.pseudonym(of: try #require(IPAddress("2001:db8::7"))).description
    let name = pseudonyms.names.pseudonym(of: "www.example.com")
    for (host, expected) in [
      ("198.51.100.7", address), ("198.51.100.7:8443", address + ":8443"),
      ("[2001:db8::7]", "[\(longer)]"), ("[2001:db8::7]:80", "[\(longer)]:80"),
      ("2001:db8::7", longer), ("www.example.com", name), ("www.example.com:80", name + ":80"),
    ] {
      #expect(pseudonyms.pseudonym(ofAuthority: host) == expected)
    }
  }
}
