import TCPModel

/// What a ClientHello says (RFC 8446 4.1.2).
///
///     handshake type 1 (1), length (3)
///     legacy version (2), random (32), session id (vector of 1)
///     cipher suites (vector of 2), compression methods (vector of 1), extensions (vector of 2)
///
/// A hello that was cut gives what came before the cut.
struct ClientHello {
  static let messageType = 1

  /// What tells one kind of client from others, whomever it asks. Without the values of RFC 8701, which
  /// change from hello to hello.
  struct Offer: Hashable {
    var legacyVersion: UInt16 = 0
    var ciphers: [UInt16] = []
    /// Sorted: browsers shuffle them from hello to hello.
    var extensions: [UInt16] = []
    var versions: [UInt16] = []
    var signatureAlgorithms: [UInt16] = []
    /// It has the extension, whatever is in it.
    var hasServerName = false
    /// The list of application protocols, as it lies there: names behind their lengths (RFC 7301 3.1).
    var protocols: [UInt8] = []

    func hash(into hasher: inout Hasher) {
      for list in [ciphers, extensions, signatureAlgorithms] {
        list.withUnsafeBytes { hasher.combine(bytes: $0) }
      }
    }
  }

  var offer = Offer()
  var serverName: String?
  /// Nothing was missing.
  var isWhole = false

  private enum Extension {
    static let serverName = 0
    static let signatureAlgorithms = 13
    static let applicationProtocols = 16
    static let supportedVersions = 43
  }

  /// - Parameter message: With its header of four bytes; perhaps not to its end.
  init?(_ message: RawSpan) {
    var message = ByteReader(message)
    guard message.uint8() == ClientHello.messageType, let length = message.uint24() else {
      return nil
    }
    isWhole = message.count >= length
    var body = ByteReader(message.takeUpTo(length))
    guard let version = body.uint16(), body.skip(32) else { return nil }
    offer.legacyVersion = UInt16(truncatingIfNeeded: version)
    _ = body.vector(lengthBytes: 1)
    offer.ciphers = ClientHello.numbers(in: body.vector(lengthBytes: 2))
    _ = body.vector(lengthBytes: 1)
    var list = ByteReader(body.vector(lengthBytes: 2))
    offer.extensions.reserveCapacity(24)
    while let kind = list.uint16() {
      if !ClientHello.isGREASE(kind) {
        offer.extensions.append(UInt16(truncatingIfNeeded: kind))
      }
      read(kind, ByteReader(list.vector(lengthBytes: 2)))
    }
    offer.extensions.sort()
  }

  private mutating func read(_ kind: Int, _ content: consuming ByteReader) {
    switch kind {
    case Extension.serverName:
      offer.hasServerName = true
      // RFC 6066 3: a list of (type 0 (1), name (vector of 2)).
      var names = ByteReader(content.vector(lengthBytes: 2))
      guard names.uint8() == 0 else { return }
      let length = names.uint16() ?? 0
      guard length <= names.count else { return }
      serverName = names.takeUpTo(length).visibleText(limit: HostName.limit)
    case Extension.signatureAlgorithms:
      offer.signatureAlgorithms = ClientHello.numbers(in: content.vector(lengthBytes: 2))
    case Extension.supportedVersions:
      offer.versions = ClientHello.numbers(in: content.vector(lengthBytes: 1))
    case Extension.applicationProtocols:
      let list = content.vector(lengthBytes: 2)
      offer.protocols = list.withUnsafeBytes { Array($0) }
    default: break
    }
  }

  /// RFC 8701: values that mean nothing and are there to be ignored.
  fileprivate static func isGREASE(_ value: Int) -> Bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
  }

  private static func numbers(in list: RawSpan) -> [UInt16] {
    var numbers: [UInt16] = []
    var list = ByteReader(list)
    numbers.reserveCapacity(list.count / 2)
    while let number = list.uint16() {
      if !isGREASE(number) { numbers.append(UInt16(truncatingIfNeeded: number)) }
    }
    return numbers
  }
}

extension ClientHello.Offer {
  /// Of the texts of all protocols: more is not told.
  private static let protocolLimit = 4096

  /// The names of its protocols, in their order.
  var protocolNames: [String] {
    var names: [String] = []
    var room = Self.protocolLimit
    var list = ByteReader(protocols.span.bytes)
    while let length = list.uint8(), length <= list.count {
      let name = list.takeUpTo(length)
      room -= length
      guard room >= 0 else { break }
      if let text = name.visibleText(limit: 255), !Self.isGREASE(name) { names.append(text) }
    }
    return names
  }

  /// The first of them, as it lies there.
  var firstProtocol: [UInt8] {
    var list = ByteReader(protocols.span.bytes)
    guard let length = list.uint8(), length <= list.count else { return [] }
    return list.takeUpTo(length).withUnsafeBytes { Array($0) }
  }

  private static func isGREASE(_ name: RawSpan) -> Bool {
    name.byteCount == 2
      && ClientHello.isGREASE(Int(name[byte: 0]) << 8 | Int(name[byte: 1]))
  }
}
