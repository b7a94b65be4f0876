import TCPModel

/// What the outside of encrypted records tells: that they are an alert or a keep-alive, no request and no
/// response.
public enum TLSPiece {
  /// Longer pieces are something else.
  public static let longest: UInt32 = 64

  /// - Parameters:
  ///   - bytes: What was captured of a piece of the stream, from a segment's first byte on.
  ///   - length: What was sent of it.
  ///   - facts: Of the handshake.
  public static func isNoExchange(
    _ bytes: UnsafeRawBufferPointer, of length: Int, _ facts: TLSFacts?
  ) -> Bool {
    guard bytes.count >= TLSRecord.headerLength, bytes[1] == 3 else { return false }
    let record = Int(bytes[3]) << 8 | Int(bytes[4])
    switch Int(bytes[0]) {
    case TLSRecord.alert, TLSRecord.heartbeat: return true
    case TLSRecord.applicationData:
      // All of the piece is one record.
      guard TLSRecord.headerLength + record == length, let facts else { return false }
      return isTooShort(record, facts) || isPing(record, facts)
    default: return false
    }
  }

  /// RFC 8446 5.2: a type (1) and an authentication tag (16) go with the content. Two bytes are an alert;
  /// what is no longer than the 9 bytes before each frame of HTTP/2 (RFC 9113 4.1) asks for nothing.
  private static func isTooShort(_ record: Int, _ facts: TLSFacts) -> Bool {
    facts.version == 0x0304 && record <= 17 + 9
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
}
