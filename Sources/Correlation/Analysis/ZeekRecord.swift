import TCPModel

/// What is needed to say `conn_state` and `history` as Zeek's conn.log does.
///
/// Zeek has five coarse states an endpoint and no notion of arrival, so this is a machine of its
/// own beside `EndpointStates`: its users' scripts rely on its words as they are.
struct ZeekRecord: BitwiseCopyable {
  private var endpoints = InlineArray<2, ZeekEndpoint>(repeating: ZeekEndpoint())
  private(set) var originatorIsLow = false
  private var length: UInt8 = 0
  private var letters = InlineArray<22, UInt8>(repeating: 0)
  /// When the second end closed or was reset; 0 while one is open.
  private(set) var closed = Timestamp(nanoseconds: 0)

  enum State: UInt8, BitwiseCopyable {
    case inactive, synSent, synACKSent, partial, established, closed, reset
  }

  struct ZeekEndpoint: BitwiseCopyable {
    var state: State = .inactive
    var previous: State = .inactive
    var seen: UInt8 = 0
    var hasFIN = false
    var start = SequenceNumber(0)
    var last = SequenceNumber(0)
    var acked = SequenceNumber(0)
    var lastFIN: UInt32 = 0
    var lastSYN: UInt32 = 0
    var lastRST: UInt32 = 0
    var retransmissions: UInt32 = 0
    var zeroWindows: UInt32 = 0
    var gaps: UInt32 = 0

    mutating func enter(_ new: State) {
      if new != state {
        previous = state
        state = new
      }
    }

    fileprivate mutating func fold(_ analysis: SequenceAnalysisRecord) {
      start.fold(analysis.baseSequence)
      last.fold(analysis.nextSequence)
      acked.fold(analysis.nextSequence)
    }

    var hasEnded: Bool { state == .closed || state == .reset }

    @inline(__always)
    var isOpenOrClosed: Bool { state == .established || state == .closed }

    /// Established, or closed after having been so: only then does Zeek speak of gaps.
    var isClean: Bool {
      state == .established || (state == .closed && previous == .established)
    }

    /// Bytes by sequence numbers, SYN and FIN not counted.
    var size: UInt32 {
      let end = acked.isBefore(last) ? last : acked
      let size = UInt32(bitPattern: start.distance(to: end))
      let virtual: UInt32 = hasFIN ? 2 : 1
      return size > virtual ? size - virtual : 0
    }
  }

  private enum Seen {
    static let syn: UInt8 = 1 << 0
    static let fin: UInt8 = 1 << 1
    static let rst: UInt8 = 1 << 2
    static let data: UInt8 = 1 << 3
    static let ack: UInt8 = 1 << 4
    static let multi: UInt8 = 1 << 5
    static let finRST: UInt8 = 1 << 6
  }

  /// A jump that Zeek does not believe of a SYN or RST.
  private static let largeStep: Int32 = 1 << 20

  init() {}

  /// The first segment decides who is the originator; without a SYN, well-known ports may turn
  /// it round.
  init(first segment: SegmentView) {
    originatorIsLow = segment.isFromLow
    if segment.flags.intersection(.synACK) == .syn { return }
    let from = segment.isFromLow ? segment.key.low.port : segment.key.high.port
    let to = segment.isFromLow ? segment.key.high.port : segment.key.low.port
    let isAnswer = segment.flags.contains(.syn)
    if ZeekRecord.isLikelyServer(from), isAnswer || !ZeekRecord.isLikelyServer(to) || from < to {
      originatorIsLow.toggle()
      append(UInt8(ascii: "^"))
    }
  }

  private subscript(isLow: Bool) -> ZeekEndpoint {
    @inline(__always) get { endpoints[isLow ? 0 : 1] }
    @inline(__always) _modify { yield &endpoints[isLow ? 0 : 1] }
  }

  /// For `ConnectionRecord.fold`.
  mutating func fold(_ low: SequenceAnalysisRecord, _ high: SequenceAnalysisRecord) {
    self[true].fold(low)
    self[false].fold(high)
  }

  /// For `ConnectionRecord.fold`.
  mutating func foldClosed(_ secondFIN: Timestamp) {
    if bothHaveEnded { closed.fold(secondFIN) }
  }

  // MARK: One segment

  /// - Parameter gaps: How many holes the segment's acknowledgment passes over.
  @inline(__always)
  mutating func note(_ segment: SegmentView, gaps: UInt32) {
    let isLow = segment.isFromLow
    guard gaps == 0, isRoutine(segment, isLow) else {
      noteOutOfLine(segment, gaps: gaps)
      return
    }
    noteInLine(segment)
  }

