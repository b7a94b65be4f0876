import TCPModel

/// A word behind the addresses of an `ss` row (iproute2 4 to 7), and what it sets.
///
/// The table below is all there is to a word: its spelling, the form of its value, and the field.
/// One that ends with a colon has its value behind it.
struct SocketWord: Sendable {
  enum Effect: Sendable {
    /// Known, of no use here, one word.
    case ignored
    /// Known, of no use here, a key and a word behind it (`version: 1.3`).
    case ignoredPair
    /// The process list, which may go on over line ends.
    case users
    /// A mark without a value.
    case mark(@Sendable (inout SocketSample) -> Void)
    /// Decimal digits.
    case figure(@Sendable (inout SocketSample, UInt32) -> Void)
    case wideFigure(@Sendable (inout SocketSample, UInt64) -> Void)
    /// Milliseconds, perhaps with a fraction.
    case duration(@Sendable (inout SocketSample, Nanoseconds) -> Void)
    /// Bits a second, behind a blank (`send 1.2Mbps`), and perhaps the most they may be
    /// (`pacing_rate 1bps/2bps`).
    case rate(
      @Sendable (inout SocketSample, UInt64) -> Void,
      maximum: (@Sendable (inout SocketSample, UInt64) -> Void)?)
    /// A text.
    case name(@Sendable (inout SocketSample, NameID) -> Void)
    /// A form of its own; false when the value has another.
    case form(@Sendable (inout SocketSample, inout ByteCursor) -> Bool)
  }

  let spelling: StaticString
  let effect: Effect
  /// A word of `-i`: the first of them begins `SocketSample.info`.
  var isInfo = false
  /// Read also where only a socket's life is asked for.
  var tellsLife = false

  /// The same word where nothing but a socket's life is asked for.
  private var ofLife: SocketWord {
    if tellsLife { return self }
    switch effect {
    case .rate, .ignoredPair: return SocketWord(spelling: spelling, effect: .ignoredPair)
    default: return SocketWord(spelling: spelling, effect: .ignored)
    }
  }

  static func all(keeping details: KeptDetails) -> [SocketWord] {
    switch details {
    case .all: all
    case .lifecycle: all.map(\.ofLife)
    }
  }

  /// How many words are passed over where it is met.
  var ignoredWords: UInt8 {
    switch effect {
    case .ignored: 1
    case .ignoredPair: 2
    default: 0
    }
  }
}

/// What is read of a socket's details.
public enum KeptDetails: Sendable {
  case all
  /// What tells a socket's life: its owner, queues, timer and identity, and the counters of bytes,
  /// segments and retransmissions. Other figures are passed over, whatever they say.
  case lifecycle
}

// MARK: - The table

extension SocketWord {
  private static let all = ofSocket + ofShutdown + marks + figures + durations + rates + ignored

  /// `-p -o -e -m`, `--tos`, `--cgroup`, `--inet-sockopt`
  private static let ofSocket: [SocketWord] = [
    SocketWord(spelling: "users:", effect: .users, tellsLife: true),
    .form("timer:", tellsLife: true) { $1.timer(&$0.timer) },
    .form("uid:", tellsLife: true) { stored($1.decimal32(), in: &$0.uid) },
    .form("ino:", tellsLife: true) { stored($1.decimal(), in: &$0.inode) },
    .form("sk:", tellsLife: true) { row, cursor in
      guard let cookie = cursor.hexadecimal() else { return false }
      row.cookie = cookie == 0 ? nil : cookie
      return true
    },
    .form("fwmark:", tellsLife: true) {
      stored($1.prefixedHexadecimal().map { UInt32(clamping: $0) }, in: &$0.mark)
    },
    SocketWord(spelling: "cgroup:", effect: .name { $0.cgroup = $1 }),
    .form("v6only:", tellsLife: true) { stored($1.decimal().map { $0 != 0 }, in: &$0.isIPv6Only) },
    .form("tos:", tellsLife: true) {
      stored($1.prefixedHexadecimal().map { UInt8(clamping: $0) }, in: &$0.typeOfService)
    },
    .form("tclass:", tellsLife: true) {
      stored($1.prefixedHexadecimal().map { UInt8(clamping: $0) }, in: &$0.trafficClass)
    },
    .form("class_id:", tellsLife: true) {
      stored($1.prefixedHexadecimal().map { UInt32(clamping: $0) }, in: &$0.classID)
    },
    .form("skmem:") { $1.memory(&$0.memory) },
    .form("mem:") { $1.memory(&$0.memory) },
    .form("inet-sockopt:", tellsLife: true) { $1.skipParentheses() },
    .form("opt:", tellsLife: true) { $1.skipQuoted() },
  ]

