import TCPModel

/// A word behind the addresses of an `ss` row (iproute2 4 to 7), and what it sets.
///
/// The table below is all there is to a word: its spelling, the form of its value, and the field.
/// One that ends with a colon has its value behind it.
struct SocketWord: Sendable {
  /// C functions, because a Swift closure is counted on every call, which costs a row a twentieth.
  /// The pointers are to the `SocketSample` and to the `ByteCursor`.
  typealias Mark = @convention(c) @Sendable (UnsafeMutableRawPointer) -> Void
  typealias Set32 = @convention(c) @Sendable (UnsafeMutableRawPointer, UInt32) -> Void
  typealias Set64 = @convention(c) @Sendable (UnsafeMutableRawPointer, UInt64) -> Void
  typealias SetTime = @convention(c) @Sendable (UnsafeMutableRawPointer, Nanoseconds) -> Void
  typealias Form =
    @convention(c) @Sendable (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Bool

  enum Effect: BitwiseCopyable, Sendable {
    /// Known, of no use here, one word.
    case ignored
    /// Known, of no use here, a key and a word behind it (`version: 1.3`).
    case ignoredPair
    /// The process list, which may go on over line ends.
    case users
    /// A mark without a value.
    case mark(Mark)
    /// Decimal digits.
    case figure(Set32)
    case wideFigure(Set64)
    /// Milliseconds, perhaps with a fraction.
    case duration(SetTime)
    /// Bits a second, behind a blank (`send 1.2Mbps`), and perhaps the most they may be
    /// (`pacing_rate 1bps/2bps`).
    case rate(Set64, maximum: Set64?)
    /// A text: the number of its name.
    case name(Set32)
    /// A form of its own; false when the value has another.
    case form(Form)
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

  /// A word's place in the table, and what must be known before its effect.
  struct Entry: BitwiseCopyable {
    let number: UInt8
    let isInfo: Bool
    /// How many words are passed over where it is met.
    let ignoredWords: UInt8

    init(_ word: SocketWord, number: Int) {
      self.number = UInt8(truncatingIfNeeded: number)
      isInfo = word.isInfo
      switch word.effect {
      case .ignored: ignoredWords = 1
      case .ignoredPair: ignoredWords = 2
      default: ignoredWords = 0
      }
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
    .form("timer:", tellsLife: true) { $1.cursor.pointee.timer(&$0.row.pointee.timer) },
    .form("uid:", tellsLife: true) {
      stored($1.cursor.pointee.decimal32(), in: &$0.row.pointee.uid)
    },
    .form("ino:", tellsLife: true) {
      stored($1.cursor.pointee.decimal(), in: &$0.row.pointee.inode)
    },
    .form("sk:", tellsLife: true) {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let cookie = cursor.pointee.hexadecimal() else { return false }
      row.pointee.cookie = cookie == 0 ? nil : cookie
      return true
    },
    .form("fwmark:", tellsLife: true) {
      stored(
        $1.cursor.pointee.prefixedHexadecimal().map { UInt32(clamping: $0) },
        in: &$0.row.pointee.mark)
    },
    SocketWord(spelling: "cgroup:", effect: .name { $0.row.pointee.cgroup = NameID(rawValue: $1) }),
    .form("v6only:", tellsLife: true) {
      stored($1.cursor.pointee.decimal().map { $0 != 0 }, in: &$0.row.pointee.isIPv6Only)
    },
    .form("tos:", tellsLife: true) {
      stored(
        $1.cursor.pointee.prefixedHexadecimal().map { UInt8(clamping: $0) },
        in: &$0.row.pointee.typeOfService)
    },
    .form("tclass:", tellsLife: true) {
      stored(
        $1.cursor.pointee.prefixedHexadecimal().map { UInt8(clamping: $0) },
        in: &$0.row.pointee.trafficClass)
    },
    .form("class_id:", tellsLife: true) {
      stored(
        $1.cursor.pointee.prefixedHexadecimal().map { UInt32(clamping: $0) },
        in: &$0.row.pointee.classID)
    },
    .form("skmem:") { $1.cursor.pointee.memory(&$0.row.pointee.memory) },
    .form("mem:") { $1.cursor.pointee.memory(&$0.row.pointee.memory) },
    .form("inet-sockopt:", tellsLife: true) { $1.cursor.pointee.skipParentheses() },
    .form("opt:", tellsLife: true) { $1.cursor.pointee.skipQuoted() },
  ]

  /// Which directions were shut down.
  private static let ofShutdown: [SocketWord] = [
    SocketWord(spelling: "<->", effect: .mark { $0.row.pointee.shutdown = [] }, tellsLife: true),
    SocketWord(
      spelling: "-->", effect: .mark { $0.row.pointee.shutdown = .receive }, tellsLife: true),
    SocketWord(spelling: "<--", effect: .mark { $0.row.pointee.shutdown = .send }, tellsLife: true),
    SocketWord(
      spelling: "---", effect: .mark { $0.row.pointee.shutdown = [.receive, .send] },
      tellsLife: true),
  ]

  private static let marks: [SocketWord] = [
    .mark("ts") { $0.row.pointee.info?.flags.insert(.timestamps) },
    .mark("usec_ts") { $0.row.pointee.info?.flags.insert(.microsecondTimestamps) },
    .mark("sack") { $0.row.pointee.info?.flags.insert(.sack) },
    .mark("ecn") { $0.row.pointee.info?.flags.insert(.ecn) },
    .mark("ecnseen") { $0.row.pointee.info?.flags.insert(.ecnSeen) },
    .mark("fastopen") { $0.row.pointee.info?.flags.insert(.fastOpen) },
    .mark("bidir") { $0.row.pointee.info?.flags.insert(.bidirectional) },
    .mark("app_limited") { $0.row.pointee.info?.flags.insert(.applicationLimited) },
  ]

  private static let figures: [SocketWord] = [
    .infoForm("wscale:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let send = cursor.pointee.figure() else { return false }
      row.pointee.info?.sendWindowScale = UInt8(clamping: send)
      guard cursor.pointee.skip(UInt8(ascii: ",")), let receive = cursor.pointee.decimal() else {
        return false
      }
      row.pointee.info?.receiveWindowScale = UInt8(clamping: receive)
      return true
    },
    .infoForm("retrans:", tellsLife: true) {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let current = cursor.pointee.figure() else { return false }
      row.pointee.info?.retransmitting = UInt32(clamping: current)
      guard cursor.pointee.skip(UInt8(ascii: "/")), let total = cursor.pointee.decimal32() else {
        return false
      }
      row.pointee.info?.totalRetransmissions = total
      return true
    },
    .wideFigure("bytes_sent:") { $0.row.pointee.info?.bytesSent = $1 },
    .wideFigure("bytes_retrans:") { $0.row.pointee.info?.bytesRetransmitted = $1 },
    .wideFigure("bytes_acked:", tellsLife: true) { $0.row.pointee.info?.bytesAcked = $1 },
    .wideFigure("bytes_received:", tellsLife: true) { $0.row.pointee.info?.bytesReceived = $1 },
    .figure("backoff:") { $0.row.pointee.info?.backoff = $1 },
    .figure("qack:") { $0.row.pointee.info?.quickACKs = $1 },
    .figure("mss:") { $0.row.pointee.info?.mss = $1 },
    .figure("pmtu:") { $0.row.pointee.info?.pathMTU = $1 },
    .figure("rcvmss:") { $0.row.pointee.info?.receiveMSS = $1 },
    .figure("advmss:") { $0.row.pointee.info?.advertisedMSS = $1 },
    .figure("cwnd:", tellsLife: true) { $0.row.pointee.info?.congestionWindow = $1 },
    .figure("ssthresh:") { $0.row.pointee.info?.slowStartThreshold = $1 },
    .figure("segs_out:", tellsLife: true) { $0.row.pointee.info?.segmentsOut = $1 },
    .figure("segs_in:", tellsLife: true) { $0.row.pointee.info?.segmentsIn = $1 },
    .figure("data_segs_out:") { $0.row.pointee.info?.dataSegmentsOut = $1 },
    .figure("data_segs_in:") { $0.row.pointee.info?.dataSegmentsIn = $1 },
    .figure("delivered:") { $0.row.pointee.info?.delivered = $1 },
    .figure("delivered_ce:") { $0.row.pointee.info?.deliveredCE = $1 },
    .figure("unacked:") { $0.row.pointee.info?.unacknowledged = $1 },
    .figure("lost:") { $0.row.pointee.info?.lost = $1 },
    .figure("sacked:") { $0.row.pointee.info?.sacked = $1 },
    .figure("dsack_dups:") { $0.row.pointee.info?.duplicateSACKs = $1 },
    .figure("fackets:") { $0.row.pointee.info?.forwardACKs = $1 },
    .figure("reordering:") { $0.row.pointee.info?.reordering = $1 },
    .figure("reord_seen:") { $0.row.pointee.info?.reorderingSeen = $1 },
    .figure("rcv_space:") { $0.row.pointee.info?.receiveSpace = $1 },
    .figure("rcv_ssthresh:") { $0.row.pointee.info?.receiveThreshold = $1 },
    .figure("notsent:") { $0.row.pointee.info?.notSent = $1 },
    .figure("rcv_ooopack:") { $0.row.pointee.info?.outOfOrder = $1 },
    .figure("snd_wnd:") { $0.row.pointee.info?.sendWindow = $1 },
    .figure("rcv_wnd:") { $0.row.pointee.info?.receiveWindow = $1 },
    .figure("rehash:") { $0.row.pointee.info?.rehash = $1 },
    .infoForm("bbr:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let model = TCPInfo.BBR(&cursor.pointee) else { return false }
      row.pointee.info?.bbr = model
      return cursor.pointee.skip(UInt8(ascii: ")"))
    },
    .infoForm("dctcp:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let model = TCPInfo.DCTCP(&cursor.pointee) else { return false }
      row.pointee.info?.dctcp = model
      return true
    },
  ]

  private static let durations: [SocketWord] = [
    .duration("rto:", tellsLife: true) { $0.row.pointee.info?.retransmissionTimeout = $1 },
    .infoForm("rtt:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let smoothed = cursor.pointee.milliseconds() else { return false }
      row.pointee.info?.rtt = smoothed
      guard cursor.pointee.skip(UInt8(ascii: "/")), let variation = cursor.pointee.milliseconds()
      else {
        return false
      }
      row.pointee.info?.rttVariation = variation
      return true
    },
    .duration("ato:") { $0.row.pointee.info?.ackTimeout = $1 },
    .duration("lastsnd:") { $0.row.pointee.info?.lastSent = $1 },
    .duration("lastrcv:") { $0.row.pointee.info?.lastReceived = $1 },
    .duration("lastack:") { $0.row.pointee.info?.lastACK = $1 },
    .duration("rcv_rtt:") { $0.row.pointee.info?.receiveRTT = $1 },
    .duration("minrtt:") { $0.row.pointee.info?.minimumRTT = $1 },
    .infoForm("busy:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let time = cursor.pointee.milliseconds() else { return false }
      row.pointee.info?.busy = time
      return cursor.pointee.skip("ms")
    },
    .infoForm("rwnd_limited:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let time = cursor.pointee.milliseconds() else { return false }
      row.pointee.info?.receiveWindowLimited = time
      return cursor.pointee.skip("ms") && cursor.pointee.skipShare()
    },
    .infoForm("sndbuf_limited:") {
      let (row, cursor) = ($0.row, $1.cursor)
      guard let time = cursor.pointee.milliseconds() else { return false }
      row.pointee.info?.sendBufferLimited = time
      return cursor.pointee.skip("ms") && cursor.pointee.skipShare()
    },
  ]

  private static let rates: [SocketWord] = [
    .rate("send") { $0.row.pointee.info?.sendRate = $1 },
    .rate("delivery_rate") { $0.row.pointee.info?.deliveryRate = $1 },
    .rate("pacing_rate") {
      $0.row.pointee.info?.pacingRate = $1
    } maximum: {
      $0.row.pointee.info?.maximumPacingRate = $1
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
    _ read: Form
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .form(read), tellsLife: tellsLife)
  }

  private static func infoForm(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ read: Form
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .form(read), isInfo: true, tellsLife: tellsLife)
  }

  private static func mark(
    _ spelling: StaticString, _ set: Mark
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .mark(set), isInfo: true)
  }

  private static func figure(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: Set32
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .figure(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func wideFigure(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: Set64
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .wideFigure(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func duration(
    _ spelling: StaticString, tellsLife: Bool = false,
    _ set: SetTime
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .duration(set), isInfo: true, tellsLife: tellsLife)
  }

  private static func rate(
    _ spelling: StaticString, _ set: Set64,
    maximum: Set64? = nil
  ) -> SocketWord {
    SocketWord(spelling: spelling, effect: .rate(set, maximum: maximum), isInfo: true)
  }

  /// False when there was no value of the form.
  private static func stored<Value>(_ value: Value?, in field: inout Value?) -> Bool {
    field = value
    return value != nil
  }
}

extension UnsafeMutableRawPointer {
  fileprivate var row: UnsafeMutablePointer<SocketSample> {
    assumingMemoryBound(to: SocketSample.self)
  }

  fileprivate var cursor: UnsafeMutablePointer<ByteCursor> {
    assumingMemoryBound(to: ByteCursor.self)
  }
}
