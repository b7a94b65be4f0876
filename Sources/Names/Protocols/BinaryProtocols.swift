import TCPModel

/// Protocols whose first bytes are no text. Each check is strict enough that chance, at most one time
/// in 16 million, does not pass it.
enum BinaryProtocols {
  static func recognise(_ bytes: RawSpan, segmentLength: Int) -> Recognition {
    switch bytes[byte: 0] {
    case 0x16: return tls(bytes)
    case 0x00: return leadingZero(bytes, segmentLength)
    case 0x10: return mqtt(bytes)
    case 0x13: return fixed(bytes, "\u{13}BitTorrent protocol", .bittorrent)
    case 0x30: return ldap(bytes)
    case 0x03: return first(of: remoteDesktop(bytes), cassandra(bytes), small(bytes, segmentLength))
    case 0x04:
      return first(
        of: cassandra(bytes), socks4(bytes, segmentLength), small(bytes, segmentLength))
    case 0x05: return first(of: cassandra(bytes), socks(bytes, segmentLength))
    case 0x12: return first(of: tabularData(bytes, segmentLength), small(bytes, segmentLength))
    case 0x17, 0x14, 0x15: return first(of: tlsMidway(bytes), small(bytes, segmentLength))
    case 0xFF: return first(of: bgp(bytes), telnet(bytes))
    default: return small(bytes, segmentLength)
    }
  }

  private static func first(of recognitions: Recognition...) -> Recognition {
    recognitions.first { $0 != .unknown } ?? .unknown
  }

  private static func fixed(
    _ bytes: RawSpan, _ text: StaticString, _ application: Application
  ) -> Recognition {
    if bytes.begins(with: text) { return .found(application) }
    return bytes.byteCount < text.utf8CodeUnitCount && bytes.mayBegin(with: text)
      ? .undecided : .unknown
  }

  /// A handshake record (RFC 8446 5.1): type 22, version 3.x, length; then a hello of either side.
  private static func tls(_ bytes: RawSpan) -> Recognition {
    var reader = ByteReader(bytes.extracting(first: 9))
    guard reader.skip(1), let major = reader.uint8() else { return .undecided }
    guard major == 3 else { return .unknown }
    guard let minor = reader.uint8(), let length = reader.uint16() else { return .undecided }
    guard minor <= 4, length >= 1, length <= TLSRecord.lengthLimit else { return .unknown }
    guard let message = reader.uint8() else { return .undecided }
    guard message == ClientHello.messageType || message == ServerHello.messageType else {
      return .unknown
    }
    guard let messageLength = reader.uint24() else { return .undecided }
    return messageLength >= 38 && messageLength < 1 << 17 ? .found(.tls) : .unknown
  }

  /// Any other record of TLS 1.x, where the capture began later.
  private static func tlsMidway(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 5 else { return .undecided }
    let length = Int(bytes[byte: 3]) << 8 | Int(bytes[byte: 4])
    let isPlausible = length >= 1 && length <= TLSRecord.lengthLimit
    return bytes[byte: 1] == 3 && bytes[byte: 2] <= 4 && isPlausible ? .found(.tls) : .unknown
  }

  private static func leadingZero(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    first(
      of: postgreSQL(bytes), serverMessageBlock(bytes), dns(bytes), kafka(bytes, segmentLength),
      small(bytes, segmentLength))
  }

  /// Length (4), then the version 3.0 or the number of a request that comes before it
  /// (PostgreSQL, "Message Formats").
  private static func postgreSQL(_ bytes: RawSpan) -> Recognition {
    var reader = ByteReader(bytes)
    guard let length = reader.uint32() else {
      return bytes.byteCount < 3 || bytes[byte: 1] == 0 ? .undecided : .unknown
    }
    guard length >= 8, length <= 10_000 else { return .unknown }
    guard let code = reader.uint32() else { return .undecided }
    switch code {
    case 80_877_103, 80_877_104: return length == 8 ? .found(.postgresql) : .unknown
    case 80_877_102: return length == 16 ? .found(.postgresql) : .unknown
    case 196_608, 196_610: return .found(.postgresql)
    default: return .unknown
    }
  }

