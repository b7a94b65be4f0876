import TCPModel

/// The values of `ss -i`.
extension SnapshotParser {
  /// `send 1.2Mbps`, `pacing_rate 1bps/2bps`: a blank stands before the value.
  mutating func parseRate(_ detail: SocketDetail, _ cursor: inout ByteCursor) -> Bool {
    cursor.skipBlanks()
    guard let rate = cursor.bitRate() else { return false }
    if detail == .sendRate {
      info.sendRate = rate
    } else if detail == .deliveryRate {
      info.deliveryRate = rate
    } else {
      info.pacingRate = rate
      if cursor.skip(UInt8(ascii: "/")) {
        info.maximumPacingRate = cursor.bitRate()
        return info.maximumPacingRate != nil
      }
    }
    return true
  }

  /// Milliseconds, some with a fraction, some with the unit behind them.
  mutating func parseDuration(_ detail: SocketDetail, _ cursor: inout ByteCursor) -> Bool {
    guard let value = cursor.milliseconds() else { return false }
    switch detail {
    case .retransmissionTimeout: info.retransmissionTimeout = value
    case .rtt:
      info.rtt = value
      guard cursor.skip(UInt8(ascii: "/")) else { return false }
      info.rttVariation = cursor.milliseconds()
      return info.rttVariation != nil
    case .ackTimeout: info.ackTimeout = value
    case .lastSent: info.lastSent = value
    case .lastReceived: info.lastReceived = value
    case .lastACK: info.lastACK = value
    case .receiveRTT: info.receiveRTT = value
    case .minimumRTT: info.minimumRTT = value
    case .busy:
      info.busy = value
      return cursor.skip("ms")
    case .receiveWindowLimited:
      info.receiveWindowLimited = value
      return cursor.skip("ms") && skipShare(&cursor)
    default:
      info.sendBufferLimited = value
      return cursor.skip("ms") && skipShare(&cursor)
    }
    return true
  }

  /// `(81.8%)`: what the two times before it say already.
  private func skipShare(_ cursor: inout ByteCursor) -> Bool {
    guard cursor.skip(UInt8(ascii: "(")), cursor.scaled(by: 0) != nil else { return false }
    return cursor.skip("%)")
  }

  mutating func parseFigure(_ detail: SocketDetail, _ cursor: inout ByteCursor) -> Bool {
    if detail == .bbr { return parseBBR(&cursor) }
    if detail == .dctcp { return parseDCTCP(&cursor) }
    // The kernel's unsigned figures; some versions print a few of them signed.
    let isNegative = cursor.skip(UInt8(ascii: "-"))
    guard let digits = cursor.decimal() else { return false }
    let wide = isNegative ? 0 : digits
    let value = UInt32(clamping: wide)
    switch detail {
    case .windowScale:
      info.sendWindowScale = UInt8(clamping: value)
      guard cursor.skip(UInt8(ascii: ",")), let scale = cursor.decimal() else { return false }
      info.receiveWindowScale = UInt8(clamping: scale)
    case .retransmissions:
      info.retransmitting = value
      guard cursor.skip(UInt8(ascii: "/")), let total = cursor.decimal32() else { return false }
      info.totalRetransmissions = total
    case .bytesSent: info.bytesSent = wide
    case .bytesRetransmitted: info.bytesRetransmitted = wide
    case .bytesAcked: info.bytesAcked = wide
    case .bytesReceived: info.bytesReceived = wide
    case .backoff: info.backoff = value
    case .quickACKs: info.quickACKs = value
    case .mss: info.mss = value
    case .pathMTU: info.pathMTU = value
    case .receiveMSS: info.receiveMSS = value
    case .advertisedMSS: info.advertisedMSS = value
    case .congestionWindow: info.congestionWindow = value
    case .slowStartThreshold: info.slowStartThreshold = value
    case .segmentsOut: info.segmentsOut = value
    case .segmentsIn: info.segmentsIn = value
    case .dataSegmentsOut: info.dataSegmentsOut = value
    case .dataSegmentsIn: info.dataSegmentsIn = value
    case .delivered: info.delivered = value
    case .deliveredCE: info.deliveredCE = value
    case .unacknowledged: info.unacknowledged = value
    case .lost: info.lost = value
    case .sacked: info.sacked = value
    case .duplicateSACKs: info.duplicateSACKs = value
    case .forwardACKs: info.forwardACKs = value
    case .reordering: info.reordering = value
    case .reorderingSeen: info.reorderingSeen = value
    case .receiveSpace: info.receiveSpace = value
    case .receiveThreshold: info.receiveThreshold = value
    case .notSent: info.notSent = value
    case .outOfOrder: info.outOfOrder = value
    case .sendWindow: info.sendWindow = value
    case .receiveWindow: info.receiveWindow = value
    default: info.rehash = value
    }
    return true
  }

