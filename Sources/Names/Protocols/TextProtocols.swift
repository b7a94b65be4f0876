import TCPModel

/// Protocols whose first line, which begins with a letter, tells.
enum TextProtocols {
  /// - Parameter line: Whole, without its end.
  static func recognise(_ line: RawSpan) -> Recognition {
    if line.begins(with: "HTTP/1.") { return .found(.http) }
    if line.begins(with: "SIP/2.0 ") { return .found(.sip) }
    if line.begins(with: "RTSP/1.0 ") { return .found(.rtsp) }
    if let application = request(line) { return .found(application) }
    if line.begins(with: "INFO {") { return .found(.nats) }
    // What this is, the other side's answer tells.
    if line.equals(ignoringCase: "starttls") { return .undecided }
    guard let word = firstWord(of: line) else { return .unknown }
    if let application = command(line, word: word) { return .found(application) }
    return .unknown
  }

  /// Whether a line that goes on may yet tell: one in which a word was finished may be a request.
  static func mayFollow(_ line: RawSpan) -> Bool {
    guard let length = firstWord(of: line) else { return line.byteCount <= 32 }
    return length <= 32
  }

  /// `METHOD target VERSION`: HTTP (RFC 9112 3), SIP (RFC 3261 7.1), RTSP (RFC 2326 6.1).
  private static func request(_ line: RawSpan) -> Application? {
    guard let last = lastBlank(of: line), let first = line.first(0x20), first < last else {
      return nil
    }
    for index in 0..<first {
      let byte = line[byte: index]
      guard byte.isLetter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
        return nil
      }
    }
    if line.begins(with: "HTTP/1.", at: last + 1), line.byteCount == last + 9 { return .http }
    if line.begins(with: "SIP/2.0", at: last + 1) { return .sip }
    if line.begins(with: "RTSP/1.0", at: last + 1) { return .rtsp }
    return nil
  }

  /// Commands that open a dialogue.
  private static func command(_ line: RawSpan, word length: Int) -> Application? {
    let word = line.extracting(first: length)
    let rest = line.byteCount - length
    if word.equals(ignoringCase: "ehlo") || word.equals(ignoringCase: "lhlo")
      || word.equals(ignoringCase: "helo")
    {
      return .smtp
    }
    // memcached: `get key`, `set key flags life bytes`.
    if word.equals(ignoringCase: "version") || word.equals(ignoringCase: "stats"), rest == 0 {
      return .memcached
    }
    if line.begins(with: "get ") || line.begins(with: "gets ") || line.begins(with: "set ") {
      return .memcached
    }
    if line.begins(with: "PING"), rest == 0 { return .redis }
    if line.begins(with: "NICK "), rest > 1 { return .irc }
    if line.begins(with: "CAP LS") { return .irc }
    if line.begins(with: "CONNECT {") { return .nats }
    if line.begins(with: "VER "), isMSN(line) { return .msn }
    if isIMAPCommand(line, tag: length) { return .imap }
    return nil
  }

  /// `VER 1 MSNP8 CVR0`: the versions that a client of MSN Messenger knows.
  private static func isMSN(_ line: RawSpan) -> Bool {
    let versions = line.extracting(4..<line.byteCount)
    return versions.first(0x20).map { versions.begins(with: "MSNP", at: $0 + 1) } ?? false
  }

  /// `a001 CAPABILITY`: a tag, then a command of the first state (RFC 9051 6.1, 6.2).
  private static func isIMAPCommand(_ line: RawSpan, tag: Int) -> Bool {
    guard tag < line.byteCount, tag <= 16 else { return false }
    let rest = line.extracting(tag + 1..<line.byteCount)
    let end = rest.first(0x20) ?? rest.byteCount
    let command = rest.extracting(first: end)
    return command.equals(ignoringCase: "capability") || command.equals(ignoringCase: "login")
      || command.equals(ignoringCase: "authenticate") || command.equals(ignoringCase: "starttls")
  }

  /// Its length, up to a blank.
  private static func firstWord(of line: RawSpan) -> Int? {
    for index in 0..<line.byteCount {
      let byte = line[byte: index]
      if byte == 0x20 { return index }
      guard byte.isVisible else { return nil }
    }
    return line.byteCount
  }

  private static func lastBlank(of line: RawSpan) -> Int? {
    var index = line.byteCount - 1
    while index >= 0 {
      if line[byte: index] == 0x20 { return index }
      index -= 1
    }
    return nil
  }
}
