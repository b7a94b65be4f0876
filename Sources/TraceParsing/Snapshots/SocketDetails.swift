import Support
import TCPModel

/// The words behind the addresses: `-p -o -e -m -i` and friends.
extension SnapshotParser {
  mutating func parseDetails(_ cursor: inout ByteCursor, names: inout SocketNames) {
    while true {
      cursor.skipBlanks()
      if cursor.isAtEnd { return }
      let start = cursor.position
      let detail = detailWords.next(&cursor)
      if detail == .ignoredWord {
        cursor.skipToBlank()
        detailWords.skipIgnored(&cursor)
        continue
      }
      guard let detail else {
        parseBareWord(&cursor, from: start, names: &names)
        continue
      }
      if detail == .users {
        switch parseUsers(&cursor, names: &names) {
        case .closed: continue
        case .unclosed:
          unclosed.begin(ByteCursor(position: start, end: cursor.end))
          part = .users
          return
        case .malformed: break
        }
      } else if parse(detail, &cursor, names: &names), cursor.isAtBlank {
        continue
      }
      cursor.skipToBlank()
      unknown.add(cursor.text(from: start))
    }
  }

  /// What `-i` tells of a socket is written into its row: copied there, it would cost as much again.
  private mutating func beginInfo() {
    if hasInfo { return }
    row.info = emptyInfo
    hasInfo = true
  }

  /// The congestion control's name is the only word without a fixed spelling: it stands before the
  /// figures. Modules outside the kernel's tree have names of their own.
  private mutating func parseBareWord(
    _ cursor: inout ByteCursor, from start: UnsafePointer<UInt8>, names: inout SocketNames
  ) {
    let word = cursor.text(from: start)
    let isWhole = cursor.isAtBlank
    cursor.skipToBlank()
    if ByteCursor(position: start, end: cursor.position).starts(with: "tcp-ulp-") {
      beginInfo()
      row.info?.flags.insert(.upperLayer)
    } else if isWhole, row.info?.congestionControl == nil, row.info?.congestionWindow == nil,
      isModuleName(word)
    {
      beginInfo()
      row.info?.congestionControl = names.text(word)
    } else {
      unknown.add(cursor.text(from: start))
    }
  }

  /// At most 15 bytes (`TCP_CA_NAME_MAX`) of lower case letters, digits, `_` and `-`.
  private func isModuleName(_ word: UnsafeRawBufferPointer) -> Bool {
    guard (2...15).contains(word.count), word[0] >= UInt8(ascii: "a") else { return false }
    return word.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
  }

  /// Reads the value of one word. False when it is not of the form the word has.
  private mutating func parse(
    _ detail: SocketDetail, _ cursor: inout ByteCursor, names: inout SocketNames
  ) -> Bool {
    switch detail {
    case .users, .ignoredWord: return false
    case .timer: return parseTimer(&cursor)
    case .uid:
      row.uid = cursor.decimal32()
      return row.uid != nil
    case .inode:
      row.inode = cursor.decimal()
      return row.inode != nil
    case .cookie:
      guard let cookie = cursor.hexadecimal() else { return false }
      row.cookie = cookie == 0 ? nil : cookie
    case .mark:
      row.mark = prefixedHexadecimal(&cursor).map { UInt32(clamping: $0) }
      return row.mark != nil
    case .cgroup:
      let start = cursor.position
      cursor.skipToBlank()
      row.cgroup = names.text(cursor.text(from: start))
    case .v6only:
      row.isIPv6Only = cursor.decimal().map { $0 != 0 }
      return row.isIPv6Only != nil
    case .tos:
      row.typeOfService = prefixedHexadecimal(&cursor).map { UInt8(clamping: $0) }
      return row.typeOfService != nil
    case .tclass:
      row.trafficClass = prefixedHexadecimal(&cursor).map { UInt8(clamping: $0) }
      return row.trafficClass != nil
    case .classID:
      row.classID = prefixedHexadecimal(&cursor).map { UInt32(clamping: $0) }
      return row.classID != nil
    case .socketMemory: return parseMemory(&cursor, isOld: false)
    case .oldMemory: return parseMemory(&cursor, isOld: true)
    case .socketOptions: return skipParentheses(&cursor)
    case .procOptions: return skipQuoted(&cursor)
    case .shutdownNone: row.shutdown = []
    case .shutdownReceive: row.shutdown = .receive
    case .shutdownSend: row.shutdown = .send
    case .shutdownBoth: row.shutdown = [.receive, .send]
    case .ignoredPair:
      cursor.skipBlanks()
      guard !cursor.isAtEnd else { return false }
      cursor.skipToBlank()
    case .timestamps, .microsecondTimestamps, .sack, .ecn, .ecnSeen, .fastOpen, .bidirectional,
      .applicationLimited:
      beginInfo()
      row.info?.flags.formUnion(detail.flag)
    case .sendRate, .pacingRate, .deliveryRate:
      beginInfo()
      return parseRate(detail, &cursor)
    case .retransmissionTimeout, .rtt, .ackTimeout, .lastSent, .lastReceived, .lastACK, .busy,
      .receiveWindowLimited, .sendBufferLimited, .receiveRTT, .minimumRTT:
      beginInfo()
      return parseDuration(detail, &cursor)
    case .windowScale, .backoff, .quickACKs, .mss, .pathMTU, .receiveMSS, .advertisedMSS,
      .congestionWindow, .slowStartThreshold, .bytesSent, .bytesRetransmitted, .bytesAcked,
      .bytesReceived, .segmentsOut, .segmentsIn, .dataSegmentsOut, .dataSegmentsIn, .delivered,
      .deliveredCE, .unacknowledged, .retransmissions, .lost, .sacked, .duplicateSACKs,
      .forwardACKs, .reordering, .reorderingSeen, .receiveSpace, .receiveThreshold, .notSent,
      .outOfOrder, .sendWindow, .receiveWindow, .rehash, .bbr, .dctcp:
      beginInfo()
      return parseFigure(detail, &cursor)
    }
    return true
  }

