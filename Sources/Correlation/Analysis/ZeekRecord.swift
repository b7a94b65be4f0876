import TCPModel

/// What is needed to say `conn_state` and `history` as Zeek's conn.log does.
///
/// Zeek has five coarse states an endpoint and no notion of arrival, so this is a machine of its
/// own beside `EndpointStates`: its users' scripts rely on its words as they are.
struct ZeekRecord: BitwiseCopyable {
  private var endpoints = InlineArray<2, ZeekEndpoint>(repeating: ZeekEndpoint())
  private(set) var originator = End.low
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
    originator = segment.from
    if segment.flags.intersection(.synACK) == .syn { return }
    let from = segment.key[segment.from].port
    let to = segment.key[segment.from.other].port
    let isAnswer = segment.flags.contains(.syn)
    if ZeekRecord.isLikelyServer(from), isAnswer || !ZeekRecord.isLikelyServer(to) || from < to {
      originator = originator.other
      append(UInt8(ascii: "^"))
    }
  }

  private subscript(end: End) -> ZeekEndpoint {
    @inline(__always) get { endpoints[end.index] }
    @inline(__always) _modify { yield &endpoints[end.index] }
  }

  /// For `ConnectionRecord.fold`.
  mutating func fold(_ low: SequenceAnalysisRecord, _ high: SequenceAnalysisRecord) {
    self[.low].fold(low)
    self[.high].fold(high)
  }

  /// For `ConnectionRecord.fold`.
  mutating func foldClosed(_ secondFIN: Timestamp) {
    if bothHaveEnded { closed.fold(secondFIN) }
  }

  // MARK: One segment

  /// - Parameter gaps: How many holes the segment's acknowledgment passes over.
  @inline(__always)
  mutating func note(_ segment: SegmentView, gaps: UInt32) {
    let sender = segment.from
    guard gaps == 0, isRoutine(segment, sender) else {
      noteOutOfLine(segment, gaps: gaps)
      return
    }
    noteInLine(segment)
  }

  /// Data, an ACK or a FIN where the sender's last segment ended.
  @inline(__always)
  mutating func noteInLine(_ segment: SegmentView) {
    let sender = segment.from
    if segment.flags.contains(.fin) {
      endInLine(segment)
    } else if segment.payloadLength > 0 {
      if self[sender].seen & Seen.data == 0 { _ = sees(Seen.data, "D", sender) }
    } else if self[sender].seen & Seen.ack == 0 {
      _ = sees(Seen.ack, "A", sender)
    }
    let end = segment.sequence + segment.payloadLength
    if self[sender].last.isBefore(end) { self[sender].last = end }
    if self[sender.other].acked.isBefore(segment.acknowledgment) {
      self[sender.other].acked = segment.acknowledgment
    }
  }

  /// The originator's SYN, or the SYN/ACK to it.
  @inline(__always)
  mutating func open(_ segment: SegmentView, isAnswer: Bool) {
    let sender = segment.from
    self[sender].start = segment.sequence
    self[sender].acked = segment.sequence
    self[sender].last = segment.sequence + 1
    _ = sees(Seen.syn, isAnswer ? "H" : "S", sender)
    if isAnswer {
      self[sender.other].acked = segment.acknowledgment
      self[sender.other].enter(.established)
    }
    self[sender].enter(isAnswer ? .established : .synSent)
  }

  private mutating func endInLine(_ segment: SegmentView) {
    let sender = segment.from
    _ = sees(Seen.fin, "F", sender)
    self[sender].hasFIN = true
    self[sender].last = segment.sequence + segment.payloadLength + 1
    self[sender].lastFIN = UInt32(
      bitPattern: self[sender].start.distance(to: self[sender].last - 1))
    self[sender].enter(.closed)
    noteClosed(segment)
  }

  @inline(__always)
  private var bothHaveEnded: Bool { self[.low].hasEnded && self[.high].hasEnded }

  @inline(__always)
  private mutating func noteClosed(_ segment: SegmentView) {
    if closed.nanoseconds == 0, bothHaveEnded { closed = segment.time }
  }

  /// Both have opened and sent up to there, and none was reset.
  @inline(__always)
  func isInLine(_ low: SequenceNumber, _ high: SequenceNumber) -> Bool {
    self[.low].isOpenOrClosed && self[.high].isOpenOrClosed
      && self[.low].last == low && self[.high].last == high
  }

  /// One of both sent a segment that does nothing but acknowledge.
  var holdsBareACKs: Bool { (self[.low].seen | self[.high].seen) & Seen.ack != 0 }

  /// Whether a FIN would be the first one.
  @inline(__always)
  func mayEnd(_ sender: End) -> Bool { self[sender].state == .established && !self[sender].hasFIN }

  /// Most segments: data or an ACK of an established connection, which tells at most its kind.
  @inline(__always)
  private func isRoutine(_ segment: SegmentView, _ sender: End) -> Bool {
    self[sender].state == .established && self[sender.other].state == .established
      && segment.window != 0 && segment.acknowledgment.rawValue != 0
      && segment.flags.intersection(.controlACK) == .ack
      && (segment.payloadLength == 0
        || self[sender].last.isBefore(segment.sequence + segment.payloadLength))
  }

  private mutating func noteOutOfLine(_ segment: SegmentView, gaps: UInt32) {
    let sender = segment.from
    let flags = segment.flags
    let length =
      (flags.contains(.rst) ? 0 : segment.payloadLength) &+ (flags.contains(.syn) ? 1 : 0)
      &+ (flags.contains(.fin) ? 1 : 0)
    let end = segment.sequence + length
    beginEndpoint(segment, end)
    writeHistory(segment)
    if segment.window == 0, !flags.contains(.rst), self[sender.other].state != .closed,
      self[sender].state != .reset
    {
      self[sender].zeroWindows &+= 1
      appendScaled("W", sender, self[sender].zeroWindows)
    }
    if flags.contains(.fin) { self[sender].hasFIN = true }
    if flags.contains(.ack) { noteACK(segment) }
    noteSequenceEnd(segment, end)
    moveState(segment)
    noteClosed(segment)
    if gaps > 0, self[.low].isClean, self[.high].isClean {
      self[sender.other].gaps &+= gaps
      appendScaled("G", sender.other, self[sender.other].gaps)
    }
  }

  @inline(__always)
  private mutating func beginEndpoint(_ segment: SegmentView, _ end: SequenceNumber) {
    let sender = segment.from
    let isSYN = segment.flags.contains(.syn)
    switch self[sender].state {
    case .inactive:
      self[sender].start = isSYN ? segment.sequence : segment.sequence - 1
      self[sender].acked = self[sender].start
      self[sender].last = isSYN ? end : segment.sequence
    case .synSent, .synACKSent:
      if isSYN, segment.sequence != self[sender].start { restart(sender, segment, end) }
    case .established, .partial:
      if isSYN { restart(sender, segment, end) }
    case .reset:
      if isSYN, self[sender].previous == .inactive { restart(sender, segment, end) }
    case .closed:
      break
    }
  }

  private mutating func restart(_ sender: End, _ segment: SegmentView, _ end: SequenceNumber) {
    self[sender].start = segment.sequence
    self[sender].acked = segment.sequence
    self[sender].last = end
  }

  @inline(__always)
  private mutating func noteACK(_ segment: SegmentView) {
    let peer = segment.from.other
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
    let sender = segment.from
    let flags = segment.flags
    let step = self[sender].last.distance(to: end)
    if flags.contains(.syn) || flags.contains(.rst),
      step > ZeekRecord.largeStep || step < -ZeekRecord.largeStep
    {
      return
    }
    if flags.contains(.fin), self[sender].last == self[sender].start + 1 {
      self[sender].last = end
    } else if self[sender].state == .reset {
      return
    } else if step > 0 {
      self[sender].last = end
    } else if segment.payloadLength > 0 {
      self[sender].retransmissions &+= 1
      appendScaled("T", sender, self[sender].retransmissions)
    }
  }

  // MARK: States

  @inline(__always)
  private mutating func moveState(_ segment: SegmentView) {
    let sender = segment.from
    let flags = segment.flags
    switch self[sender].state {
    case .inactive:
      leaveInactive(segment)
    case .synSent, .synACKSent:
      if flags.contains(.fin) { self[sender].enter(.closed) }
      if flags.contains(.rst) { self[sender].enter(.reset) }
    case .established, .partial:
      if flags.contains(.syn), self[sender].state == .partial,
        self[sender.other].state == .inactive,
        !flags.contains(.ack)
      {
        self[sender].enter(.synSent)
      }
      if flags.contains(.fin), !flags.contains(.rst) {
        self[sender].enter(.closed)
        if self[sender.other].state == .reset, self[sender.other].previous == .closed {
          self[sender.other].enter(.closed)
        }
      }
      if flags.contains(.rst) { self[sender].enter(.reset) }
    case .closed:
      if flags.contains(.rst), self[sender.other].state != .closed { self[sender].enter(.reset) }
    case .reset:
      break
    }
  }

  private mutating func leaveInactive(_ segment: SegmentView) {
    let sender = segment.from
    let flags = segment.flags
    if flags.contains(.syn) {
      if sender == originator {
        self[sender].enter(flags.contains(.ack) ? .synACKSent : .synSent)
      } else {
        if !flags.contains(.ack), self[sender.other].state == .synACKSent,
          segment.sequence == self[sender].start
        {
          // The SYN/ACK was captured before its SYN.
          originator = originator.other
          append(UInt8(ascii: "^"))
          self[sender.other].enter(.established)
        }
        if self[sender.other].state == .synSent { self[sender.other].enter(.established) }
        self[sender].enter(.established)
      }
    }
    if flags.contains(.fin) { self[sender].enter(.closed) }
    if flags.contains(.rst) { self[sender].enter(.reset) }
    guard self[sender].state == .inactive else { return }
    if sender != originator, segment.payloadLength == 0, self[sender.other].state == .synSent {
      return
    }
    let isLate = flags.contains(.ack) && self[sender.other].state == .established
    self[sender].enter(isLate ? .established : .partial)
  }

  // MARK: History

  @inline(__always)
  private mutating func writeHistory(_ segment: SegmentView) {
    let sender = segment.from
    let flags = segment.flags
    let place = UInt32(bitPattern: self[sender].start.distance(to: segment.sequence))
    let control = flags.intersection(.control)
    switch control {
    case []:
      if segment.payloadLength > 0 {
        _ = sees(Seen.data, "D", sender)
      } else if flags.contains(.ack) {
        _ = sees(Seen.ack, "A", sender)
      }
    case .syn:
      let letter: UnicodeScalar = flags.contains(.ack) ? "H" : "S"
      if sees(Seen.syn, letter, sender), place != self[sender].lastSYN { append(letter, sender) }
      self[sender].lastSYN = place
    case .fin:
      let end = place &+ segment.payloadLength
      if sees(Seen.fin, "F", sender), end != self[sender].lastFIN { append("F", sender) }
      self[sender].lastFIN = end
    case .rst:
      if sees(Seen.rst, "R", sender), place != self[sender].lastRST { append("R", sender) }
      self[sender].lastRST = place
    default:
      if control.isSuperset(of: [.fin, .rst]) {
        _ = sees(Seen.finRST, "I", sender)
      } else {
        _ = sees(Seen.multi, "Q", sender)
      }
    }
  }

  /// Writes the letter the first time and says whether it was there before.
  private mutating func sees(_ bit: UInt8, _ letter: UnicodeScalar, _ end: End) -> Bool {
    if self[end].seen & bit != 0 { return true }
    self[end].seen |= bit
    append(letter, end)
    return false
  }

  /// At 1, 10, 100, ... of a kind.
  private mutating func appendScaled(_ letter: UnicodeScalar, _ end: End, _ count: UInt32) {
    var power: UInt32 = 1
    while power < count, power <= .max / 10 { power *= 10 }
    if power == count { append(letter, end) }
  }

  private mutating func append(_ letter: UnicodeScalar, _ end: End) {
    let upper = UInt8(truncatingIfNeeded: letter.value)
    append(end == originator ? upper : upper | 0x20)
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
    let originator = self[self.originator]
    let responder = self[self.originator.other]
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