  /// `(bw:1234bps,mrtt:0.018,pacing_gain:2.88672,cwnd_gain:2.88672)`, the gains not while 0.
  private mutating func parseBBR(_ cursor: inout ByteCursor) -> Bool {
    guard cursor.skip("(bw:"), let bandwidth = cursor.bitRate(), cursor.skip(",mrtt:"),
      let rtt = cursor.milliseconds()
    else { return false }
    var bbr = TCPInfo.BBR(bandwidth: bandwidth, minimumRTT: rtt)
    if cursor.skip(",pacing_gain:") { bbr.pacingGain = gain(&cursor) }
    if cursor.skip(",cwnd_gain:") { bbr.windowGain = gain(&cursor) }
    info.bbr = bbr
    return cursor.skip(UInt8(ascii: ")"))
  }

  /// `ss` divides by 256 and prints six digits: rounded, the kernel's number comes back.
  private func gain(_ cursor: inout ByteCursor) -> UInt32? {
    cursor.scaled(by: 6).map { millionths in
      UInt32(clamping: (min(millionths, 1 << 50) * 256 + 500_000) / 1_000_000)
    }
  }

  /// `(ce_state:0,alpha:1024,ab_ecn:0,ab_tot:0)` or `fallback_mode`.
  private mutating func parseDCTCP(_ cursor: inout ByteCursor) -> Bool {
    var dctcp = TCPInfo.DCTCP()
    if !cursor.skip("fallback_mode") {
      guard cursor.skip("(ce_state:"), let state = cursor.decimal32(), cursor.skip(",alpha:"),
        let alpha = cursor.decimal32(), cursor.skip(",ab_ecn:"), let marked = cursor.decimal32(),
        cursor.skip(",ab_tot:"), let total = cursor.decimal32(), cursor.skip(UInt8(ascii: ")"))
      else { return false }
      dctcp.congestionState = state
      dctcp.alpha = alpha
      dctcp.markedBytes = marked
      dctcp.totalBytes = total
    }
    info.dctcp = dctcp
    return true
  }
}

extension SocketDetail {
  /// The mark the word sets; none for words with a value.
  var flag: TCPInfo.Flags {
    switch self {
    case .timestamps: .timestamps
    case .microsecondTimestamps: .microsecondTimestamps
    case .sack: .sack
    case .ecn: .ecn
    case .ecnSeen: .ecnSeen
    case .fastOpen: .fastOpen
    case .bidirectional: .bidirectional
    case .applicationLimited: .applicationLimited
    default: []
    }
  }
}

// MARK: - What `ss` leaves out by rule

extension SnapshotParser {
  /// The row is whole: fills in the zeros of `TCPInfo`'s and `SocketSample`'s documentation.
  mutating func completeRow() {
    if row.uid == nil, let inode = row.inode, inode != 0, snapshots.last?.source == .ss {
      row.uid = 0
    }
    guard hasInfo else { return }
    if row.state != .listen { info.fillZeros() }
    row.info = info
    info = emptyInfo
    hasInfo = false
  }
}

extension TCPInfo {
  fileprivate mutating func fillZeros() {
    // `ss -m` alone, or a row cut off before the figures.
    guard retransmissionTimeout != nil || congestionWindow != nil else { return }
    unacknowledged = unacknowledged ?? 0
    retransmitting = retransmitting ?? 0
    totalRetransmissions = totalRetransmissions ?? 0
    lost = lost ?? 0
    sacked = sacked ?? 0
    backoff = backoff ?? 0
    lastSent = lastSent ?? 0
    lastReceived = lastReceived ?? 0
    lastACK = lastACK ?? 0
    reordering = reordering ?? 3
    if segmentsIn != nil || segmentsOut != nil {
      segmentsIn = segmentsIn ?? 0
      segmentsOut = segmentsOut ?? 0
      bytesAcked = bytesAcked ?? 0
      bytesReceived = bytesReceived ?? 0
    }
    if minimumRTT != nil {
      notSent = notSent ?? 0
      dataSegmentsIn = dataSegmentsIn ?? 0
      dataSegmentsOut = dataSegmentsOut ?? 0
    }
    if delivered != nil || bytesSent != nil {
      bytesSent = bytesSent ?? 0
      bytesRetransmitted = bytesRetransmitted ?? 0
      duplicateSACKs = duplicateSACKs ?? 0
      reorderingSeen = reorderingSeen ?? 0
      deliveredCE = deliveredCE ?? 0
    }
    if sendWindow != nil { outOfOrder = outOfOrder ?? 0 }
  }
}
