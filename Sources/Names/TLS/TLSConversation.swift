import TCPModel

/// RFC 8446 5.1
///
///     0   content type (1)
///     1   version (2), 0x0301 to 0x0303
///     3   length (2)
enum TLSRecord {
  static let headerLength = 5
  /// RFC 5246 6.2.3, the longest that any version allows.
  static let lengthLimit = 16_384 + 2_048
  static let changeCipherSpec = 20
  static let alert = 21
  /// The level of an alert that ends the connection.
  static let fatal: UInt8 = 2
  static let handshake = 22
  static let applicationData = 23
  static let heartbeat = 24

  /// Whether bytes look as a record does. Others do by chance once in some 50,000 times.
  static func begins(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= headerLength else { return false }
    let length = Int(bytes[byte: 3]) << 8 | Int(bytes[byte: 4])
    guard bytes[byte: 1] == 3, bytes[byte: 2] <= 4, length <= lengthLimit else { return false }
    return switch Int(bytes[byte: 0]) {
    case changeCipherSpec: length == 1
    case alert: length >= 2
    case handshake, applicationData, heartbeat: length >= 4
    default: false
    }
  }
}

/// Both directions of a TLS connection, record by record, until the encrypted part begins.
struct TLSConversation {
  private struct Direction {
    /// The handshake message that comes first, as far as it was seen.
    var message: [UInt8] = []
    var isHelloRead = false
    /// Bytes of the current handshake record that are still to come.
    var rest = 0
    /// What follows is encrypted.
    var isEncrypted = false
    /// What TLS 1.3 encrypts came as records of the handshake.
    var isOlder = false
    var applicationRecords = 0
  }

  private struct Alert {
    var code: UInt8
    var from: End
    var frame: Int64

    func side(client: End) -> Side { from == client ? .client : .server }
  }

  private var low = Direction()
  private var high = Direction()
  private(set) var clientHello: ClientHello?
  private(set) var serverHello: ServerHello?
  /// The direction the first ClientHello came from.
  private(set) var client: End?
  /// The first alert but close_notify, and the first one that is fatal.
  private var alert: Alert?
  private var fatal: Alert?
  /// The first byte of the ClientHello.
  private(set) var begin: Arrival?
  /// The first record with data of an application.
  private(set) var end: Arrival?
  /// Who sent the first record, and who the last.
  private var beginner: End?
  private var lastSender: End?
  /// How often the one who began has waited for the other.
  private var roundTrips = 0
  private var tickets = TicketRecords()

  private subscript(from: End) -> Direction {
    get { from == .low ? low : high }
    _modify {
      if from == .low { yield &low } else { yield &high }
    }
  }

  /// Shows the next bytes of a direction.
  mutating func read(
    _ bytes: RawSpan, from: End, _ shown: Shown
  ) -> Progress {
    if end != nil, !awaitsServerHello || from == client { return .stop }
    if self[from].rest > 0 { return continueMessage(bytes, from: from, shown) }
    guard bytes.byteCount >= TLSRecord.headerLength else { return .needsMore }
    let type = Int(bytes[byte: 0])
    let length = Int(bytes[byte: 3]) << 8 | Int(bytes[byte: 4])
    guard type >= TLSRecord.changeCipherSpec, type <= TLSRecord.heartbeat, bytes[byte: 1] == 3,
      length <= TLSRecord.lengthLimit
    else { return .stop }
    noteTurn(of: from)
    let whole = Int64(TLSRecord.headerLength + length)
    switch type {
    case TLSRecord.handshake where !self[from].isHelloRead && !self[from].isEncrypted:
      if begin == nil { begin = shown.first }
      if self[from].message.isEmpty, let message = TLSConversation.message(in: bytes, length) {
        readHello(message, from: from)
        return .skip(whole)
      }
      self[from].rest = length
      return .used(TLSRecord.headerLength)
    case TLSRecord.alert where !self[from].isEncrypted && length == 2:
      guard bytes.byteCount >= 7 else { return .needsMore }
      note(
        Alert(code: bytes[byte: 6], from: from, frame: shown.first.frame), level: bytes[byte: 5])
      return .used(7)
    case TLSRecord.handshake:
      // Another hello may follow the first.
      let message =
        bytes.byteCount > TLSRecord.headerLength ? bytes[byte: TLSRecord.headerLength] : 0
      if message > ServerHello.messageType || self[from].isEncrypted && message == 0 {
        self[from].isOlder = true
      }
      return .skip(whole)
    case TLSRecord.changeCipherSpec:
      self[from].isEncrypted = true
      return .skip(whole)
    case TLSRecord.applicationData:
      self[from].isEncrypted = true
      self[from].applicationRecords += 1
      if let client, from != client {
        tickets.note(length, isAfterFinished: self[client].applicationRecords > 0)
      }
      noteApplication(from: from, shown.first)
      return isOver || end != nil && from == client ? .stop : .skip(whole)
    default: return .skip(whole)
    }
  }

