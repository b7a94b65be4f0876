/// What a ServerHello says in clear (RFC 8446 4.1.3, RFC 5246 7.4.1.3).
///
///     handshake type 2 (1), length (3)
///     legacy version (2), random (32), session id (vector of 1), cipher suite (2), compression (1)
///     extensions (vector of 2)
struct ServerHello {
  static let messageType = 2

  private enum Extension {
    static let applicationProtocols = 16
    static let supportedVersions = 43
  }

  /// The one that counts; nil where the hello was cut before the extension that may say it.
  var version: UInt16?
  var selectedProtocol: String?

  init?(_ message: RawSpan) {
    var message = ByteReader(message)
    guard message.uint8() == ServerHello.messageType, let length = message.uint24() else {
      return nil
    }
    let isWhole = message.count >= length
    var body = ByteReader(message.takeUpTo(length))
    guard let legacyVersion = body.uint16(), body.skip(32) else { return nil }
    // 1.3 calls itself 1.2 here.
    if isWhole || legacyVersion < 0x0303 { version = UInt16(truncatingIfNeeded: legacyVersion) }
    _ = body.vector(lengthBytes: 1)
    guard body.skip(3) else { return }
    var list = ByteReader(body.vector(lengthBytes: 2))
    while let kind = list.uint16() {
      var content = ByteReader(list.vector(lengthBytes: 2))
      switch kind {
      case Extension.supportedVersions:
        if let selected = content.uint16() { version = UInt16(truncatingIfNeeded: selected) }
      case Extension.applicationProtocols:
        var names = ByteReader(content.vector(lengthBytes: 2))
        guard let length = names.uint8(), length <= names.count else { break }
        selectedProtocol = names.takeUpTo(length).visibleText(limit: 255)
      default: break
      }
    }
  }
}
