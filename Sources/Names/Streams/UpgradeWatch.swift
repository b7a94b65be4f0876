import TCPModel

/// Looks for TLS inside a connection that began in clear: after STARTTLS and its like (RFC 3207, RFC 2595,
/// RFC 4217, RFC 6120 5, RFC 4511 4.14), and in a tunnel through a proxy.
///
/// Its hellos stand at the beginning of what one side says, so whole pieces of the stream are passed over.
struct UpgradeWatch {
  /// Dialogues before TLS are short; more tells nothing.
  private static let mostPieces = 16
  private static let mostBytes = DirectionStream.limit

  private struct Direction {
    var pieces = 0
    var bytes = 0
    var isEncrypted = false
  }

  private var low = Direction()
  private var high = Direction()

  /// The applications that may go on in TLS.
  static func isUsual(in application: Application) -> Bool {
    switch application {
    case .smtp, .imap, .pop3, .ftp, .xmpp, .ldap, .mysql, .nats, .rdp, .irc, .socks: true
    default: false
    }
  }

  private subscript(from: End) -> Direction {
    get { from == .low ? low : high }
    _modify {
      if from == .low { yield &low } else { yield &high }
    }
  }

  /// That direction is TLS from here on.
  func isEncrypted(_ from: End) -> Bool { self[from].isEncrypted }

  /// Looks at what follows in a direction.
  ///
  /// - Returns: What to do with it; nil where TLS begins.
  mutating func pass(_ bytes: RawSpan, from: End, hasTLS: Bool) -> Progress? {
    switch TLSRecord.hello(bytes) {
    case .client where !hasTLS, .server where hasTLS:
      self[from].isEncrypted = true
      return nil
    case .undecided: return .needsMore
    default: break
    }
    // A refusal of the hello.
    if hasTLS, bytes.byteCount >= 2, Int(bytes[byte: 0]) == TLSRecord.alert, bytes[byte: 1] == 3 {
      self[from].isEncrypted = true
      return nil
    }
    self[from].pieces += 1
    self[from].bytes += bytes.byteCount
    guard self[from].pieces < UpgradeWatch.mostPieces, self[from].bytes < UpgradeWatch.mostBytes
    else { return .stop }
    return .used(length(ofPiece: bytes))
  }

  /// A MySQL client may send its request for TLS, 4 + 32 bytes, together with the hello.
  private func length(ofPiece bytes: RawSpan) -> Int {
    let request = 36
    guard bytes.byteCount > request, bytes[byte: 0] == 32, bytes[byte: 1] == 0,
      bytes[byte: 2] == 0, Int(bytes[byte: request]) == TLSRecord.handshake
    else { return bytes.byteCount }
    return request
  }
}

extension TLSRecord {
  enum Hello {
    case client, server, none
    /// There are too few bytes.
    case undecided
  }

  /// Whether a record with a hello begins here: RFC 8446 5.1, 4.
  static func hello(_ bytes: RawSpan) -> Hello {
    guard bytes.byteCount > 0, Int(bytes[byte: 0]) == handshake else { return .none }
    if bytes.byteCount > 1, bytes[byte: 1] != 3 { return .none }
    guard bytes.byteCount >= 6 else { return .undecided }
    guard bytes[byte: 2] <= 4, Int(bytes[byte: 3]) << 8 | Int(bytes[byte: 4]) <= lengthLimit else {
      return .none
    }
    switch bytes[byte: 5] {
    case 1: return .client
    case 2: return .server
    default: return .none
    }
  }
}