  /// Which directions were shut down.
  private static let ofShutdown: [SocketWord] = [
    SocketWord(spelling: "<->", effect: .mark { $0.shutdown = [] }, tellsLife: true),
    SocketWord(spelling: "-->", effect: .mark { $0.shutdown = .receive }, tellsLife: true),
    SocketWord(spelling: "<--", effect: .mark { $0.shutdown = .send }, tellsLife: true),
    SocketWord(
      spelling: "---", effect: .mark { $0.shutdown = [.receive, .send] }, tellsLife: true),
  ]

  private static let marks: [SocketWord] = [
    .mark("ts") { $0.info?.flags.insert(.timestamps) },
    .mark("usec_ts") { $0.info?.flags.insert(.microsecondTimestamps) },
    .mark("sack") { $0.info?.flags.insert(.sack) },
    .mark("ecn") { $0.info?.flags.insert(.ecn) },
    .mark("ecnseen") { $0.info?.flags.insert(.ecnSeen) },
    .mark("fastopen") { $0.info?.flags.insert(.fastOpen) },
    .mark("bidir") { $0.info?.flags.insert(.bidirectional) },
    .mark("app_limited") { $0.info?.flags.insert(.applicationLimited) },
  ]

  private static let figures: [SocketWord] = [
    .infoForm("wscale:") { row, cursor in
      guard let send = cursor.figure() else { return false }
      row.info?.sendWindowScale = UInt8(clamping: send)
      guard cursor.skip(UInt8(ascii: ",")), let receive = cursor.decimal() else { return false }
      row.info?.receiveWindowScale = UInt8(clamping: receive)
      return true
    },
    .infoForm("retrans:", tellsLife: true) { row, cursor in
      guard let current = cursor.figure() else { return false }
      row.info?.retransmitting = UInt32(clamping: current)
      guard cursor.skip(UInt8(ascii: "/")), let total = cursor.decimal32() else { return false }
      row.info?.totalRetransmissions = total
      return true
    },
    .wideFigure("bytes_sent:") { $0.info?.bytesSent = $1 },
    .wideFigure("bytes_retrans:") { $0.info?.bytesRetransmitted = $1 },
    .wideFigure("bytes_acked:", tellsLife: true) { $0.info?.bytesAcked = $1 },
    .wideFigure("bytes_received:", tellsLife: true) { $0.info?.bytesReceived = $1 },
    .figure("backoff:") { $0.info?.backoff = $1 },
    .figure("qack:") { $0.info?.quickACKs = $1 },
    .figure("mss:") { $0.info?.mss = $1 },
    .figure("pmtu:") { $0.info?.pathMTU = $1 },
    .figure("rcvmss:") { $0.info?.receiveMSS = $1 },
    .figure("advmss:") { $0.info?.advertisedMSS = $1 },
    .figure("cwnd:", tellsLife: true) { $0.info?.congestionWindow = $1 },
    .figure("ssthresh:") { $0.info?.slowStartThreshold = $1 },
    .figure("segs_out:", tellsLife: true) { $0.info?.segmentsOut = $1 },
    .figure("segs_in:", tellsLife: true) { $0.info?.segmentsIn = $1 },
    .figure("data_segs_out:") { $0.info?.dataSegmentsOut = $1 },
    .figure("data_segs_in:") { $0.info?.dataSegmentsIn = $1 },
    .figure("delivered:") { $0.info?.delivered = $1 },
    .figure("delivered_ce:") { $0.info?.deliveredCE = $1 },
    .figure("unacked:") { $0.info?.unacknowledged = $1 },
    .figure("lost:") { $0.info?.lost = $1 },
    .figure("sacked:") { $0.info?.sacked = $1 },
    .figure("dsack_dups:") { $0.info?.duplicateSACKs = $1 },
    .figure("fackets:") { $0.info?.forwardACKs = $1 },
    .figure("reordering:") { $0.info?.reordering = $1 },
    .figure("reord_seen:") { $0.info?.reorderingSeen = $1 },
    .figure("rcv_space:") { $0.info?.receiveSpace = $1 },
    .figure("rcv_ssthresh:") { $0.info?.receiveThreshold = $1 },
    .figure("notsent:") { $0.info?.notSent = $1 },
    .figure("rcv_ooopack:") { $0.info?.outOfOrder = $1 },
    .figure("snd_wnd:") { $0.info?.sendWindow = $1 },
    .figure("rcv_wnd:") { $0.info?.receiveWindow = $1 },
    .figure("rehash:") { $0.info?.rehash = $1 },
    .infoForm("bbr:") { row, cursor in
      guard let model = TCPInfo.BBR(&cursor) else { return false }
      row.info?.bbr = model
      return cursor.skip(UInt8(ascii: ")"))
    },
    .infoForm("dctcp:") { row, cursor in
      guard let model = TCPInfo.DCTCP(&cursor) else { return false }
      row.info?.dctcp = model
      return true
    },
  ]

