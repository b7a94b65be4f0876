import TCPModel

/// Requests and responses of an HTTP/1 connection (RFC 9112), by the borders of its messages.
struct HTTPConversation {
  /// Unanswered requests of one connection: more are not followed.
  private static let pipelineLimit = 1024

  private struct Direction {
    var body = HTTPBody()
    /// The exchange whose message is going on; nil between messages.
    var current: Int?
    /// Of that message, so far.
    var bytes: Int64 = 0
    /// The exchange whose message was passed over last, by its length; nil where it is not kept.
    var passed: Int?
    /// Of the message that began last.
    var headLength = 0
    /// A request to speak something else: what follows depends on the answer.
    var awaitsAnswer = false
  }

  private var low = Direction()
  private var high = Direction()
  /// The first ones, and those that are going on.
  private(set) var exchanges: [Exchange] = []
  /// Exchanges kept once they are over.
  private let limit: Int
  private let keepsPaths: Bool
  private var dropped = 0
  private(set) var cutResponse: CutResponse?
  private(set) var host: String?
  private(set) var application = Application.http
  private(set) var requester: End?
  /// Something else is spoken from here on.
  private(set) var isOver = false
  /// What follows goes through the proxy that was asked for it.
  private(set) var isTunnel = false
  /// The answer to a request to speak something else was no: what waited can be read.
  private(set) var isReleased = false

  init(limit: Int, keepsPaths: Bool) {
    self.limit = limit
    self.keepsPaths = keepsPaths
  }

  private subscript(from: End) -> Direction {
    get { from == .low ? low : high }
    _modify {
      if from == .low { yield &low } else { yield &high }
    }
  }

  /// Shows the next bytes of a direction.
  ///
  /// - Parameter peer: When the other direction's newest payload came.
  mutating func read(
    _ bytes: RawSpan, from: End, _ shown: Shown, peer: Arrival
  ) -> Progress {
    if isOver { return .stop }
    guard self[from].body.state == .head else { return readBody(bytes, from: from, shown.last) }
    if self[from].awaitsAnswer { return .needsMore }
    // RFC 9112 2.2: empty lines before a request are passed over.
    if bytes[byte: 0] == 0x0A || bytes[byte: 0] == 0x0D { return .used(1) }
    guard let end = HTTPHead.end(of: bytes) else { return .needsMore }
    let head = bytes.extracting(first: end)
    guard let message = HTTPHead(head) else { return .stop }
    switch message.start {
    case .request(let method, let target):
      return beginRequest(
        message, method, head.extracting(target), from: from, shown)
    case .response(let status):
      return beginResponse(message, status, from: from, shown.first, peer)
    }
  }

  private mutating func beginRequest(
    _ head: HTTPHead, _ method: String, _ target: RawSpan, from: End, _ shown: Shown
  ) -> Progress {
    guard requester ?? from == from,
      exchanges.count < limit + HTTPConversation.pipelineLimit
    else { return .stop }
    requester = from
    var exchange = Exchange()
    exchange.method = method
    exchange.host = head.host
    exchange.pathLength = target.byteCount
    if keepsPaths { exchange.path = target.visibleText(limit: 2048) }
    exchange.requestAt = shown.first.at
    exchange.requestFrame = shown.first.frame
    exchange.requestEnd = shown.last.at
    if host == nil, let given = head.host { host = HostName.name(ofAuthority: given) }
    exchanges.append(exchange)
    self[from].current = exchanges.count - 1
    self[from].awaitsAnswer = method == "CONNECT" || head.upgrade != .none
    return beginBody(head, from: from, hasNone: false, length: head.contentLength ?? 0)
  }

  private mutating func beginResponse(
    _ head: HTTPHead, _ status: Int, from: End, _ first: Arrival, _ peer: Arrival
  ) -> Progress {
    guard requester ?? from.other != from else { return .stop }
    requester = from.other
    let index = exchanges.firstIndex { $0.responseAt == nil && $0.method != nil }
    // "100 Continue" and the like come before the response (RFC 9110 15.2).
    if status < 200, status != 101 { return .used(head.length) }
    let place = index ?? exchanges.count
    if index == nil { exchanges.append(Exchange()) }
    exchanges[place].status = status
    exchanges[place].responseAt = first.at
    exchanges[place].responseFrame = first.frame
    if let end = exchanges[place].requestEnd, place == lastRequest {
      exchanges[place].requestEnd = max(end, min(peer.at, first.at))
    }
    self[from].current = place
    let method = exchanges[place].method
    if status == 101 || method == "CONNECT" && status < 300 {
      application = status == 101 ? upgraded(to: head.upgrade) : .http
      exchanges[place].responseBytes = Int64(head.length)
      isOver = true
      if status == 101 { return .stop }
      isTunnel = true
      isReleased = true
      return .used(head.length)
    }
    if self[from.other].awaitsAnswer {
      self[from.other].awaitsAnswer = false
      isReleased = true
    }
    let hasNone = method == "HEAD" || status == 204 || status == 304
    return beginBody(head, from: from, hasNone: hasNone, length: head.contentLength)
  }

  private var lastRequest: Int? { exchanges.lastIndex { $0.method != nil } }

