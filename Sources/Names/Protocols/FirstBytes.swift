import TCPModel

/// The first bytes of a direction, as far as they are there.
enum FirstBytes {
  /// Bytes beyond these tell nothing more, but for a line that has not ended.
  static let lineLimit = 8192

  /// - Parameters:
  ///   - bytes: From the direction's first byte on.
  ///   - segmentLength: Of the payload that was sent with the first of them.
  static func recognise(_ bytes: RawSpan, segmentLength: Int) -> Recognition {
    guard bytes.byteCount > 0 else { return .undecided }
    let first = bytes[byte: 0]
    switch first {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      return text(bytes)
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "$"),
      UInt8(ascii: "2"), UInt8(ascii: "@"), UInt8(ascii: "<"), UInt8(ascii: "0"),
      UInt8(ascii: ":"):
      let recognition = marked(bytes)
      return recognition == .unknown
        ? BinaryProtocols.recognise(bytes, segmentLength: segmentLength) : recognition
    default:
      return BinaryProtocols.recognise(bytes, segmentLength: segmentLength)
    }
  }

  /// An SSLRequest or GSSENCRequest of PostgreSQL.
  static func asksForEncryption(_ bytes: RawSpan) -> Bool {
    var reader = ByteReader(bytes)
    guard reader.uint32() == 8, let code = reader.uint32() else { return false }
    return code == 80_877_103 || code == 80_877_104
  }

  /// Begins with a letter.
  private static func text(_ bytes: RawSpan) -> Recognition {
    if let found = prefix(bytes) { return found }
    let line = firstLine(of: bytes)
    if line.isWhole {
      let recognition = TextProtocols.recognise(line.text)
      if recognition != .unknown { return recognition }
      return BinaryProtocols.recognise(bytes, segmentLength: bytes.byteCount)
    }
    guard line.isPrintable, bytes.byteCount < lineLimit else {
      return BinaryProtocols.recognise(bytes, segmentLength: bytes.byteCount)
    }
    return TextProtocols.mayFollow(line.text) ? .undecided : .unknown
  }

  /// Fixed words at the beginning.
  private static func prefix(_ bytes: RawSpan) -> Recognition? {
    let words: [(StaticString, Application)] = [
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2), ("SSH-2.0-", .ssh), ("SSH-1.", .ssh),
      ("AMQP\u{0}", .amqp), ("AMQP\u{1}\u{1}", .amqp), ("AMQP\u{2}\u{1}", .amqp),
      ("AMQP\u{3}\u{1}", .amqp), ("RFB 003.", .vnc),
    ]
    for (word, application) in words where bytes[byte: 0] == word.utf8Start[0] {
      if bytes.begins(with: word) { return .found(application) }
      if bytes.byteCount < word.utf8CodeUnitCount, bytes.mayBegin(with: word) { return .undecided }
    }
    return nil
  }

  /// Begins with a mark or digit that text protocols begin with.
  private static func marked(_ bytes: RawSpan) -> Recognition {
    switch bytes[byte: 0] {
    case UInt8(ascii: "*"):
      // `* OK` greets in IMAP (RFC 9051 7.1), `*2` is an array in Redis.
      if bytes.begins(with: "* OK") || bytes.begins(with: "* PREAUTH") { return .found(.imap) }
      if bytes.mayBegin(with: "* OK") || bytes.mayBegin(with: "* PREAUTH") { return .undecided }
      return redis(bytes)
    case UInt8(ascii: "+"):
      if bytes.begins(with: "+PONG\r\n") { return .found(.redis) }
      if bytes.begins(with: "+OK ") { return .found(.pop3) }
      return bytes.mayBegin(with: "+OK ") || bytes.mayBegin(with: "+PONG\r\n")
        ? .undecided : .unknown
    case UInt8(ascii: "-"):
      return bytes.begins(with: "-NOAUTH ") || bytes.begins(with: "-DENIED Redis")
        ? .found(.redis) : .unknown
    case UInt8(ascii: "2"): return greeting(bytes)
    case UInt8(ascii: "@"):
      if bytes.begins(with: "@RSYNCD: ") { return .found(.rsync) }
      return bytes.mayBegin(with: "@RSYNCD: ") ? .undecided : .unknown
    case UInt8(ascii: "<"):
      if bytes.begins(with: "<stream:stream") { return .found(.xmpp) }
      let line = bytes.extracting(first: 512)
      if bytes.begins(with: "<?xml"), line.contains(ignoringCase: "<stream:stream") {
        return .found(.xmpp)
      }
      return bytes.byteCount < 512
        && (bytes.mayBegin(with: "<?xml") || bytes.mayBegin(with: "<stream:stream"))
        ? .undecided : .unknown
    case UInt8(ascii: "0"): return git(bytes)
    case UInt8(ascii: ":"): return chat(bytes)
    default: return .unknown
    }
  }

  /// `*2\r\n$3\r\nGET\r\n..`: an array of strings (RESP).
  private static func redis(_ bytes: RawSpan) -> Recognition {
    var index = 1
    while index < bytes.byteCount, bytes[byte: index].isDigit, index < 8 { index += 1 }
    if index == 1 { return bytes.byteCount == 1 ? .undecided : .unknown }
    let rest = bytes.extracting(index..<bytes.byteCount)
    if rest.begins(with: "\r\n$") { return .found(.redis) }
    return rest.mayBegin(with: "\r\n$") ? .undecided : .unknown
  }

  /// `220 mail.example.org ESMTP`, `220 FTP server ready`.
  private static func greeting(_ bytes: RawSpan) -> Recognition {
    guard bytes.begins(with: "220 ") || bytes.begins(with: "220-") else {
      return bytes.byteCount < 4 && bytes.mayBegin(with: "220") ? .undecided : .unknown
    }
    let line = firstLine(of: bytes)
    guard line.isWhole || bytes.byteCount >= 1024 else { return .undecided }
    let isMail = line.text.contains(ignoringCase: "smtp")
    let isFile = line.text.contains(ignoringCase: "ftp")
    return isMail == isFile ? .greeting : .found(isMail ? .smtp : .ftp)
  }

  /// `:irc.example.org 670 ..`, `:irc.example.org NOTICE ..`: a server's answer in IRC (RFC 2812 2.4).
  private static func chat(_ bytes: RawSpan) -> Recognition {
    let line = firstLine(of: bytes)
    guard line.isWhole, let blank = line.text.first(0x20), blank > 1 else {
      return line.isPrintable && !line.isWhole && bytes.byteCount < 512 ? .undecided : .unknown
    }
    let rest = line.text.extracting(blank + 1..<line.text.byteCount)
    let end = rest.first(0x20) ?? rest.byteCount
    let isNumber =
      end == 3 && rest[byte: 0].isDigit && rest[byte: 1].isDigit && rest[byte: 2].isDigit
    return isNumber || rest.begins(with: "NOTICE ") ? .found(.irc) : .unknown
  }

  /// Four hexadecimal digits of length, then the command (gitprotocol-pack).
  private static func git(_ bytes: RawSpan) -> Recognition {
    bytes.begins(with: "git-", at: 4) ? .found(.git) : .unknown
  }

  private struct Line: ~Escapable {
    /// Without its end.
    let text: RawSpan
    let isWhole: Bool
    let isPrintable: Bool

    @_lifetime(copy text)
    init(_ text: RawSpan, isWhole: Bool, isPrintable: Bool) {
      self.text = text
      self.isWhole = isWhole
      self.isPrintable = isPrintable
    }
  }

  @_lifetime(copy bytes)
  private static func firstLine(of bytes: RawSpan) -> Line {
    var end = 0
    while end < bytes.byteCount, end < lineLimit {
      let byte = bytes[byte: end]
      if byte == 0x0A { break }
      if byte < 0x20, byte != 0x0D, byte != 0x09 {
        return Line(bytes.extracting(first: end), isWhole: false, isPrintable: false)
      }
      end += 1
    }
    let isWhole = end < bytes.byteCount && bytes[byte: end] == 0x0A
    let hasReturn = end > 0 && bytes[byte: end - 1] == 0x0D
    return Line(
      bytes.extracting(first: isWhole && hasReturn ? end - 1 : end), isWhole: isWhole,
      isPrintable: true)
  }
}