  /// Data, an ACK or a FIN where the sender's last segment ended.
  @inline(__always)
  mutating func noteInLine(_ segment: SegmentView) {
    let isLow = segment.isFromLow
    if segment.flags.contains(.fin) {
      endInLine(segment)
    } else if segment.payloadLength > 0 {
      if self[isLow].seen & Seen.data == 0 { _ = sees(Seen.data, "D", isLow) }
    } else if self[isLow].seen & Seen.ack == 0 {
      _ = sees(Seen.ack, "A", isLow)
    }
    let end = segment.sequence + segment.payloadLength
    if self[isLow].last.isBefore(end) { self[isLow].last = end }
    if self[!isLow].acked.isBefore(segment.acknowledgment) {
      self[!isLow].acked = segment.acknowledgment
    }
  }

  /// The originator's SYN, or the SYN/ACK to it.
  @inline(__always)
  mutating func open(_ segment: SegmentView, isAnswer: Bool) {
    let isLow = segment.isFromLow
    self[isLow].start = segment.sequence
    self[isLow].acked = segment.sequence
    self[isLow].last = segment.sequence + 1
    _ = sees(Seen.syn, isAnswer ? "H" : "S", isLow)
    if isAnswer {
      self[!isLow].acked = segment.acknowledgment
      self[!isLow].enter(.established)
    }
    self[isLow].enter(isAnswer ? .established : .synSent)
  }

  private mutating func endInLine(_ segment: SegmentView) {
    let isLow = segment.isFromLow
    _ = sees(Seen.fin, "F", isLow)
    self[isLow].hasFIN = true
    self[isLow].last = segment.sequence + segment.payloadLength + 1
    self[isLow].lastFIN = UInt32(
      bitPattern: self[isLow].start.distance(to: self[isLow].last - 1))
    self[isLow].enter(.closed)
    noteClosed(segment)
  }

  @inline(__always)
  private var bothHaveEnded: Bool { self[true].hasEnded && self[false].hasEnded }

  @inline(__always)
  private mutating func noteClosed(_ segment: SegmentView) {
    if closed.nanoseconds == 0, bothHaveEnded { closed = segment.time }
  }

  /// Both have opened and sent up to there, and none was reset.
  @inline(__always)
  func isInLine(_ low: SequenceNumber, _ high: SequenceNumber) -> Bool {
    self[true].isOpenOrClosed && self[false].isOpenOrClosed
      && self[true].last == low && self[false].last == high
  }

  /// Whether a FIN would be the first one.
  @inline(__always)
  func mayEnd(_ isLow: Bool) -> Bool { self[isLow].state == .established && !self[isLow].hasFIN }

  /// Most segments: data or an ACK of an established connection, which tells at most its kind.
  @inline(__always)
  private func isRoutine(_ segment: SegmentView, _ isLow: Bool) -> Bool {
    self[isLow].state == .established && self[!isLow].state == .established
      && segment.window != 0 && segment.acknowledgment.rawValue != 0
      && segment.flags.intersection(.controlACK) == .ack
      && (segment.payloadLength == 0
        || self[isLow].last.isBefore(segment.sequence + segment.payloadLength))
  }

  private mutating func noteOutOfLine(_ segment: SegmentView, gaps: UInt32) {
    let isLow = segment.isFromLow
    let flags = segment.flags
    let length =
      (flags.contains(.rst) ? 0 : segment.payloadLength) &+ (flags.contains(.syn) ? 1 : 0)
      &+ (flags.contains(.fin) ? 1 : 0)
    let end = segment.sequence + length
    beginEndpoint(segment, end)
    writeHistory(segment)
    if segment.window == 0, !flags.contains(.rst), self[!isLow].state != .closed,
      self[isLow].state != .reset
    {
      self[isLow].zeroWindows &+= 1
      appendScaled("W", isLow, self[isLow].zeroWindows)
    }
    if flags.contains(.fin) { self[isLow].hasFIN = true }
    if flags.contains(.ack) { noteACK(segment) }
    noteSequenceEnd(segment, end)
    moveState(segment)
    noteClosed(segment)
    if gaps > 0, self[true].isClean, self[false].isClean {
      self[!isLow].gaps &+= gaps
      appendScaled("G", !isLow, self[!isLow].gaps)
    }
  }

  @inline(__always)
  private mutating func beginEndpoint(_ segment: SegmentView, _ end: SequenceNumber) {
    let isLow = segment.isFromLow
    let isSYN = segment.flags.contains(.syn)
    switch self[isLow].state {
    case .inactive:
      self[isLow].start = isSYN ? segment.sequence : segment.sequence - 1
      self[isLow].acked = self[isLow].start
      self[isLow].last = isSYN ? end : segment.sequence
    case .synSent, .synACKSent:
      if isSYN, segment.sequence != self[isLow].start { restart(isLow, segment, end) }
    case .established, .partial:
      if isSYN { restart(isLow, segment, end) }
    case .reset:
      if isSYN, self[isLow].previous == .inactive { restart(isLow, segment, end) }
    case .closed:
      break
    }
  }