  private func upgraded(to upgrade: HTTPHead.Upgrade) -> Application {
    switch upgrade {
    case .websocket: .websocket
    case .http2: .http2
    case .none, .other: .http
    }
  }

  /// RFC 9112 6.3: chunked goes before a length; without either, a response lasts until the end.
  private mutating func beginBody(
    _ head: HTTPHead, from: End, hasNone: Bool, length: Int64?
  ) -> Progress {
    self[from].headLength = head.length
    if hasNone {
      endMessage(from: from, bytes: Int64(head.length))
      return .used(head.length)
    }
    if head.isChunked {
      self[from].bytes = Int64(head.length)
      self[from].body.state = .chunkSize
      return .used(head.length)
    }
    guard let length else {
      self[from].body.state = .endless
      return .skip(.max / 4)
    }
    let whole = Int64(head.length) + length
    self[from].passed = self[from].current
    endMessage(from: from, bytes: whole)
    return .skip(whole)
  }

  private mutating func readBody(_ bytes: RawSpan, from: End, _ last: Arrival) -> Progress {
    let progress = self[from].body.readChunks(bytes)
    switch progress {
    case .used(let count): self[from].bytes += Int64(count)
    case .skip(let count): self[from].bytes += count
    case .needsMore, .stop: return progress
    }
    if self[from].body.state == .head {
      if from == requester, let current = self[from].current {
        exchanges[current].requestEnd = last.at
      }
      endMessage(from: from, bytes: self[from].bytes)
    }
    return progress
  }

  private mutating func endMessage(from: End, bytes: Int64) {
    guard let current = self[from].current else { return }
    if from == requester {
      exchanges[current].requestBytes = bytes
    } else {
      exchanges[current].responseBytes = bytes
      drop(current)
    }
    self[from].current = nil
  }

  /// An exchange that is over, beyond those that are kept.
  private mutating func drop(_ index: Int) {
    guard exchanges.count > limit, index >= limit else { return }
    exchanges.remove(at: index)
    dropped += 1
    for from in End.allCases {
      if let current = self[from].current, current > index { self[from].current = current - 1 }
      if let passed = self[from].passed, passed >= index {
        self[from].passed = passed > index ? passed - 1 : nil
      }
    }
  }

  /// All others.
  var omitted: Int { dropped + max(0, exchanges.count - limit) }

  /// Those that are reported one by one.
  var kept: [Exchange] { Array(exchanges.prefix(limit)) }

  /// Whether the response of which the end is due was to have more. A request that was not captured may have been
  /// a HEAD, whose response announces what it does not have.
  private mutating func noteCut(from: End, waiting: Int, _ untilEnd: Int64) {
    guard requester != nil, !isOver, !isTunnel else { return }
    let head = Int64(self[from].headLength)
    switch self[from].body.state {
    case .head:
      guard untilEnd > 0, let place = self[from].passed, exchanges[place].method != nil,
        let frame = exchanges[place].responseFrame, let whole = exchanges[place].responseBytes
      else { return }
      cutResponse = CutResponse(
        frame: frame, announced: whole - head, sent: max(0, whole - untilEnd - head))
    case .chunkSize, .chunkEnd:
      guard let place = self[from].current, exchanges[place].method != nil,
        let frame = exchanges[place].responseFrame
      else { return }
      cutResponse = CutResponse(
        frame: frame, announced: nil,
        sent: max(0, self[from].bytes - untilEnd - head + Int64(waiting)))
    case .trailer, .endless: break
    }
  }

  mutating func noteReleased() {
    isReleased = false
  }

  /// There will be no more bytes.
  ///
  /// - Parameters:
  ///   - rest: What waits of a direction: a head of which only a part was captured.
  ///   - untilEnd: So much of the last message is to come.
  ///   - isBroken: Bytes of the direction are missing, so that its borders are not known.
  mutating func finish(
    from: End, rest: [UInt8], since: Arrival, untilEnd: Int64, isBroken: Bool
  ) {
    if from != requester, !isBroken { noteCut(from: from, waiting: rest.count, untilEnd) }
    let isInside = untilEnd > 0
    // Of a body in chunks, or without an end, no size was told.
    if isInside, !isTunnel, self[from].body.state == .head, let passed = self[from].passed {
      if from == requester {
        exchanges[passed].requestBytes = nil
      } else {
        exchanges[passed].responseBytes = nil
      }
    }
    guard !isOver, self[from].body.state == .head, !self[from].awaitsAnswer, !rest.isEmpty,
      let end = rest.lastIndex(of: 0x0A)
    else { return }
    let lines = rest[...end]
    let whole = Array(lines)
    guard let head = HTTPHead(whole.span.bytes) else { return }
    switch head.start {
    case .request(let method, let target):
      _ = beginRequest(
        head, method, whole.span.bytes.extracting(target), from: from,
        Shown(first: since, last: since))
    case .response(let status):
      _ = beginResponse(head, status, from: from, since, since)
    }
    // Its end is not known.
    if let last = exchanges.indices.last, from == requester {
      exchanges[last].requestBytes = nil
      exchanges[last].requestEnd = nil
    } else if let last = exchanges.lastIndex(where: { $0.responseAt == since.at }) {
      exchanges[last].responseBytes = nil
    }
  }
}
