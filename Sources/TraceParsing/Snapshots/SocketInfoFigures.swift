import TCPModel

/// The values of `ss -i`.
extension SnapshotParser {
  /// `send 1.2Mbps`, `pacing_rate 1bps/2bps`: a blank stands before the value.
  mutating func parseRate(_ detail: SocketDetail, _ cursor: inout ByteCursor) -> Bool {
    cursor.skipBlanks()
    guard let rate = cursor.bitRate() else { return false }
    if detail == .sendRate {
      row.info?.sendRate = rate
    } else if detail == .deliveryRate {
      row.info?.deliveryRate = rate
    } else {
      row.info?.pacingRate = rate
      if cursor.skip(UInt8(ascii: "/")) {
        row.info?.maximumPacingRate = cursor.bitRate()
        return row.info?.maximumPacingRate != nil
      }
    }
    return true
  }

  /// Milliseconds, some with a fraction, some with the unit behind them.
  mutating func parseDuration(_ detail: SocketDetail, _ cursor: inout ByteCursor) -> Bool {
    guard let value = cursor.milliseconds() else { return false }
    switch detail {
    case .retransmissionTimeout: row.info?.retransmissionTimeout = value
    case .rtt:
      row.info?.rtt = value
      guard cursor.skip(UInt8(ascii: "/")) else { return false }
      row.info?.rttVariation = cursor.milliseconds()
      return row.info?.rttVariation != nil
    case .ackTimeout: row.info?.ackTimeout = value
    case .lastSent: row.info?.lastSent = value
    case .lastReceived: row.info?.lastReceived = value
    case .lastACK: row.info?.lastACK = value
    case .receiveRTT: row.info?.receiveRTT = value
    case .minimumRTT: row.info?.minimumRTT = value
    case .busy:
      row.info?.busy = value
      return cursor.skip("ms")
    case .receiveWindowLimited:
      row.info?.receiveWindowLimited = value
      return cursor.skip("ms") && skipShare(&cursor)
    default:
      row.info?.sendBufferLimited = value
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
      row.info?.sendWindowScale = UInt8(clamping: value)
      guard cursor.skip(UInt8(ascii: ",")), let scale = cursor.decimal() else { return false }
      row.info?.receiveWindowScale = UInt8(clamping: scale)
    case .retransmissions:
      row.info?.retransmitting = value
      guard cursor.skip(UInt8(ascii: "/")), let total = cursor.decimal32() else { return false }
      row.info?.totalRetransmissions = total
    case .bytesSent: row.info?.bytesSent = wide
    case .bytesRetransmitted: row.info?.bytesRetransmitted = wide
    case .bytesAcked: row.info?.bytesAcked = wide
    case .bytesReceived: row.info?.bytesReceived = wide
    case .backoff: row.info?.backoff = value
    case .quickACKs: row.info?.quickACKs = value
    case .mss: row.info?.mss = value
    case .pathMTU: row.info?.pathMTU = value
    case .receiveMSS: row.info?.receiveMSS = value
    case .advertisedMSS: row.info?.advertisedMSS = value
    case .congestionWindow: row.info?.congestionWindow = value
    case .slowStartThreshold: row.info?.slowStartThreshold = value
    case .segmentsOut: row.info?.segmentsOut = value
    case .segmentsIn: row.info?.segmentsIn = value
    case .dataSegmentsOut: row.info?.dataSegmentsOut = value
    case .dataSegmentsIn: row.info?.dataSegmentsIn = value
    case .delivered: row.info?.delivered = value
    case .deliveredCE: row.info?.deliveredCE = value
    case .unacknowledged: row.info?.unacknowledged = value
    case .lost: row.info?.lost = value
    case .sacked: row.info?.sacked = value
    case .duplicateSACKs: row.info?.duplicateSACKs = value
    case .forwardACKs: row.info?.forwardACKs = value
    case .reordering: row.info?.reordering = value
    case .reorderingSeen: row.info?.reorderingSeen = value
    case .receiveSpace: row.info?.receiveSpace = value
    case .receiveThreshold: row.info?.receiveThreshold = value
    case .notSent: row.info?.notSent = value
    case .outOfOrder: row.info?.outOfOrder = value
    case .sendWindow: row.info?.sendWindow = value
    case .receiveWindow: row.info?.receiveWindow = value
    default: row.info?.rehash = value
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
    row.info?.bbr = bbr
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
    row.info?.dctcp = dctcp
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
    if row.state != .listen { row.info?.fillZeros() }
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