  private mutating func restart(_ isLow: Bool, _ segment: SegmentView, _ end: SequenceNumber) {
    self[isLow].start = segment.sequence
    self[isLow].acked = segment.sequence
    self[isLow].last = end
  }

  @inline(__always)
  private mutating func noteACK(_ segment: SegmentView) {
    let peer = !segment.isFromLow
    if self[peer].state == .inactive {
      self[peer].start = segment.acknowledgment - 1
      self[peer].acked = self[peer].start
      self[peer].last = self[peer].start
    } else if !segment.flags.contains(.rst) {
      let step = self[peer].acked.distance(to: segment.acknowledgment)
      let isBroken = segment.acknowledgment.rawValue == 0 && step > ZeekRecord.largeStep
      if step > 0, !isBroken { self[peer].acked = segment.acknowledgment }
    }
  }

  @inline(__always)
  private mutating func noteSequenceEnd(_ segment: SegmentView, _ end: SequenceNumber) {
    let isLow = segment.isFromLow
    let flags = segment.flags
    let step = self[isLow].last.distance(to: end)
    if flags.contains(.syn) || flags.contains(.rst),
      step > ZeekRecord.largeStep || step < -ZeekRecord.largeStep
    {
      return
    }
    if flags.contains(.fin), self[isLow].last == self[isLow].start + 1 {
      self[isLow].last = end
    } else if self[isLow].state == .reset {
      return
    } else if step > 0 {
      self[isLow].last = end
    } else if segment.payloadLength > 0 {
      self[isLow].retransmissions &+= 1
      appendScaled("T", isLow, self[isLow].retransmissions)
    }
  }

  // MARK: States

  @inline(__always)
  private mutating func moveState(_ segment: SegmentView) {
    let isLow = segment.isFromLow
    let flags = segment.flags
    switch self[isLow].state {
    case .inactive:
      leaveInactive(segment)
    case .synSent, .synACKSent:
      if flags.contains(.fin) { self[isLow].enter(.closed) }
      if flags.contains(.rst) { self[isLow].enter(.reset) }
    case .established, .partial:
      if flags.contains(.syn), self[isLow].state == .partial, self[!isLow].state == .inactive,
        !flags.contains(.ack)
      {
        self[isLow].enter(.synSent)
      }
      if flags.contains(.fin), !flags.contains(.rst) {
        self[isLow].enter(.closed)
        if self[!isLow].state == .reset, self[!isLow].previous == .closed {
          self[!isLow].enter(.closed)
        }
      }
      if flags.contains(.rst) { self[isLow].enter(.reset) }
    case .closed:
      if flags.contains(.rst), self[!isLow].state != .closed { self[isLow].enter(.reset) }
    case .reset:
      break
    }
  }

  private mutating func leaveInactive(_ segment: SegmentView) {
    let isLow = segment.isFromLow
    let flags = segment.flags
    if flags.contains(.syn) {
      if isLow == originatorIsLow {
        self[isLow].enter(flags.contains(.ack) ? .synACKSent : .synSent)
      } else {
        if !flags.contains(.ack), self[!isLow].state == .synACKSent,
          segment.sequence == self[isLow].start
        {
          // The SYN/ACK was captured before its SYN.
          originatorIsLow.toggle()
          append(UInt8(ascii: "^"))
          self[!isLow].enter(.established)
        }
        if self[!isLow].state == .synSent { self[!isLow].enter(.established) }
        self[isLow].enter(.established)
      }
    }
    if flags.contains(.fin) { self[isLow].enter(.closed) }
    if flags.contains(.rst) { self[isLow].enter(.reset) }
    guard self[isLow].state == .inactive else { return }
    if isLow != originatorIsLow, segment.payloadLength == 0, self[!isLow].state == .synSent {
      return
    }
    let isLate = flags.contains(.ack) && self[!isLow].state == .established
    self[isLow].enter(isLate ? .established : .partial)
  }

  // MARK: History

