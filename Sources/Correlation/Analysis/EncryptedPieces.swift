import Names
import TCPModel

// What a server of TLS 1.3 sends between the first request and its answer, and what is neither anywhere. All
// of it is encrypted; lengths and times tell it apart.

extension ConnectionRecord {
  mutating func watchForTickets(_ due: ServerDue) {
    switch due {
    case .answer: return
    case .tickets: phases.watch = TicketWatch(stage: .awaited)
    case .anotherTicket(let length):
      let whole = length &+ UInt16(TLSPiece.headerLength)
      phases.watch = TicketWatch(stage: .awaited, length: whole)
    case .settings: phases.watch = TicketWatch(stage: .awaited, length: TicketWatch.noTickets)
    case .restOfHandshake:
      // What the server says first is its hello.
      phases.serverTime = .min
      return
    }
  }

  /// Whether a piece of TLS after its handshake may be something else than data.
  @inline(__always)
  func mayBeNoData(_ segment: SegmentView) -> Bool {
    segment.payloadLength > 0 && phases.tls >= 0
      && (segment.payloadLength <= TLSPiece.longest || phases.watch.isOpen)
  }

  /// What a piece of TLS after its handshake is, by its outside.
  func piece(
    _ segment: SegmentView, _ bytes: UnsafeRawBufferPointer, _ facts: @autoclosure () -> TLSFacts?
  ) -> Piece {
    let length = Int(segment.payloadLength)
    let isRequest = segment.from == client
    switch (phases.current, isRequest) {
    case (.receive, true), (.idle, _):
      return isNoExchange(bytes, length, facts()) ? .nothing : .data
    case (.receive, false):
      return length <= Int(TLSPiece.longest) && TLSPiece.isControl(bytes, of: length, facts())
        ? .nothing : .data
    case (.send, false), (.wait, false):
      let facts = facts()
      // But for those of HTTP/2 an answer may be as short.
      if TLSPiece.isControl(bytes, of: length, facts)
        || speaksHTTP2(facts) && isNoExchange(bytes, length, facts)
      {
        return .nothing
      }
      guard phases.watch.isOpen else { return .data }
      let at = max(segment.time, latest).since(start)
      return serversPiece(TLSPiece.records(bytes, of: length), length, at, facts)
    case (.send, true), (.wait, true):
      guard length <= Int(TLSPiece.longest), speaksHTTP2(facts()) else { return .data }
      // The client has the server's settings.
      let hasSpoken = phases.watch.stage == .offered || phases.watch.stage == .seen
      return hasSpoken && TLSPiece.isAcknowledgment(bytes, of: length)
        || TLSPiece.isPing(bytes, of: length, facts()) ? .nothing : .data
    default: return .data
    }
  }

  private func isNoExchange(
    _ bytes: UnsafeRawBufferPointer, _ length: Int, _ facts: @autoclosure () -> TLSFacts?
  ) -> Bool {
    length <= Int(TLSPiece.longest) && TLSPiece.isNoExchange(bytes, of: length, facts())
  }

  /// As far as is known: TLS 1.3 hides what the server takes.
  private func speaksHTTP2(_ facts: TLSFacts?) -> Bool {
    guard let facts else { return false }
    return TLSFacts.isThirteen(facts.version)
      ? facts.offeredProtocols.contains("h2") : facts.selectedProtocol == "h2"
  }

  /// What the server says while its answer is due, and tickets may be.
  private func serversPiece(
    _ records: TLSPiece.Records?, _ length: Int, _ at: Nanoseconds, _ facts: TLSFacts?
  ) -> Piece {
    let watch = phases.watch
    let isLater = watch.isOffered && at &- phases.lastPayload > TicketWatch.burst
    guard let records else { return isLater ? .answer : .data }
    let maySettle = speaksHTTP2(facts)
    let isLastTicket = records.rest == 0 || maySettle && records.rest <= TLSPiece.settingsLimit
    if TLSPiece.ticketLengths.contains(records.first) {
      let isAnother = records.first == Int(watch.length) && followsTicket(at)
      let first = UInt16(truncatingIfNeeded: records.first)
      if isAnother || watch.stage == .awaited && watch.length == 0 && records.equal > 1 {
        return isLastTicket ? .tickets(first) : watch.isOffered ? .answer : .data
      }
      if watch.stage == .awaited, watch.length == 0, isLastTicket, comesAtOnce(at) {
        return .offer(first)
      }
    }
    let areSettings = maySettle && length <= TLSPiece.settingsLimit
    if watch.isOffered {
      if isLater { return .answer }
      return areSettings ? .nothing : .data
    }
    return areSettings && comesAtOnce(at) ? .offer(watch.length) : .data
  }

  /// So soon after a ticket another one comes: at once, or when the first one is acknowledged (Nagle's
  /// algorithm, RFC 1122 4.2.3.4), which may be delayed.
  private func followsTicket(_ at: Nanoseconds) -> Bool {
    phases.watch.stage == .seen
      ? comesAtOnce(at)
      : at &- phases.lastPayload <= TicketWatch.delayedACK &+ 2 &* (serverRoundTrip ?? 0)
  }

  /// Nobody had to think about it: it comes about as soon as the way there and back allows.
  private func comesAtOnce(_ at: Nanoseconds) -> Bool {
    guard let roundTrip = serverRoundTrip else { return false }
    return at &- phases.lastPayload &- roundTrip <= max(TicketWatch.atOnce, roundTrip / 2)
  }

  /// Keeps back from the phases what is no data, or may be none.
  ///
  /// - Returns: Whether it opens a response as far as is known; nil where it is to be taken as data.
  @inline(__always)
  mutating func hold(
    _ piece: Piece, fromClient: Bool, isWhole: Bool, _ now: Instant, _ sink: inout Sink
  ) -> Bool? {
    if piece.isData, !phases.watch.isOpen { return nil }
    return holdWatched(piece, fromClient: fromClient, isWhole: isWhole, now, &sink)
  }

  @inline(never)
  private mutating func holdWatched(
    _ piece: Piece, fromClient: Bool, isWhole: Bool, _ now: Instant, _ sink: inout Sink
  ) -> Bool? {
    switch piece {
    case .nothing: return false
    case .tickets(let length):
      phases.watch = TicketWatch(stage: .seen, length: length)
      return false
    case .offer(let length) where isWhole:
      offer(now, &sink)
      phases.watch = TicketWatch(stage: .offered, length: length)
      return true
    case .data, .offer:
      settleOffer(&sink)
      if !fromClient { phases.watch = TicketWatch() }
      return nil
    case .answer:
      phases.watch = TicketWatch()
      return nil
    }
  }
}