  /// The message at the beginning of a record, where it lies, if all of it is there.
  @_lifetime(copy bytes)
  private static func message(in bytes: RawSpan, _ recordLength: Int) -> RawSpan? {
    var reader = ByteReader(bytes)
    guard reader.skip(TLSRecord.headerLength) else { return nil }
    let record = reader.takeUpTo(recordLength)
    guard isMessageWhole(record) else { return nil }
    return record
  }

  private mutating func continueMessage(
    _ bytes: RawSpan, from: End, _ shown: Shown
  ) -> Progress {
    let count = min(self[from].rest, bytes.byteCount)
    let part = bytes.extracting(first: count)
    part.withUnsafeBytes { self[from].message.append(contentsOf: $0) }
    self[from].rest -= count
    // What a cut leaves of a hello is read; the records after it can still be told.
    let isCut = shown.isCut && count == bytes.byteCount && self[from].rest > 0
    if isCut || TLSConversation.isMessageWhole(self[from].message.span.bytes)
      || self[from].message.count > DirectionStream.limit
    {
      readKeptHello(from: from)
      let rest = Int64(self[from].rest)
      self[from].rest = 0
      return rest > 0 ? .skip(Int64(count) + rest) : .used(count)
    }
    return .used(count)
  }

  private static func isMessageWhole(_ message: RawSpan) -> Bool {
    guard message.byteCount >= 4 else { return false }
    let length = Int(message[byte: 1]) << 16 | Int(message[byte: 2]) << 8 | Int(message[byte: 3])
    return message.byteCount - 4 >= length
  }

  private mutating func readKeptHello(from: End) {
    let message = self[from].message
    self[from].message = []
    readHello(message.span.bytes, from: from)
  }

  private mutating func readHello(_ message: RawSpan, from: End) {
    self[from].isHelloRead = true
    if clientHello == nil, let hello = ClientHello(message) {
      clientHello = hello
      client = from
    } else if serverHello == nil, let hello = ServerHello(message) {
      serverHello = hello
      if client == nil { client = from.other }
    } else if client == nil, message.byteCount > 0, message[byte: 0] == ClientHello.messageType {
      // The rest was cut.
      client = from
    }
  }

  /// After its Finished of TLS 1.3, which looks like data, the client waits for nothing.
  private mutating func noteTurn(of sender: End) {
    let first = beginner ?? sender
    beginner = first
    if sender != first, lastSender == first, self[first].applicationRecords == 0 { roundTrips += 1 }
    lastSender = sender
  }

  private mutating func note(_ alert: Alert, level: UInt8) {
    // close_notify says goodbye, nothing else.
    guard alert.code != 0 else { return }
    if self.alert == nil { self.alert = alert }
    if fatal == nil, level == TLSRecord.fatal { fatal = alert }
  }

  /// In TLS 1.3 the rest of the handshake looks like data: all that the server sends before the client's
  /// first record, which is its Finished, and that one itself.
  private mutating func noteApplication(from: End, _ arrival: Arrival) {
    guard end == nil else { return }
    if isThirteen, let client {
      guard self[client].applicationRecords >= (from == client ? 2 : 1) else { return }
      if from != client { return }
    }
    end = arrival
  }

  /// The version is 1.3, as the server's hello says; where that was not captured, as nobody's Finished shows.
  private var isThirteen: Bool {
    if let version = serverHello?.version { return TLSFacts.isThirteen(version) }
    return !low.isOlder && !high.isOlder
  }

  /// A direction cannot be followed until another record is found: of what it was saying no more comes.
  mutating func lose(_ from: End) {
    if !self[from].isHelloRead { readKeptHello(from: from) }
    self[from].rest = 0
    if client == nil, from == beginner { client = from }
  }

  /// The handshake is over: what the server may send now that answers nothing.
  var due: ServerDue {
    if offersEarlyData { return .restOfHandshake }
    return isThirteen ? tickets.due : .answer
  }

  /// The client has sent data before it heard anything.
  var offersEarlyData: Bool { clientHello?.offer.offersEarlyData ?? false }

  /// Which version the server chose is still to come.
  private var awaitsServerHello: Bool { serverHello == nil && offersEarlyData }

  /// Nothing more can be told.
  var isOver: Bool { end != nil && !awaitsServerHello }

  /// There will be no more bytes: a hello of which only a part came is read as far as it goes.
  mutating func finish() {
    for from in End.allCases where !self[from].isHelloRead && !self[from].message.isEmpty {
      readKeptHello(from: from)
    }
  }

  func fatalAlert(client role: End) -> FatalAlert? {
    fatal.map { FatalAlert(code: $0.code, from: $0.side(client: role), frame: $0.frame) }
  }

  func facts(client role: End, _ kinds: inout ClientKinds) -> TLSFacts {
    var facts = TLSFacts()
    facts.version = serverHello?.version
    facts.serverName = clientHello?.serverName
    facts.selectedProtocol = serverHello?.selectedProtocol
    facts.roundTrips = end.map { _ in UInt8(clamping: roundTrips) }
    facts.alert = alert?.code
    facts.alertFrom = alert?.side(client: role)
    if let clientHello {
      let told = kinds.told(by: clientHello.offer)
      facts.offeredProtocols = told.protocols
      if clientHello.isWhole { facts.ja4 = told.fingerprint }
    }
    return facts
  }
}