  private static let durations: [SocketWord] = [
    .duration("rto:", tellsLife: true) { $0.info?.retransmissionTimeout = $1 },
    .infoForm("rtt:") { row, cursor in
      guard let smoothed = cursor.milliseconds() else { return false }
      row.info?.rtt = smoothed
      guard cursor.skip(UInt8(ascii: "/")), let variation = cursor.milliseconds() else {
        return false
      }
      row.info?.rttVariation = variation
      return true
    },
    .duration("ato:") { $0.info?.ackTimeout = $1 },
    .duration("lastsnd:") { $0.info?.lastSent = $1 },
    .duration("lastrcv:") { $0.info?.lastReceived = $1 },
    .duration("lastack:") { $0.info?.lastACK = $1 },
    .duration("rcv_rtt:") { $0.info?.receiveRTT = $1 },
    .duration("minrtt:") { $0.info?.minimumRTT = $1 },
    .infoForm("busy:") { row, cursor in
      guard let time = cursor.milliseconds() else { return false }
      row.info?.busy = time
      return cursor.skip("ms")
    },
    .infoForm("rwnd_limited:") { row, cursor in
      guard let time = cursor.milliseconds() else { return false }
      row.info?.receiveWindowLimited = time
      return cursor.skip("ms") && cursor.skipShare()
    },
    .infoForm("sndbuf_limited:") { row, cursor in
      guard let time = cursor.milliseconds() else { return false }
      row.info?.sendBufferLimited = time
      return cursor.skip("ms") && cursor.skipShare()
    },
  ]

  private static let rates: [SocketWord] = [
    .rate("send") { $0.info?.sendRate = $1 },
    .rate("delivery_rate") { $0.info?.deliveryRate = $1 },
    .rate("pacing_rate") {
      $0.info?.pacingRate = $1
    } maximum: {
      $0.info?.maximumPacingRate = $1
    },
  ]

  private static let ignored: [SocketWord] =
    // TLS: a blank stands behind the key.
    (["version:", "cipher:", "rxconf:", "txconf:"] as [StaticString]).map {
      SocketWord(spelling: $0, effect: .ignoredPair)
    }
    + ([
      // Other congestion controls' models, TCP MD5 keys.
      "prague:", "vegas:", "md5keys:",
      // Upper layers on TCP: TLS, MPTCP subflows and MPTCP sockets themselves.
      "zc_ro_tx", "no_pad_rx", "flags:", "token:", "seq:", "sfseq:", "ssnoff:", "maplen:",
      "subflows:", "add_addr_signal:", "add_addr_accepted:", "subflows_max:",
      "add_addr_signal_max:", "add_addr_accepted_max:", "fallback", "remote_key", "write_seq:",
      "snd_una:", "rcv_nxt:", "local_addr_used:", "local_addr_max:", "csum_enabled:",
      "retransmits:", "subflows_total:", "endp_laminar_max:", "last_data_sent:",
      "last_data_recv:", "last_ack_recv:",
    ] as [StaticString]).map { SocketWord(spelling: $0, effect: .ignored) }
}

// MARK: - Short forms for the table

extension SocketWord {
  private static func form(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ read: @escaping @Sendable (inout SocketSample, inout ByteCursor) -> Bool
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .form(read), tellsLife: tellsLife)
  }

  private static func infoForm(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ read: @escaping @Sendable (inout SocketSample, inout ByteCursor) -> Bool
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .form(read), isInfo: true, tellsLife: tellsLife)
  }

  private static func mark(
    _ spelling: StaticString, _ set: @escaping @Sendable (inout SocketSample) -> Void
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .mark(set), isInfo: true)
  }

  private static func figure(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: @escaping @Sendable (inout SocketSample, UInt32) -> Void
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .figure(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func wideFigure(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: @escaping @Sendable (inout SocketSample, UInt64) -> Void
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .wideFigure(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func duration(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: @escaping @Sendable (inout SocketSample, Nanoseconds) -> Void
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .duration(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func rate(
    _ spelling: StaticString, _ set: @escaping @Sendable (inout SocketSample, UInt64) -> Void,
    maximum: (@Sendable (inout SocketSample, UInt64) -> Void)? = nil
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .rate(set, maximum: maximum), isInfo: true)
  }

  /// False when there was no value of the form.
  private static func stored<Value>(_ value: Value?, in field: inout Value?) -> Bool {
    field = value
    return value != nil
  }
}