  /// `0x1f`, or `0` as C's `%#x` writes zero.
  private func prefixedHexadecimal(_ cursor: inout ByteCursor) -> UInt64? {
    _ = cursor.skip("0x")
    return cursor.hexadecimal()
  }

  /// `( recverr is_icsk)`, with blanks inside.
  private func skipParentheses(_ cursor: inout ByteCursor) -> Bool {
    cursor.skipBlanks()
    guard cursor.skip(UInt8(ascii: "(")) else { return false }
    while !cursor.isAtEnd, cursor.byte != UInt8(ascii: ")") { cursor.position += 1 }
    return cursor.skip(UInt8(ascii: ")"))
  }

  /// `"..."`, with blanks inside.
  private func skipQuoted(_ cursor: inout ByteCursor) -> Bool {
    guard cursor.skip(UInt8(ascii: "\"")) else { return false }
    while !cursor.isAtEnd, cursor.byte != UInt8(ascii: "\"") { cursor.position += 1 }
    return cursor.skip(UInt8(ascii: "\""))
  }

  /// `(on,200ms,0)`, `(keepalive,1min59sec,0)`, `(on,,0)`.
  private mutating func parseTimer(_ cursor: inout ByteCursor) -> Bool {
    guard cursor.skip(UInt8(ascii: "(")) else { return false }
    let kind: SocketTimer.Kind
    if cursor.skip("on,") {
      kind = .on
    } else if cursor.skip("timewait,") {
      kind = .timewait
    } else if cursor.skip("keepalive,") {
      kind = .keepalive
    } else if cursor.skip("persist,") {
      kind = .persist
    } else if cursor.skip("delack,") {
      kind = .delack
    } else if cursor.skip("unknown,") {
      kind = .unknown
    } else {
      return false
    }
    let expires = timerTime(&cursor)
    guard cursor.skip(UInt8(ascii: ",")), let count = cursor.decimal32(),
      cursor.skip(UInt8(ascii: ")"))
    else { return false }
    row.timer = SocketTimer(kind: kind, expires: expires, retransmissions: count)
    return true
  }

  /// `12min`, `1min59sec`, `59sec`, `200ms`. Below ten seconds milliseconds follow a point, and up
  /// to iproute2 6 the unit behind them is wrong: `1.024ms` is 1.024 s.
  private func timerTime(_ cursor: inout ByteCursor) -> Nanoseconds? {
    var total: Nanoseconds?
    while let whole = cursor.decimal() {
      var nanoseconds = Nanoseconds(clamping: whole)
      if cursor.skip(UInt8(ascii: ".")) {
        let start = cursor.position
        let fraction = Nanoseconds(clamping: cursor.decimal() ?? 0)
        var unit: Nanoseconds = 1_000_000_000
        for _ in 0..<min(cursor.position - start, 9) { unit /= 10 }
        nanoseconds = clampedProduct(nanoseconds, 1_000_000_000) &+ clampedProduct(fraction, unit)
        if !cursor.skip("ms") { _ = cursor.skip("sec") }
      } else if cursor.skip("min") {
        nanoseconds = clampedProduct(nanoseconds, 60_000_000_000)
      } else if cursor.skip("ms") {
        nanoseconds = clampedProduct(nanoseconds, 1_000_000)
      } else if cursor.skip("sec") {
        nanoseconds = clampedProduct(nanoseconds, 1_000_000_000)
      } else {
        return total
      }
      total = (total ?? 0) &+ nanoseconds
    }
    return total.map { max(0, $0) }
  }

  /// Stays far from the limit, so that sums of a few cannot overflow.
  private func clampedProduct(_ value: Nanoseconds, _ factor: Nanoseconds) -> Nanoseconds {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? .max / 8 : min(product, .max / 8)
  }

  /// `(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)`; the old `mem:(r0,w0,f0,t0)` means allocated
  /// receive, queued send, forward and allocated send memory.
  private mutating func parseMemory(_ cursor: inout ByteCursor, isOld: Bool) -> Bool {
    guard cursor.skip(UInt8(ascii: "(")) else { return false }
    var memory = SocketMemory()
    repeat {
      let first = cursor.byte
      cursor.position += cursor.isAtEnd ? 0 : 1
      let hasB = cursor.skip(UInt8(ascii: "b"))
      let hasL = first == UInt8(ascii: "b") && cursor.skip(UInt8(ascii: "l"))
      guard let value = cursor.decimal32() else { return false }
      switch first {
      case UInt8(ascii: "r"):
        if hasB { memory.receiveBuffer = value } else { memory.receiveAllocated = value }
      case UInt8(ascii: "t"):
        if hasB { memory.sendBuffer = value } else { memory.sendAllocated = value }
      case UInt8(ascii: "f"): memory.forwardAllocated = value
      case UInt8(ascii: "w"): memory.sendQueued = value
      case UInt8(ascii: "o"): memory.optionMemory = value
      case UInt8(ascii: "b") where hasL: memory.backlog = value
      case UInt8(ascii: "d"): memory.drops = value
      default: return false
      }
    } while cursor.skip(UInt8(ascii: ","))
    row.memory = memory
    return cursor.skip(UInt8(ascii: ")"))
  }
}
