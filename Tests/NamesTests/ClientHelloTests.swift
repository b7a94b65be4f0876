import TestSupport
import Testing

@testable import Names

/// Hellos put together by hand, so that each test names what matters in its own.
private enum Hello {
  static func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
    (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) }
      + content
  }

  static func extensionBytes(_ kind: Int, _ content: [UInt8]) -> [UInt8] {
    [UInt8(kind >> 8), UInt8(kind & 0xFF)] + vector(2, content)
  }

  static func serverName(_ name: String) -> [UInt8] {
    extensionBytes(0, vector(2, [0] + vector(2, Array(name.utf8))))
  }

  static func protocols(_ names: [String]) -> [UInt8] {
    extensionBytes(16, vector(2, names.flatMap { vector(1, Array($0.utf8)) }))
  }

  static func numbers(_ numbers: [Int]) -> [UInt8] {
    numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
  }

  static func client(
    version: Int = 0x0303, ciphers: [Int] = [0x1301], _ extensions: [[UInt8]]
  ) -> [UInt8] {
    let body =
      numbers([version]) + [UInt8](repeating: 7, count: 32) + [0] + vector(2, numbers(ciphers)) + [
        1, 0,
      ]
      + vector(2, extensions.flatMap { $0 })
    return [1] + vector(3, body)
  }
}

/// The macros of the tests take no spans.
private func read(_ bytes: [UInt8]) -> ClientHello? { ClientHello(bytes.span.bytes) }

struct ClientHelloTests {
  @Test func theNameAndTheProtocolsAreRead() throws {
    let bytes = Hello.client([
      Hello.serverName("www.example.com"), Hello.protocols(["h2", "http/1.1"]),
    ])
    let hello = try #require(read(bytes))
    #expect(hello.serverName == "www.example.com")
    #expect(hello.offer.protocolNames == ["h2", "http/1.1"])
    #expect(hello.isWhole)
  }

  @Test func aNameWithControlCharactersIsNone() throws {
    let bytes = Hello.client([Hello.serverName("evil\u{1B}[31m.example")])
    let hello = try #require(read(bytes))
    #expect(hello.serverName == nil)
    #expect(hello.offer.hasServerName)
  }

  @Test(arguments: 0..<120)
  func aHelloThatIsCutNeverSaysMoreThanItHolds(length: Int) {
    let bytes = Array(
      Hello.client([Hello.serverName("www.example.com"), Hello.protocols(["h2"])]).prefix(length))
    guard let hello = read(bytes) else { return }
    #expect(hello.serverName == nil || hello.serverName == "www.example.com")
    #expect(hello.isWhole == (length >= 80))
  }

  /// The worked examples of the specification (FoxIO, JA4 technical details): a browser's hello, and the
  /// same without signature algorithms.
  @Test(arguments: [
    (
      [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
      "t13d1516h2_8daaf6152771_e5627efa2ab1"
    ), ([], "t13d1516h2_8daaf6152771_6d807ffa2a79"),
  ])
  func theFingerprintIsThatOfTheSpecification(algorithms: [Int], fingerprint: String) throws {
    let ciphers = [
      0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014,
      0x009C, 0x009D, 0x002F, 0x0035,
    ]
    let others = [0x001B, 0x0033, 0x0023, 0x4469, 0x0017, 0x002D, 0x0005, 0x0015, 0x0012, 0x000B]
    let hello = try #require(
      read(
        Hello.client(
          ciphers: [0x1A1A] + ciphers,
          [
            Hello.extensionBytes(0x0A0A, []),
            Hello.serverName("www.example.com"), Hello.protocols(["h2"]),
            Hello.extensionBytes(43, Hello.vector(1, Hello.numbers([0x2A2A, 0x0304, 0x0303]))),
            Hello.extensionBytes(13, Hello.vector(2, Hello.numbers(algorithms))),
            Hello.extensionBytes(0x000A, []), Hello.extensionBytes(0xFF01, []),
          ] + others.map { Hello.extensionBytes($0, []) }
        )))
    // 15 ciphers, 16 extensions, h2.
    var kinds = ClientKinds()
    #expect(kinds.told(by: hello.offer).fingerprint == fingerprint)
    #expect(kinds.told(by: hello.offer).fingerprint == fingerprint)
  }

