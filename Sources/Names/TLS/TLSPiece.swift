import TCPModel

/// What the outside of encrypted records tells: that they are an alert or a keep-alive, no request and no
/// response.
public enum TLSPiece {
  public static let headerLength = TLSRecord.headerLength
  /// Longer pieces are neither.
  public static let longest: UInt32 = 64

  /// - Parameters:
  ///   - bytes: What was captured of a piece of the stream, from a segment's first byte on.
  ///   - length: What was sent of it.
  ///   - facts: Of the handshake.
  public static func isNoExchange(
    _ bytes: UnsafeRawBufferPointer, of length: Int, _ facts: @autoclosure () -> TLSFacts?
  ) -> Bool {
    if saysItIsNone(bytes) { return true }
    guard let record = onlyRecord(bytes, of: length), let facts = facts() else { return false }
    return isTooShort(record, facts) || isPing(record, facts)
  }

  /// The type of the record in clear: an alert or a heartbeat.
  private static func saysItIsNone(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= TLSRecord.headerLength, bytes[1] == 3 else { return false }
    return Int(bytes[0]) == TLSRecord.alert || Int(bytes[0]) == TLSRecord.heartbeat
  }

  /// The length, without its header, of the record of data that is all of the piece.
  private static func onlyRecord(_ bytes: UnsafeRawBufferPointer, of length: Int) -> Int? {
    dataRecord(bytes, at: 0) == length ? length - TLSRecord.headerLength : nil
  }

  /// RFC 8446 5.2: a type (1) and an authentication tag (16) go with the content. Two bytes are an alert;
  /// what is no longer than the 9 bytes before each frame of HTTP/2 (RFC 9113 4.1) asks for nothing.
  private static func isTooShort(_ record: Int, _ facts: TLSFacts) -> Bool {
    TLSFacts.isThirteen(facts.version) && record <= 17 + 9
  }

  /// RFC 9113 6.7: a PING has 17 bytes. AES-GCM of TLS 1.2 adds 24 (RFC 5288 3), ChaCha20-Poly1305 16
  /// (RFC 7905 2).
  private static func isPing(_ record: Int, _ facts: TLSFacts) -> Bool {
    switch facts.version {
    case 0x0304: facts.offeredProtocols.contains("h2") && record == 17 + 17
    case 0x0303: facts.selectedProtocol == "h2" && (record == 17 + 24 || record == 17 + 16)
    default: false
    }
  }

  /// A PING of HTTP/2, or what answers it.
  public static func isPing(_ bytes: UnsafeRawBufferPointer, of length: Int, _ facts: TLSFacts?)
    -> Bool
  {
    guard let facts, let record = onlyRecord(bytes, of: length) else { return false }
    return isPing(record, facts)
  }

  /// The records that a piece begins with.
  public struct Records: BitwiseCopyable, Sendable {
    /// How long the first one is, with its header, and how many of that length come first.
    public var first: Int
    public var equal: Int
    /// Bytes of the piece behind those.
    public var rest: Int
  }

  /// Records of TLS are not longer when they are a ticket (RFC 8446 4.6.1), and not shorter: its numbers, a
  /// nonce, a ticket of 32 bytes, and 22 around them.
  public static let ticketLengths = 70...1_500
  /// What opens HTTP/2: SETTINGS with up to eight values, a WINDOW_UPDATE and what acknowledges the
  /// client's SETTINGS (RFC 9113 3.4), and 22 around them.
  public static let settingsLimit = 57 + 13 + 9 + 22

  /// - Returns: nil where the piece does not begin with a whole record of data.
  public static func records(
    _ bytes: UnsafeRawBufferPointer, of length: Int
  ) -> Records? {
    guard let first = dataRecord(bytes, at: 0), first <= length else { return nil }
    var records = Records(first: first, equal: 1, rest: length - first)
    while records.rest >= first {
      let place = length - records.rest
      // Beyond what was captured the lengths alone tell.
      let isEqual =
        place + TLSRecord.headerLength <= bytes.count
        ? dataRecord(bytes, at: place) == first : records.rest % first == 0
      guard isEqual else { break }
      records.equal += 1
      records.rest -= first
    }
    return records
  }

  /// How long the record of data at a place is, with its header.
  private static func dataRecord(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int? {
    guard place + TLSRecord.headerLength <= bytes.count,
      Int(bytes[place]) == TLSRecord.applicationData, bytes[place + 1] == 3
    else { return nil }
    return TLSRecord.headerLength + (Int(bytes[place + 3]) << 8 | Int(bytes[place + 4]))
  }

  /// An alert, such as close_notify, or a heartbeat: whatever is due.
  public static func isControl(
    _ bytes: UnsafeRawBufferPointer, of length: Int, _ facts: @autoclosure () -> TLSFacts?
  ) -> Bool {
    saysItIsNone(bytes)
      || onlyRecord(bytes, of: length) == 17 + 2 && TLSFacts.isThirteen(facts()?.version)
  }

  /// SETTINGS of HTTP/2 with nothing in them but that those of the peer arrived.
  public static func isAcknowledgment(_ bytes: UnsafeRawBufferPointer, of length: Int) -> Bool {
    onlyRecord(bytes, of: length) == 17 + 9
  }
}
