import TCPModel

/// Reads both directions of one connection for as long as they may tell something.
struct ConnectionReader {
  /// An answer of a name server, and which side it went to.
  struct Answer {
    var message: DNSMessage
    var to: End
    var at: Nanoseconds
  }

  /// How reading stands after a piece.
  struct Standing: BitwiseCopyable {
    /// A TLS handshake is going on: no byte of an application was seen since it began.
    var isInHandshake: Bool
    /// What the server may send next, where that handshake has come to its end.
    var due: ServerDue?
    /// Neither direction can tell any more.
    var isOver: Bool
    /// Name servers answered.
    var hasAnswers: Bool
  }

  private var low = DirectionStream()
  private var high = DirectionStream()
  private var newest = (low: Arrival(at: 0, frame: 0), high: Arrival(at: 0, frame: 0))
  private(set) var application: Application?
  /// The application was told by the bytes that were read last.
  private var isFound = false
  /// Who said `220`.
  private var greeter: End?
  /// Which side asked in clear whether it may encrypt, as PostgreSQL does.
  private var upgrader: End?
  private var tls: TLSConversation?
  /// What was spoken in clear may go on in TLS.
  private var upgrade: UpgradeWatch?
  private var http: HTTPConversation?
  private var http2 = HTTP2Frames()
  private var answers: [Answer] = []
  private var isFinished = false
  private let options: ReadingOptions

  init(_ options: ReadingOptions) {
    self.options = options
  }

  private var isInHandshake: Bool {
    guard let tls, tls.begin != nil, tls.end == nil else { return false }
    return !low.isBroken && !high.isBroken
  }

  /// A direction that is past its first bytes, and told nothing by them.
  mutating func leaveOut(_ end: End) {
    if end == .low { low.stop() } else { high.stop() }
  }

  mutating func takeAnswers() -> [Answer] {
    defer { answers = [] }
    return answers
  }

  /// - Parameter origin: The sequence number of the direction's first byte, if it is known.
  mutating func take(
    _ bytes: RawSpan, length: UInt32, sequence: UInt32, origin: UInt32?, from: End,
    _ arrival: Arrival
  ) -> Standing {
    var stream = lend(from)
    if let origin { stream.start(at: origin) }
    stream.take(
      bytes, length: length, sequence: sequence, arrival, beginsMessage: TLSRecord.begins
    ) { bytes, shown in
      read(bytes, from: from, shown, segmentLength: Int(length))
    }
    if stream.isBroken, isInHandshake, stream.lose() { tls?.lose(from) }
    take(back: &stream, from)
    if from == .low { newest.low = arrival } else { newest.high = arrival }
    if isFound || http?.isReleased ?? false {
      isFound = false
      http?.noteReleased()
      var other = lend(from.other)
      other.review { bytes, shown in
        read(bytes, from: from.other, shown, segmentLength: bytes.byteCount)
      }
      take(back: &other, from.other)
    }
    if isNothingToCome {
      low.stop()
      high.stop()
    }
    return Standing(
      isInHandshake: isInHandshake, due: tls.flatMap { $0.end == nil ? nil : $0.due },
      isOver: low.isStopped && high.isStopped, hasAnswers: !answers.isEmpty)
  }

  /// A stream is moved out for as long as it is used: the parser, called by it, changes this reader.
  private mutating func lend(_ from: End) -> DirectionStream {
    var stream = DirectionStream()
    take(back: &stream, from)
    return stream
  }

  private mutating func take(back stream: inout DirectionStream, _ from: End) {
    if from == .low { swap(&stream, &low) } else { swap(&stream, &high) }
  }

  private var isNothingToCome: Bool {
    if let tls { return tls.isOver }
    if upgrade != nil { return false }
    if let http { return http.isOver }
    switch application {
    case nil, .dns: return false
    case .http2: return http2.isOver
    case .postgresql: return upgrader == nil
    case .some: return true
    }
  }

