import TCPModel

/// The values of the words behind a row's addresses. A function returns false, or nil, when the
/// text has another form.
extension ByteCursor {
  /// The kernel's unsigned figures; some versions print a few of them signed.
  @inline(__always)
  mutating func figure() -> UInt64? {
    let isNegative = skip(UInt8(ascii: "-"))
    return decimal().map { isNegative ? 0 : $0 }
  }

  /// `0x1f`, or `0` as C's `%#x` writes zero.
  mutating func prefixedHexadecimal() -> UInt64? {
    _ = skip("0x")
    return hexadecimal()
  }

  /// `( recverr is_icsk)`, with blanks inside.
  mutating func skipParentheses() -> Bool {
    skipBlanks()
    guard skip(UInt8(ascii: "(")) else { return false }
    while !isAtEnd, byte != UInt8(ascii: ")") { position += 1 }
    return skip(UInt8(ascii: ")"))
  }

  /// `"..."`, with blanks inside.
  mutating func skipQuoted() -> Bool {
    guard skip(UInt8(ascii: "\"")) else { return false }
    while !isAtEnd, byte != UInt8(ascii: "\"") { position += 1 }
    return skip(UInt8(ascii: "\""))
  }

  /// `(81.8%)`: what the two times before it say already.
  mutating func skipShare() -> Bool {
    guard skip(UInt8(ascii: "(")), scaled(by: 0) != nil else { return false }
    return skip("%)")
  }

  /// A security context, up to the bracket that closes the process: `system_u:system_r:sshd_t:s0`,
  /// and with brackets of its own `/usr/sbin/sshd (enforce)`.
  mutating func skipContext() {
    var depth = 0
    while !isAtEnd {
      if byte == UInt8(ascii: "(") { depth += 1 }
      if byte == UInt8(ascii: ")") {
        if depth == 0 { return }
        depth -= 1
      }
      position += 1
    }
  }

  /// `(on,200ms,0)`, `(keepalive,1min59sec,0)`, `(on,,0)`.
  mutating func timer(_ timer: inout SocketTimer?) -> Bool {
    guard skip(UInt8(ascii: "(")) else { return false }
    let kind: SocketTimer.Kind
    if skip("on,") {
      kind = .on
    } else if skip("timewait,") {
      kind = .timewait
    } else if skip("keepalive,") {
      kind = .keepalive
    } else if skip("persist,") {
      kind = .persist
    } else if skip("delack,") {
      kind = .delack
    } else if skip("unknown,") {
      kind = .unknown
    } else {
      return false
    }
    let expires = timerTime()
    guard skip(UInt8(ascii: ",")), let count = decimal32(),
      skip(UInt8(ascii: ")"))
    else { return false }
    timer = SocketTimer(kind: kind, expires: expires, retransmissions: count)
    return true
  }

  /// `12min`, `1min59sec`, `59sec`, `200ms`. Below ten seconds milliseconds follow a point, and up
  /// to iproute2 6 the unit behind them is wrong: `1.024ms` is 1.024 s.
  private mutating func timerTime() -> Nanoseconds? {
    var total: Nanoseconds?
    while let whole = decimal() {
      var nanoseconds = Nanoseconds(clamping: whole)
      if skip(UInt8(ascii: ".")) {
        let start = position
        let fraction = Nanoseconds(clamping: decimal() ?? 0)
        var unit: Nanoseconds = 1_000_000_000
        for _ in 0..<min(position - start, 9) { unit /= 10 }
        nanoseconds = clampedProduct(nanoseconds, 1_000_000_000) &+ clampedProduct(fraction, unit)
        if !skip("ms") { _ = skip("sec") }
      } else if skip("min") {
        nanoseconds = clampedProduct(nanoseconds, 60_000_000_000)
      } else if skip("ms") {
        nanoseconds = clampedProduct(nanoseconds, 1_000_000)
      } else if skip("sec") {
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
  mutating func memory(_ memory: inout SocketMemory?) -> Bool {
    guard skip(UInt8(ascii: "(")) else { return false }
    var figures = SocketMemory()
    repeat {
      let first = byte
      position += isAtEnd ? 0 : 1
      let hasB = skip(UInt8(ascii: "b"))
      let hasL = first == UInt8(ascii: "b") && skip(UInt8(ascii: "l"))
      guard let value = decimal32() else { return false }
      switch first {
      case UInt8(ascii: "r"):
        if hasB { figures.receiveBuffer = value } else { figures.receiveAllocated = value }
      case UInt8(ascii: "t"):
        if hasB { figures.sendBuffer = value } else { figures.sendAllocated = value }
      case UInt8(ascii: "f"): figures.forwardAllocated = value
      case UInt8(ascii: "w"): figures.sendQueued = value
      case UInt8(ascii: "o"): figures.optionMemory = value
      case UInt8(ascii: "b") where hasL: figures.backlog = value
      case UInt8(ascii: "d"): figures.drops = value
      default: return false
      }
    } while skip(UInt8(ascii: ","))
    memory = figures
    return skip(UInt8(ascii: ")"))
  }
}

extension TCPInfo.BBR {
  /// `(bw:1234bps,mrtt:0.018,pacing_gain:2.88672,cwnd_gain:2.88672)` but for its closing bracket; the
  /// gains not while 0.
  init?(_ cursor: inout ByteCursor) {
    guard cursor.skip("(bw:"), let bandwidth = cursor.bitRate(), cursor.skip(",mrtt:"),
      let rtt = cursor.milliseconds()
    else { return nil }
    self.init(bandwidth: bandwidth, minimumRTT: rtt)
    if cursor.skip(",pacing_gain:") { pacingGain = Self.gain(&cursor) }
    if cursor.skip(",cwnd_gain:") { windowGain = Self.gain(&cursor) }
  }

  /// `ss` divides by 256 and prints six digits: rounded, the kernel's number comes back.
  private static func gain(_ cursor: inout ByteCursor) -> UInt32? {
    cursor.scaled(by: 6).map { millionths in
      UInt32(clamping: (min(millionths, 1 << 50) * 256 + 500_000) / 1_000_000)
    }
  }
}

extension TCPInfo.DCTCP {
  /// `(ce_state:0,alpha:1024,ab_ecn:0,ab_tot:0)` or `fallback_mode`.
  init?(_ cursor: inout ByteCursor) {
    self.init()
    if cursor.skip("fallback_mode") { return }
    guard cursor.skip("(ce_state:"), let state = cursor.decimal32(), cursor.skip(",alpha:"),
      let alpha = cursor.decimal32(), cursor.skip(",ab_ecn:"), let marked = cursor.decimal32(),
      cursor.skip(",ab_tot:"), let total = cursor.decimal32(), cursor.skip(UInt8(ascii: ")"))
    else { return nil }
    congestionState = state
    self.alpha = alpha
    markedBytes = marked
    totalBytes = total
  }
}