  /// NetBIOS session (1), length (3), then 0xFE or 0xFF and `SMB`.
  private static func serverMessageBlock(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 8 else { return .unknown }
    let mark = bytes[byte: 4]
    return (mark == 0xFE || mark == 0xFF) && bytes.begins(with: "SMB", at: 5)
      ? .found(.smb) : .unknown
  }

  /// RFC 1035 4.2.2: a message behind its length.
  static func dns(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 2 else { return .undecided }
    let length = Int(bytes[byte: 0]) << 8 | Int(bytes[byte: 1])
    guard length >= 17 else { return .unknown }
    let message = bytes.extracting(2..<min(bytes.byteCount, 2 + length))
    guard message.byteCount >= DNSMessage.headerLength else { return .unknown }
    guard DNSMessage(message) != nil else { return .unknown }
    return .found(.dns)
  }

  /// Size (4), key of the call (2), its version (2), correlation (4), client id (string of 2); the
  /// whole call in one segment.
  private static func kafka(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    var reader = ByteReader(bytes)
    guard let size = reader.uint32(), size >= 10, size + 4 == segmentLength,
      let key = reader.uint16(), key <= 80, let version = reader.uint16(), version <= 20,
      reader.uint32() != nil, let length = reader.uint16(), length >= 1, length <= reader.count,
      reader.takeUpTo(length).visibleText(limit: 255) != nil
    else { return .unknown }
    return .found(.kafka)
  }

  /// CONNECT (RFC 9431, MQTT 5.0 3.1): type, length (1 to 4 bytes), the protocol's name.
  private static func mqtt(_ bytes: RawSpan) -> Recognition {
    var index = 1
    while index < bytes.byteCount, index <= 4, bytes[byte: index] & 0x80 != 0 { index += 1 }
    guard index < bytes.byteCount else { return index <= 4 ? .undecided : .unknown }
    let rest = bytes.extracting(index + 1..<bytes.byteCount)
    if rest.begins(with: "\u{0}\u{4}MQTT") || rest.begins(with: "\u{0}\u{6}MQIsdp") {
      return .found(.mqtt)
    }
    return rest.mayBegin(with: "\u{0}\u{4}MQTT") || rest.mayBegin(with: "\u{0}\u{6}MQIsdp")
      ? .undecided : .unknown
  }

  /// What a client says first (RFC 4511 4.1.1): a sequence, the message's number, a request. Lengths may be
  /// in the long form wherever they like, as those of Active Directory's clients are.
  private static func ldap(_ bytes: RawSpan) -> Recognition {
    var reader = ByteReader(bytes)
    guard bytes.byteCount >= 12, reader.skip(1), ldapLength(&reader) != nil,
      reader.uint8() == 2, let digits = reader.uint8(), digits >= 1, digits <= 4,
      reader.skip(digits), let request = reader.uint8()
    else { return .unknown }
    switch request {
    case 0x60: return ldapLength(&reader) != nil && reader.uint8() == 2 ? .found(.ldap) : .unknown
    case 0x63: return ldapSearch(&reader) ? .found(.ldap) : .unknown
    case 0x77:
      // RFC 4511 4.14.1: StartTLS.
      let rest = reader.takeUpTo(reader.count)
      return rest.contains(ignoringCase: "1.3.6.1.4.1.1466.20037") ? .found(.ldap) : .unknown
    default: return .unknown
    }
  }