  private mutating func read(
    _ bytes: RawSpan, from: End, _ shown: Shown, segmentLength: Int
  ) -> Progress {
    if upgrade != nil, !(upgrade?.isEncrypted(from) ?? false) {
      return readBeforeTLS(bytes, from: from, shown)
    }
    if tls != nil { return tls?.read(bytes, from: from, shown) ?? .stop }
    if http != nil {
      let peer = from == .low ? newest.high : newest.low
      let progress = http?.read(bytes, from: from, shown, peer: peer) ?? .stop
      if http?.isTunnel ?? false { upgrade = UpgradeWatch() }
      return progress
    }
    switch application {
    case nil: return recognise(bytes, from: from, shown, segmentLength)
    case .dns: return readDNS(bytes, from: from, shown.first)
    case .http2: return http2.read(bytes)
    case .postgresql: return readUpgrade(bytes, from: from, shown)
    case .some: return .stop
    }
  }

  private mutating func recognise(
    _ bytes: RawSpan, from: End, _ shown: Shown, _ segmentLength: Int
  ) -> Progress {
    switch FirstBytes.recognise(bytes, segmentLength: segmentLength) {
    case .undecided: return .needsMore
    case .unknown:
      guard greeter != nil else { return .stop }
      application = .ftp
      isFound = true
      upgrade = UpgradeWatch()
      return readBeforeTLS(bytes, from: from, shown)
    case .greeting:
      // What follows it waits until the other side has told what this is.
      greeter = from
      return .needsMore
    case .found(let found):
      application = found
      isFound = true
      switch found {
      case .tls: tls = TLSConversation()
      case .http:
        http = HTTPConversation(limit: options.exchangeLimit, keepsPaths: options.keepsPaths)
      case .postgresql:
        guard FirstBytes.asksForEncryption(bytes) else { return .stop }
        upgrader = from
        return .used(8)
      default: if UpgradeWatch.isUsual(in: found) { upgrade = UpgradeWatch() }
      }
      return read(bytes, from: from, shown, segmentLength: segmentLength)
    }
  }

  private mutating func readBeforeTLS(_ bytes: RawSpan, from: End, _ shown: Shown) -> Progress {
    if let progress = upgrade?.pass(bytes, from: from, hasTLS: tls != nil) { return progress }
    if tls == nil { tls = TLSConversation() }
    return tls?.read(bytes, from: from, shown) ?? .stop
  }

  /// The server answers with one byte: `S`, and TLS follows, or `N`.
  private mutating func readUpgrade(_ bytes: RawSpan, from: End, _ shown: Shown) -> Progress {
    if bytes[byte: 0] == TLSRecord.handshake {
      upgrader = nil
      tls = TLSConversation()
      return tls?.read(bytes, from: from, shown) ?? .stop
    }
    guard let upgrader, upgrader != from, bytes[byte: 0] == UInt8(ascii: "S") else {
      upgrader = nil
      return .stop
    }
    return .used(1)
  }

  /// RFC 1035 4.2.2: each message behind its length.
  private mutating func readDNS(_ bytes: RawSpan, from: End, _ first: Arrival) -> Progress {
    guard bytes.byteCount >= 2 else { return .needsMore }
    let end = 2 + (Int(bytes[byte: 0]) << 8 | Int(bytes[byte: 1]))
    guard bytes.byteCount >= end else {
      return end <= DirectionStream.limit ? .needsMore : .skip(Int64(end))
    }
    if let message = DNSMessage(bytes.extracting(2..<end)), message.isResponse {
      answers.append(Answer(message: message, to: from.other, at: first.at))
    }
    return .used(end)
  }

  /// What is known when nothing more comes.
  mutating func facts(client: End, _ kinds: inout ClientKinds) -> ApplicationFacts? {
    finish()
    guard let application else { return nil }
    var facts = ApplicationFacts(http?.application ?? application)
    facts.tls = tls?.facts(client: client, &kinds)
    if let alert = tls?.fatalAlert(client: client) { facts.troubles.append(.fatalAlert(alert)) }
    facts.host = http?.host ?? http2.authority.flatMap(HostName.name(ofAuthority:))
    if let http {
      facts.exchanges = http.kept
      facts.exchangesOmitted = http.omitted
      if let response = http.cutResponse { facts.troubles.append(.cutResponse(response)) }
    }
    return facts
  }

  private mutating func finish() {
    guard !isFinished else { return }
    isFinished = true
    tls?.finish()
    if http != nil {
      for from in End.allCases {
        let stream = from == .low ? low : high
        http?.finish(
          from: from, rest: stream.waiting, since: stream.waitingSince,
          untilEnd: stream.untilEnd, isBroken: stream.isBroken || stream.isStopped)
      }
    }
    low.stop()
    high.stop()
  }
}
