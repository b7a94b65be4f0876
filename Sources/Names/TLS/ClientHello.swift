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
    /// It has the extension, whatever is in it.
    var hasServerName = false
    /// The list of application protocols, as it lies there: names behind their lengths (RFC 7301 3.1).
    var protocols: [UInt8] = []
    /// The lists of numbers, one behind the other: a hello takes one piece of memory for them.
    private var numbers: [UInt16] = []
    /// Where each list ends.
    private var ends: SIMD4<Int32> = .zero

    var ciphers: ArraySlice<UInt16> { list(0) }
    /// Sorted: browsers shuffle them from hello to hello.
    var extensions: ArraySlice<UInt16> { list(1) }
    var versions: ArraySlice<UInt16> { list(2) }
    var signatureAlgorithms: ArraySlice<UInt16> { list(3) }
    /// Of all lists together.
    var count: Int { numbers.count + protocols.count }

    private func list(_ index: Int) -> ArraySlice<UInt16> {
      numbers[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    func hash(into hasher: inout Hasher) {
      numbers.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// RFC 8446 4.2.10
    var offersEarlyData: Bool { extensions.contains(UInt16(Extension.earlyData)) }

    fileprivate init() {}

    fileprivate mutating func reserve(_ count: Int) { numbers.reserveCapacity(count) }

    fileprivate mutating func append(_ number: Int) {
      if !ClientHello.isGREASE(number) { numbers.append(UInt16(truncatingIfNeeded: number)) }
    }

    /// Everything in a list of 16 bits each, which ends there.
    fileprivate mutating func append(_ list: RawSpan, at index: Int) {
      var list = ByteReader(list)
      while let number = list.uint16() { append(number) }
      end(index)
    }

    fileprivate mutating func end(_ index: Int) { ends[index] = Int32(numbers.count) }

    /// Ends the list of extensions.
    fileprivate mutating func sortExtensions() {
      let start = Int(ends[0])
      numbers.withUnsafeMutableBufferPointer { numbers in
        var extensions = UnsafeMutableBufferPointer(rebasing: numbers[start...])
        extensions.sort()
      }
      end(1)
    }
  }

  var offer = Offer()
  var serverName: String?
  /// Nothing was missing.
  var isWhole = false

  fileprivate enum Extension {
    static let serverName = 0
    static let signatureAlgorithms = 13
    static let applicationProtocols = 16
    static let earlyData = 42
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
    let ciphers = body.vector(lengthBytes: 2)
    // And what most hellos have of the others.
    offer.reserve(ciphers.byteCount / 2 + 64)
    offer.append(ciphers, at: 0)
    _ = body.vector(lengthBytes: 1)
    var list = ByteReader(body.vector(lengthBytes: 2))
    var versions = RawSpan()
    var algorithms = RawSpan()
    while let kind = list.uint16() {
      offer.append(kind)
      var content = ByteReader(list.vector(lengthBytes: 2))
      switch kind {
      case Extension.serverName:
        offer.hasServerName = true
        serverName = ClientHello.serverName(in: content.vector(lengthBytes: 2))
      case Extension.signatureAlgorithms: algorithms = content.vector(lengthBytes: 2)
      case Extension.supportedVersions: versions = content.vector(lengthBytes: 1)
      case Extension.applicationProtocols:
        offer.protocols = content.vector(lengthBytes: 2).withUnsafeBytes { Array($0) }
      default: break
      }
    }
    offer.sortExtensions()
    offer.append(versions, at: 2)
    offer.append(algorithms, at: 3)
  }

  /// RFC 6066 3: a list of (type 0 (1), name (vector of 2)).
  private static func serverName(in list: RawSpan) -> String? {
    var names = ByteReader(list)
    guard names.uint8() == 0 else { return nil }
    let length = names.uint16() ?? 0
    guard length <= names.count else { return nil }
    return names.takeUpTo(length).visibleText(limit: HostName.limit)
  }

  /// RFC 8701: values that mean nothing and are there to be ignored.
  fileprivate static func isGREASE(_ value: Int) -> Bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
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
