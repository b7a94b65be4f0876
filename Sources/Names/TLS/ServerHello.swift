/// What a ServerHello says in clear (RFC 8446 4.1.3, RFC 5246 7.4.1.3).
///
///     handshake type 2 (1), length (3)
///     legacy version (2), random (32), session id (vector of 1), cipher suite (2), compression (1)
///     extensions (vector of 2)
struct ServerHello {
  static let messageType = 2

  /// The one that counts: of `supported_versions` where it is there.
  var version: UInt16
  var selectedProtocol: String?

  init?(_ message: RawSpan) {
    var message = ByteReader(message)
    guard message.uint8() == ServerHello.messageType, let length = message.uint24() else {
      return nil
    }
    var body = ByteReader(message.takeUpTo(length))
    guard let legacyVersion = body.uint16(), body.skip(32) else { return nil }
    version = UInt16(truncatingIfNeeded: legacyVersion)
    _ = body.vector(lengthBytes: 1)
    guard body.skip(3) else { return }
    var list = ByteReader(body.vector(lengthBytes: 2))
    while let kind = list.uint16() {
      var content = ByteReader(list.vector(lengthBytes: 2))
      switch kind {
      case 43:
        if let selected = content.uint16() { version = UInt16(truncatingIfNeeded: selected) }
      case 16:
        var names = ByteReader(content.vector(lengthBytes: 2))
        selectedProtocol = names.vector(lengthBytes: 1).visibleText(limit: 255)
      default: break
      }
    }
  }
}