  /// Hellos of public test captures (FoxIO's badcurveball.pcap and sigalg-grease.pcapng), by the lists that
  /// the authors publish of them, with the fingerprints that they publish.
  @Test(arguments: [
    (
      "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035,000a",
      "0000,0017,ff01,000a,000b,0023,0010,0005,000d,0012,0033,002d,002b,001b,0015",
      "0403,0804,0401,0503,0805,0501,0806,0601,0201", "t13d1615h2_46e7e9700bed_45f260be83e2"
    ),
    (
      "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
      "fe0d,0010,0017,0033,44cd,ff01,000a,000d,0023,002b,000b,ca34,002d,0000,0005,001b,0012",
      "0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601",
      "t13d1517h2_8daaf6152771_cb7bf5808d99"
    ),
  ])
  func theFingerprintIsThatOfThePublishedCapture(
    ciphers: String, extensions: String, algorithms: String, fingerprint: String
  ) throws {
    func numbers(_ list: String) -> [Int] {
      list.split(separator: ",").compactMap { Int($0, radix: 16) }
    }
    // With a reserved value (RFC 8701) in each list.
    let parts = numbers(extensions).map { kind in
      switch kind {
      case 0: Hello.serverName("www.example.com")
      case 13:
        Hello.extensionBytes(13, Hello.vector(2, Hello.numbers([0x3A3A] + numbers(algorithms))))
      case 16: Hello.protocols(["h2", "http/1.1"])
      case 43: Hello.extensionBytes(43, Hello.vector(1, Hello.numbers([0x4A4A, 0x0304, 0x0303])))
      default: Hello.extensionBytes(kind, [])
      }
    }
    var kinds = ClientKinds()
    var random = SeededGenerator(seed: 21)
    for _ in 0..<20 {
      let hello = try #require(
        read(
          Hello.client(
            ciphers: [0x1A1A] + numbers(ciphers),
            [Hello.extensionBytes(0x2A2A, [])] + parts.shuffled(using: &random))))
      #expect(kinds.told(by: hello.offer).fingerprint == fingerprint)
    }
  }

  /// What a fingerprint is made of, one by one: none is taken for another that was seen before.
  @Test func otherOffersHaveOtherFingerprints() throws {
    func versions(_ list: [Int]) -> [UInt8] {
      Hello.extensionBytes(43, Hello.vector(1, Hello.numbers(list)))
    }
    func algorithms(_ list: [Int]) -> [UInt8] {
      Hello.extensionBytes(13, Hello.vector(2, Hello.numbers(list)))
    }
    let other = Hello.extensionBytes(5, [])
    let offers = try [
      Hello.client([]), Hello.client(version: 0x0302, []),
      Hello.client(ciphers: [0x1302], []), Hello.client(ciphers: [0x1301, 0x1302], []),
      Hello.client([other]), Hello.client([other, Hello.extensionBytes(10, [])]),
      Hello.client([versions([0x0304])]), Hello.client([versions([0x0303])]),
      Hello.client([algorithms([0x0403])]), Hello.client([algorithms([0x0403, 0x0503])]),
      Hello.client([Hello.serverName("a.example")]),
      Hello.client([Hello.protocols(["h2"])]), Hello.client([Hello.protocols(["http/1.1"])]),
    ].map { try #require(read($0)).offer }
    var kinds = ClientKinds()
    let first = offers.map { kinds.told(by: $0).fingerprint }
    #expect(Set(first).count == offers.count)
    #expect(offers.map { kinds.told(by: $0).fingerprint } == first)
  }
}