  @inline(__always)
  private mutating func writeHistory(_ segment: SegmentView) {
    let isLow = segment.isFromLow
    let flags = segment.flags
    let place = UInt32(bitPattern: self[isLow].start.distance(to: segment.sequence))
    let control = flags.intersection(.control)
    switch control {
    case []:
      if segment.payloadLength > 0 {
        _ = sees(Seen.data, "D", isLow)
      } else if flags.contains(.ack) {
        _ = sees(Seen.ack, "A", isLow)
      }
    case .syn:
      let letter: UnicodeScalar = flags.contains(.ack) ? "H" : "S"
      if sees(Seen.syn, letter, isLow), place != self[isLow].lastSYN { append(letter, isLow) }
      self[isLow].lastSYN = place
    case .fin:
      let end = place &+ segment.payloadLength
      if sees(Seen.fin, "F", isLow), end != self[isLow].lastFIN { append("F", isLow) }
      self[isLow].lastFIN = end
    case .rst:
      if sees(Seen.rst, "R", isLow), place != self[isLow].lastRST { append("R", isLow) }
      self[isLow].lastRST = place
    default:
      if control.isSuperset(of: [.fin, .rst]) {
        _ = sees(Seen.finRST, "I", isLow)
      } else {
        _ = sees(Seen.multi, "Q", isLow)
      }
    }
  }

  /// Writes the letter the first time and says whether it was there before.
  private mutating func sees(_ bit: UInt8, _ letter: UnicodeScalar, _ isLow: Bool) -> Bool {
    if self[isLow].seen & bit != 0 { return true }
    self[isLow].seen |= bit
    append(letter, isLow)
    return false
  }

  /// At 1, 10, 100, ... of a kind.
  private mutating func appendScaled(_ letter: UnicodeScalar, _ isLow: Bool, _ count: UInt32) {
    var power: UInt32 = 1
    while power < count, power <= .max / 10 { power *= 10 }
    if power == count { append(letter, isLow) }
  }

  private mutating func append(_ letter: UnicodeScalar, _ isLow: Bool) {
    let upper = UInt8(truncatingIfNeeded: letter.value)
    append(isLow == originatorIsLow ? upper : upper | 0x20)
  }

  private mutating func append(_ letter: UInt8) {
    guard Int(length) < letters.count else { return }
    letters[Int(length)] = letter
    length += 1
  }

  // MARK: Words

  var history: String {
    String(unsafeUninitializedCapacity: Int(length)) { buffer in
      for index in 0..<Int(length) { buffer[index] = letters[index] }
      return Int(length)
    }
  }

  /// From the first segment to the one that closed the second end, or to the last one: what comes after
  /// both have closed, as the ACK of the last FIN, does not count there.
  func duration(from start: Timestamp, to latest: Timestamp) -> Nanoseconds {
    (closed.nanoseconds == 0 ? latest : closed).since(start)
  }

  /// The thirteen values of Zeek's `conn_state`.
  var connState: String {
    let originator = self[originatorIsLow]
    let responder = self[!originatorIsLow]
    let isOriginatorSilent = originator.state == .inactive || originator.state == .partial
    let isResponderSilent = responder.state == .inactive || responder.state == .partial
    switch (originator.state, responder.state) {
    case (.synSent, .reset), (.synACKSent, .reset):
      return "REJ"
    case (_, .reset):
      if originator.state == .reset, originator.size == 0, responder.size == 0 { return "REJ" }
      return isOriginatorSilent ? "RSTRH" : "RSTR"
    case (.reset, _):
      if !isResponderSilent { return "RSTO" }
      return resetsUnansweredSYN ? "RSTOS0" : "OTH"
    case (.closed, .closed): return "SF"
    case (.closed, _): return isResponderSilent ? "SH" : "S2"
    case (_, .closed): return isOriginatorSilent ? "SHR" : "S3"
    case (.synSent, .inactive): return "S0"
    case (.established, .established): return "S1"
    default: return "OTH"
    }
  }

  /// The history begins with the originator's SYN and goes on to its RST without more of it.
  private var resetsUnansweredSYN: Bool {
    var isAfterSYN = false
    for index in 0..<Int(length) {
      switch letters[index] {
      case UInt8(ascii: "^") where index == 0: continue
      case UInt8(ascii: "S") where !isAfterSYN: isAfterSYN = true
      case _ where !isAfterSYN: return false
      case UInt8(ascii: "R"): return true
      case UInt8(ascii: "H"), UInt8(ascii: "A"), UInt8(ascii: "F"), UInt8(ascii: "G"),
        UInt8(ascii: "I"), UInt8(ascii: "Q"):
        return false
      default: continue
      }
    }
    return false
  }

  /// The ports Zeek's own analysers are registered for, as far as they are TCP.
  private static func isLikelyServer(_ port: UInt16) -> Bool {
    switch port {
    case 21, 22, 25, 53, 80, 81, 88, 110, 135, 139, 143, 389, 443, 445, 502, 563, 585, 587, 614,
      631, 636, 989, 990, 992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222,
      5223, 5269, 5432, 6379, 6666...6669, 8000, 8080, 8888, 20000:
      true
    default: false
    }
  }
}