  /// RFC 4511 4.5.1: the object where it begins, the scope, what becomes of aliases.
  private static func ldapSearch(_ reader: inout ByteReader) -> Bool {
    guard ldapLength(&reader) != nil, reader.uint8() == 4, let object = ldapLength(&reader),
      object <= 4096
    else { return false }
    // A name may be longer than what was captured.
    guard reader.count >= object + 6 else {
      return object > 0 && isText(reader.takeUpTo(object))
    }
    guard reader.skip(object) else { return false }
    for _ in 0..<2 {
      guard reader.uint8() == 10, reader.uint8() == 1, let value = reader.uint8(), value <= 3
      else { return false }
    }
    return true
  }

  /// X.690 8.1.3.
  private static func ldapLength(_ reader: inout ByteReader) -> Int? {
    guard let first = reader.uint8() else { return nil }
    guard first >= 0x80 else { return first }
    guard first > 0x80, first <= 0x84 else { return nil }
    var length = 0
    for _ in 0..<(first & 0x7F) {
      guard let byte = reader.uint8() else { return nil }
      length = length << 8 | byte
    }
    return length
  }

  /// A connection request of X.224 in TPKT (RFC 1006 6): version 3, 0, length (2), length, 0xE0.
  private static func remoteDesktop(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 11, bytes[byte: 1] == 0, bytes[byte: 5] == 0xE0 else {
      return .unknown
    }
    let length = Int(bytes[byte: 2]) << 8 | Int(bytes[byte: 3])
    let rest = bytes.extracting(11..<bytes.byteCount)
    let isCookie = rest.begins(with: "Cookie: mstshash=")
    let isNegotiation = length == 19 && rest.begins(with: "\u{1}\u{0}\u{8}\u{0}")
    return isCookie || isNegotiation ? .found(.rdp) : .unknown
  }

  /// CQL: version (1), flags (1), stream (2), STARTUP or OPTIONS (1), length (4).
  private static func cassandra(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 9, bytes[byte: 1] == 0, bytes[byte: 2] == 0 else { return .unknown }
    var reader = ByteReader(bytes.extracting(5..<9))
    guard let length = reader.uint32() else { return .unknown }
    switch bytes[byte: 4] {
    case 5: return length == 0 && bytes.byteCount == 9 ? .found(.cassandra) : .unknown
    case 1:
      return bytes.extracting(9..<bytes.byteCount).contains(ignoringCase: "cql_version")
        ? .found(.cassandra) : .unknown
    default: return .unknown
    }
  }

  /// RFC 1928 3: version 5, a count of methods, the methods, nothing else.
  private static func socks(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    guard bytes.byteCount >= 3 else { return .unknown }
    let count = Int(bytes[byte: 1])
    guard count >= 1, count <= 8, segmentLength == 2 + count, bytes.byteCount == segmentLength
    else { return .unknown }
    for index in 0..<count {
      let method = bytes[byte: 2 + index]
      guard method <= 9 || method >= 0x80 else { return .unknown }
    }
    return .found(.socks)
  }

  /// Version 4, CONNECT or BIND (1), port (2), address (4), a user's name that a zero ends, and nothing else
  /// (SOCKS 4); behind the address 0.0.0.x the name of a host, ended so too (SOCKS 4A).
  private static func socks4(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    var reader = ByteReader(bytes)
    guard bytes.byteCount >= 9, bytes.byteCount == segmentLength, reader.skip(1),
      let command = reader.uint8(), command == 1 || command == 2,
      let port = reader.uint16(), port > 0, let address = reader.uint32(), address > 0
    else { return .unknown }
    var texts = address < 256 ? 2 : 1
    while texts > 0 {
      let rest = reader.takeUpTo(reader.count)
      guard let end = rest.first(0) else { return .unknown }
      if end > 0, rest.extracting(first: end).visibleText(limit: 255) == nil { return .unknown }
      reader = ByteReader(rest.extracting(end + 1..<rest.byteCount))
      texts -= 1
    }
    return reader.count == 0 ? .found(.socks) : .unknown
  }

