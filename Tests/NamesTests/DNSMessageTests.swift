import TCPModel
import Testing

@testable import Names

private enum Message {
  static func name(_ name: String) -> [UInt8] {
    name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func number(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

  /// A response to a question for addresses of `name`.
  static func response(to name: [UInt8], kind: Int = 1, _ records: [[UInt8]]) -> [UInt8] {
    number(7) + number(0x8180) + number(1) + number(records.count) + number(0) + number(0) + name
      + number(kind) + number(1) + records.flatMap { $0 }
  }

  static func record(
    _ owner: [UInt8], _ kind: Int, life: Int, _ content: [UInt8]
  ) -> [UInt8] {
    owner + number(kind) + number(1) + number(life >> 16) + number(life & 0xFFFF)
      + number(content.count) + content
  }
}

/// The macros of the tests take no spans.
private func read(_ bytes: [UInt8]) -> DNSMessage? { DNSMessage(bytes.span.bytes) }

struct DNSMessageTests {
  private static let server = IPAddress(ipv4: 0x0A00_0014)

  @Test func aChainOfAliasesNamesByTheQuestion() throws {
    let bytes = Message.response(
      to: Message.name("Shop.example.com"),
      [
        Message.record([0xC0, 12], 5, life: 300, Message.name("shop.cdn.example.net")),
        Message.record(
          Message.name("shop.cdn.example.net"), 5, life: 20, Message.name("edge7.example.net")),
        Message.record(Message.name("edge7.example.net"), 1, life: 60, [10, 0, 0, 20]),
        Message.record(Message.name("other.example.net"), 1, life: 60, [10, 0, 0, 99]),
      ])
    let message = try #require(read(bytes))
    #expect(message.name == "shop.example.com")
    #expect(message.addresses.map(\.address) == [Self.server])
    #expect(message.addresses.map(\.life) == [20])
  }

  @Test func aCircleOfAliasesEnds() throws {
    let bytes = Message.response(
      to: Message.name("a.example"),
      [
        Message.record(Message.name("a.example"), 5, life: 9, Message.name("b.example")),
        Message.record(Message.name("b.example"), 5, life: 9, Message.name("a.example")),
      ])
    let message = try #require(read(bytes))
    #expect(message.addresses.isEmpty)
  }

  @Test(arguments: [[0xC0, 12], [0xC0, 14], [1, 0x61, 0xC0, 12], [0xFF, 0xFF]] as [[UInt8]])
  func aPointerThatDoesNotLeadToTheFrontIsNoName(name: [UInt8]) {
    #expect(read(Message.response(to: name, [])) == nil)
  }

  @Test func theLatestAnswerOfAClientCountsWithinItsLife() throws {
    let client = IPAddress(ipv4: 0x0A00_000A)
    let other = IPAddress(ipv4: 0x0A00_000B)
    var answers = DNSAnswers()
    func answer(_ name: String, life: Int) throws -> DNSMessage {
      try #require(
        read(
          Message.response(
            to: Message.name(name),
            [Message.record([0xC0, 12], 1, life: life, [10, 0, 0, 20])])))
    }
    func second(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: number * 1_000_000_000) }
    answers.add(try answer("www.example.com", life: 60), client: client, at: second(0))
    answers.add(try answer("mirror.example.org", life: 60), client: other, at: second(1))
    answers.add(try answer("shop.example.com", life: 10), client: client, at: second(20))
    #expect(answers.name(of: Self.server, for: client, at: second(10)) == "www.example.com")
    #expect(answers.name(of: Self.server, for: client, at: second(25)) == "shop.example.com")
    // The later answer holds no longer, the earlier one does.
    #expect(answers.name(of: Self.server, for: client, at: second(40)) == "www.example.com")
    #expect(answers.name(of: Self.server, for: client, at: second(61)) == nil)
    #expect(answers.name(of: Self.server, for: other, at: second(25)) == "mirror.example.org")
    // Two names, and nobody to choose between them.
    #expect(answers.name(of: Self.server, at: second(25)) == nil)
    // Of a client of the other family nothing else can be known.
    let far = IPAddress(ipv6: 1, 1)
    #expect(answers.name(of: Self.server, for: far, at: second(61)) == "mirror.example.org")
  }
}
