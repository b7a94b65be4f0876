import TCPModel

/// A DNS message (RFC 1035 4.1), as far as it names addresses.
///
///     0   id (2), flags (2): response, operation (4 bits), .., result code (4 bits)
///     4   questions, answers, authorities, additional records (2 each)
///     12  the questions: name, type (2), class (2)
///         the records: name, type (2), class (2), life in seconds (4), data (vector of 2)
struct DNSMessage {
  static let headerLength = 12
  private static let recordLimit = 128

  /// An address that a name stands for, through as many other names as the answer goes.
  struct Address {
    var address: IPAddress
    /// In seconds, the shortest on the way.
    var life: Int
  }

  var isResponse: Bool
  /// What was asked for; in lower case, because some askers mix cases to be harder to forge.
  var name: String
  /// Of the name that was asked for.
  var addresses: [Address] = []

  private enum RecordType {
    static let a = 1
    static let cname = 5
    static let aaaa = 28
  }

  /// nil where the bytes are no message with one question.
  init?(_ message: RawSpan) {
    var reader = ByteReader(message)
    guard reader.skip(2), let flags = reader.uint16(), let questions = reader.uint16(),
      let answers = reader.uint16(), reader.skip(4)
    else { return nil }
    isResponse = flags & 0x8000 != 0
    // A standard query; a question has neither answers nor a result.
    guard flags & 0x7840 == 0, questions == 1, isResponse || flags & 0x000F == 0 && answers == 0
    else { return nil }
    var place = DNSMessage.headerLength
    guard let name = DNSMessage.name(in: message, at: &place),
      let kind = DNSMessage.uint16(in: message, at: place),
      let network = DNSMessage.uint16(in: message, at: place + 2),
      kind != 0, network == 1 || network == 255
    else { return nil }
    self.name = name
    guard isResponse, flags & 0x000F == 0 else { return }
    readAnswers(message, from: place + 4, count: min(answers, DNSMessage.recordLimit))
  }

  private mutating func readAnswers(_ message: RawSpan, from start: Int, count: Int) {
    var place = start
    var aliases: [(owner: String, target: String, life: Int)] = []
    var found: [(owner: String, address: IPAddress, life: Int)] = []
    for _ in 0..<count {
      guard let owner = DNSMessage.name(in: message, at: &place), place + 10 <= message.byteCount,
        let kind = DNSMessage.uint16(in: message, at: place),
        let upper = DNSMessage.uint16(in: message, at: place + 4),
        let lower = DNSMessage.uint16(in: message, at: place + 6),
        let length = DNSMessage.uint16(in: message, at: place + 8)
      else { break }
      // RFC 2181 8: a life with its first bit set is none.
      let life = upper & 0x8000 == 0 ? upper << 16 | lower : 0
      var data = place + 10
      place = data + length
      guard place <= message.byteCount else { break }
      switch (kind, length) {
      case (RecordType.a, 4), (RecordType.aaaa, 16):
        found.append((owner, DNSMessage.address(in: message, at: data, length), life))
      case (RecordType.cname, _):
        if let target = DNSMessage.name(in: message, at: &data) {
          aliases.append((owner, target, life))
        }
      default: break
      }
    }
    follow(aliases, found)
  }

  /// From the name that was asked for, alias by alias; each is used once, so that a circle ends.
  private mutating func follow(
    _ aliases: [(owner: String, target: String, life: Int)],
    _ found: [(owner: String, address: IPAddress, life: Int)]
  ) {
    var owner = name
    var life = Int.max
    for _ in 0...aliases.count {
      for one in found where one.owner == owner {
        addresses.append(Address(address: one.address, life: min(life, one.life)))
      }
      guard let next = aliases.first(where: { $0.owner == owner }) else { return }
      owner = next.target
      life = min(life, next.life)
    }
  }

  private static func address(in message: RawSpan, at place: Int, _ length: Int) -> IPAddress {
    var words: (UInt64, UInt64) = (0, 0)
    for index in 0..<length {
      words.0 = words.0 << 8 | words.1 >> 56
      words.1 = words.1 << 8 | UInt64(message[byte: place + index])
    }
    return length == 4
      ? IPAddress(ipv4: UInt32(truncatingIfNeeded: words.1)) : IPAddress(ipv6: words.0, words.1)
  }

  private static func uint16(in message: RawSpan, at place: Int) -> Int? {
    guard place >= 0, place + 2 <= message.byteCount else { return nil }
    return Int(message[byte: place]) << 8 | Int(message[byte: place + 1])
  }

  /// A name (RFC 1035 3.1), also where it goes on elsewhere (4.1.4). Every pointer leads further to the
  /// front, so that there is an end.
  ///
  /// - Parameter place: Moves behind the name.
  static func name(in message: RawSpan, at place: inout Int) -> String? {
    var name: [UInt8] = []
    var position = place
    var limit = place
    var end: Int?
    while position < message.byteCount {
      let length = Int(message[byte: position])
      if length == 0 {
        place = end ?? position + 1
        return String(decoding: name, as: UTF8.self)
      }
      if length >= 0xC0 {
        guard position + 1 < message.byteCount else { return nil }
        let target = (length & 0x3F) << 8 | Int(message[byte: position + 1])
        guard target < limit else { return nil }
        if end == nil { end = position + 2 }
        limit = target
        position = target
        continue
      }
      guard length < 0x40, position + 1 + length <= message.byteCount,
        name.count + length + 1 <= HostName.limit
      else { return nil }
      if !name.isEmpty { name.append(UInt8(ascii: ".")) }
      for index in 1...length {
        let byte = message[byte: position + index]
        // A name that cannot be shown, or whose labels cannot be told apart, is none.
        guard byte.isVisible, byte != UInt8(ascii: ".") else { return nil }
        name.append(byte.lowercased)
      }
      position += 1 + length
    }
    return nil
  }
}