  /// TDS: PRELOGIN (1), end of message (1), length (2), then the option VERSION at its offset.
  private static func tabularData(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    guard bytes.byteCount >= 13, bytes[byte: 1] == 1 else { return .unknown }
    let length = Int(bytes[byte: 2]) << 8 | Int(bytes[byte: 3])
    return length == segmentLength && bytes[byte: 8] == 0 && bytes[byte: 11] == 0
      && bytes[byte: 12] == 6 ? .found(.mssql) : .unknown
  }

  /// RFC 4271 4.1: sixteen times 0xFF, length (2), OPEN.
  private static func bgp(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 19 else { return .unknown }
    for index in 0..<16 where bytes[byte: index] != 0xFF { return .unknown }
    let kind = bytes[byte: 18]
    return kind >= 1 && kind <= 5 ? .found(.bgp) : .unknown
  }

  /// RFC 854: commands WILL, WONT, DO, DONT and their options, three bytes each.
  private static func telnet(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 3 else { return .undecided }
    let command = bytes[byte: 1]
    guard command >= 0xFB, command <= 0xFE, bytes[byte: 2] < 0x40 else { return .unknown }
    guard bytes.byteCount >= 6 else { return bytes.byteCount == 3 ? .found(.telnet) : .unknown }
    return bytes[byte: 3] == 0xFF && bytes[byte: 4] >= 0xFA ? .found(.telnet) : .unknown
  }

  /// Lengths with the least byte first.
  private static func small(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    let mysql = first(of: mySQL(bytes), mySQLError(bytes, segmentLength))
    return mysql == .unknown ? mongoDB(bytes, segmentLength) : mysql
  }

  /// The server's greeting: length (3), number 0, protocol 10, its version as text.
  private static func mySQL(_ bytes: RawSpan) -> Recognition {
    guard bytes.byteCount >= 8, bytes[byte: 2] == 0, bytes[byte: 3] == 0, bytes[byte: 4] == 10,
      bytes[byte: 5].isDigit
    else { return .unknown }
    let version = bytes.extracting(5..<min(bytes.byteCount, 80))
    guard let end = version.first(0), end >= 3,
      version.extracting(first: end).visibleText(limit: 80) != nil
    else { return .unknown }
    return .found(.mysql)
  }

  /// In its place an error: length (3), number 0, 0xFF, its code (2), words to the end, before which may stand
  /// `#` and five characters.
  private static func mySQLError(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    guard bytes.byteCount >= 12, bytes[byte: 3] == 0, bytes[byte: 4] == 0xFF else {
      return .unknown
    }
    let length = little(bytes, at: 0) & 0xFF_FFFF
    let code = little(bytes, at: 4) >> 8 & 0xFFFF
    guard length + 4 == segmentLength, code >= 1_000, code < 5_000,
      isText(bytes.extracting(7..<bytes.byteCount))
    else { return .unknown }
    return .found(.mysql)
  }

  /// Length (4), request (4), answered request 0 (4), the kind (4); the whole message in one segment.
  private static func mongoDB(_ bytes: RawSpan, _ segmentLength: Int) -> Recognition {
    guard bytes.byteCount >= 16 else { return .unknown }
    let length = little(bytes, at: 0)
    guard length == segmentLength, little(bytes, at: 8) == 0 else { return .unknown }
    let kind = little(bytes, at: 12)
    return kind == 2004 || kind == 2012 || kind == 2013 ? .found(.mongodb) : .unknown
  }

  /// ASCII that can be shown, and spaces.
  private static func isText(_ bytes: RawSpan) -> Bool {
    for index in 0..<bytes.byteCount where bytes[byte: index] < 0x20 || bytes[byte: index] > 0x7E {
      return false
    }
    return true
  }

  private static func little(_ bytes: RawSpan, at offset: Int) -> Int {
    var value = 0
    for index in (0..<4).reversed() { value = value << 8 | Int(bytes[byte: offset + index]) }
    return value
  }
}
