import TCPModel

/// The analysis counts of the connections that have any: most have none, so they live apart.
struct CountsPool: ~Copyable {
  struct Pair: BitwiseCopyable {
    var low = OneSide()
    var high = OneSide()
    // Frames; 0 is none.
    var firstSYNRetransmission: Int64 = 0
    var latestRepeatedSYN = Timestamp(nanoseconds: .min)
    var firstDuplicateFrame: Int64 = 0
    var firstChallengeACK: Int64 = 0
    /// Where something is missing that was not captured: it may come later.
    var firstGap: Int64 = 0
    /// An acknowledgment of what was not captured.
    var firstPassedGap: Int64 = 0
    /// A segment with an earlier time than one before it.
    var firstBackwards: Int64 = 0

    subscript(end: End) -> OneSide {
      get { end == .low ? low : high }
      _modify {
        if end == .low { yield &low } else { yield &high }
      }
    }
  }

  /// What the verdict on a segment does not say.
  struct Circumstances: BitwiseCopyable {
    /// The peer has not used all of a window that closes here.
    var hasRoom: Bool
    /// Nothing of its sender is outstanding: what repeats its last byte asks for the peer, and not for the byte.
    var isAllAcknowledged: Bool
  }

  struct OneSide: BitwiseCopyable {
    var counts = AnalysisCounts()
    // Frames; 0 is none.
    var firstRetransmission: Int64 = 0
    var stuck = StuckSegment()
    /// Of its SACKs: the latest acknowledgment number, and the longest block beside it.
    var sackedAt = SequenceNumber(0)
    var longestSACK: UInt32 = 0
    /// Acknowledgment numbers beside which it reported that something behind is missing.
    private(set) var reportedHoles: UInt32 = 0
    private(set) var firstHoleReport: Int64 = 0
    private var holeReportedAt = SequenceNumber(0)
    var firstForeignSACK: Int64 = 0
    var foreignSACKs: UInt32 = 0
    /// It reported that something arrived twice, by D-SACK (RFC 2883) or a duplicate ACK with nothing under way;
    /// counted is what does not answer one of the peer's `needlessSegments`.
    private(set) var firstDuplicateReport: Int64 = 0
    private(set) var duplicateReports: UInt32 = 0
    private var expectedReports: UInt32 = 0
    /// Segments that it sent again though they were acknowledged.
    var needlessSegments: UInt32 = 0
    private var keepAliveRun: UInt32 = 0
    private var keepAliveSince = Timestamp(nanoseconds: 0)
    /// Of the run: its first and its last probe.
    private(set) var keepAliveFrames = (first: Int64(0), last: Int64(0))
    private var zeroWindowSince = Timestamp(nanoseconds: .min)
    private var zeroWindowFrame: Int64 = 0
    private var zeroWindowStops = ZeroWindowStops()
    /// The peer had not used all of the window when it closed, and has not asked since.
    private var isUnasked = false
    /// Of a closed window that nobody asked for: how long, and since when it is open again.
    private var unaskedTime: Nanoseconds = -1
    private var unaskedUntil = Timestamp(nanoseconds: 0)

    /// - Returns: Whether the peer waited for a window that opens here, only what it sends next shows.
    mutating func noteTimes(
      _ verdict: SegmentVerdict, _ segment: SegmentView, _ circumstances: Circumstances
    ) -> Bool {
      if verdict.contains(.keepAlive), !verdict.contains(.duplicateFrame),
        circumstances.isAllAcknowledged
      {
        if keepAliveRun == 0 {
          keepAliveSince = segment.time
          keepAliveFrames.first = segment.frame
        }
        keepAliveFrames.last = segment.frame
        keepAliveRun &+= 1
      }
      if verdict.contains(.zeroWindow), zeroWindowSince.nanoseconds == .min {
        zeroWindowSince = segment.time
        zeroWindowFrame = segment.frame
        isUnasked = circumstances.hasRoom
      }
      guard verdict.contains(.windowOpens), zeroWindowSince.nanoseconds != .min else {
        return false
      }
      let time = max(0, segment.time.since(zeroWindowSince))
      zeroWindowSince.nanoseconds = .min
      guard isUnasked else {
        zeroWindowStops.add(time, zeroWindowFrame)
        return false
      }
      unaskedTime = time
      unaskedUntil = segment.time
      return true
    }

    /// The peer sends something, or asks whether the window is open.
    mutating func noteAsking() { isUnasked = false }

    /// What the peer sends first after the window has opened.
    mutating func noteSending(at now: Timestamp, atOnce limit: Nanoseconds) {
      if unaskedTime >= 0, now.since(unaskedUntil) <= limit {
        zeroWindowStops.add(unaskedTime, zeroWindowFrame)
      }
      unaskedTime = -1
    }

    mutating func noteDuplicateReport(_ frame: Int64) {
      if firstDuplicateReport == 0 { firstDuplicateReport = frame }
      if expectedReports > 0 { expectedReports &-= 1 } else { duplicateReports &+= 1 }
    }

    mutating func noteHoleReport(_ segment: SegmentView) {
      if reportedHoles > 0, segment.acknowledgment.isAtOrBefore(holeReportedAt) { return }
      if reportedHoles == 0 { firstHoleReport = segment.frame }
      reportedHoles &+= 1
      holeReportedAt = segment.acknowledgment
    }

    mutating func expectReports(_ count: UInt32) { expectedReports &+= count }

    mutating func noteSACK(_ segment: SegmentView) {
      if segment.acknowledgment != sackedAt {
        sackedAt = segment.acknowledgment
        longestSACK = 0
      }
      for index in 0..<Int(min(segment.options.sackCount, 4)) {
        let block = segment.options.sack[index]
        longestSACK = max(longestSACK, UInt32(clamping: block.left.distance(to: block.right)))
      }
    }

    mutating func keepAliveAnswered() {
      keepAliveRun = 0
    }

    func zeroWindowStops(until end: Timestamp) -> ZeroWindowStops {
      var stops = zeroWindowStops
      if zeroWindowSince.nanoseconds != .min, !isUnasked {
        stops.add(max(0, end.since(zeroWindowSince)), zeroWindowFrame)
      }
      return stops
    }

    func unansweredKeepAlives(_ peerLastSeen: Timestamp) -> Int {
      keepAliveRun > 0 && peerLastSeen < keepAliveSince ? Int(keepAliveRun) : 0
    }
  }

  /// What is counted or noted per segment.
  static let counted: SegmentVerdict =
    .wiresharkMask.subtracting(.portReused).union([
      .duplicateFrame, .challengeACK, .ambiguous, .resent, .windowOpens, .untranslatedSACK,
      .clockBackwards, .passesGap,
    ])

  private var pairs = BlockArray<10, Pair>()
  /// Links of those that nobody will ask for any more.
  private var free: [UInt32] = []

  init() {}

  /// `link` is the connection's place here plus one, 0 while it has none.
  ///
  /// - Returns: As `OneSide.noteTimes`.
  mutating func count(
    _ verdict: SegmentVerdict, _ segment: SegmentView, _ circumstances: Circumstances,
    _ link: inout UInt32
  ) -> Bool {
    if link == 0 { link = take() }
    let pair = pairs.pointer(to: Int(link) - 1)
    let isOpen = CountsPool.note(
      verdict, segment, circumstances, &pair.pointee[segment.from])
    if segment.payloadLength > 0 || !verdict.isDisjoint(with: .probe) {
      pair.pointee[segment.from.other].noteAsking()
    }
    if verdict.contains(.keepAliveACK) { pair.pointee[segment.from.other].keepAliveAnswered() }
    if !verdict.isDisjoint(with: [.synRetransmission, .synACKRetransmission]) {
      CountsPool.mark(segment, &pair.pointee.firstSYNRetransmission)
    }
    if verdict.contains(.synRetransmission) { pair.pointee.latestRepeatedSYN = segment.time }
    if verdict.contains(.duplicateFrame) {
      CountsPool.mark(segment, &pair.pointee.firstDuplicateFrame)
    }
    if !verdict.isDisjoint(with: [.ackedUnseen, .previousSegmentLost]) {
      CountsPool.mark(segment, &pair.pointee.firstGap)
    }
    if verdict.contains(.passesGap) {
      CountsPool.mark(segment, &pair.pointee.firstPassedGap)
    }
    if verdict.contains(.challengeACK) {
      CountsPool.mark(segment, &pair.pointee.firstChallengeACK)
    }
    if verdict.contains(.clockBackwards) {
      CountsPool.mark(segment, &pair.pointee.firstBackwards)
    }
    return isOpen
  }

  func noteNeedless(_ segments: UInt32, of end: End, _ link: UInt32) {
    let pair = pairs.pointer(to: Int(link) - 1)
    pair.pointee[end].needlessSegments &+= segments
    pair.pointee[end.other].expectReports(segments)
  }

  /// A duplicate ACK of that end when all that was sent to it had been acknowledged: it answers what had arrived
  /// before (RFC 9293 3.10.7.4), if anything was sent again.
  func noteDuplicateReport(by end: End, frame: Int64, _ link: UInt32) {
    let pair = pairs.pointer(to: Int(link) - 1)
    if pair.pointee[end.other].firstRetransmission != 0 {
      pair.pointee[end].noteDuplicateReport(frame)
    }
  }

  /// The first thing that is sent to that end since its window has opened.
  func noteSending(to end: End, at now: Timestamp, atOnce limit: Nanoseconds, _ link: UInt32) {
    if link == 0 { return }
    pairs.pointer(to: Int(link) - 1).pointee[end].noteSending(at: now, atOnce: limit)
  }

  private static func note(
    _ verdict: SegmentVerdict, _ segment: SegmentView, _ circumstances: Circumstances,
    _ sender: inout OneSide
  ) -> Bool {
    add(verdict, to: &sender.counts)
    let isOpen = sender.noteTimes(verdict, segment, circumstances)
    if verdict.contains(.resent), !segment.flags.contains(.syn) {
      mark(segment, &sender.firstRetransmission)
    }
    if verdict.contains(.resentFirst) { sender.stuck.note(segment) }
    if segment.options.sackCount > 0 {
      sender.noteSACK(segment)
      if verdict.contains(.untranslatedSACK) {
        mark(segment, &sender.firstForeignSACK)
        sender.foreignSACKs &+= 1
      } else if segment.reportsDuplicate {
        sender.noteDuplicateReport(segment.frame)
      } else {
        sender.noteHoleReport(segment)
      }
    }
    return isOpen
  }

  private static func mark(_ segment: SegmentView, _ frame: inout Int64) {
    if frame == 0 { frame = segment.frame }
  }

  private mutating func take() -> UInt32 {
    if let link = free.popLast() {
      pairs.pointer(to: Int(link) - 1).pointee = Pair()
      return link
    }
    pairs.add().initialize(to: Pair())
    return UInt32(pairs.count)
  }

  /// Nobody will ask for these counts any more.
  mutating func remove(_ link: UInt32) {
    if link != 0 { free.append(link) }
  }

  func pair(_ link: UInt32) -> Pair {
    link == 0 ? Pair() : pairs[Int(link) - 1]
  }

  private static func add(_ verdict: SegmentVerdict, to counts: inout AnalysisCounts) {
    func bit(_ one: SegmentVerdict) -> UInt32 { verdict.contains(one) ? 1 : 0 }
    counts.retransmissions &+= bit(.retransmission)
    counts.fastRetransmissions &+= bit(.fastRetransmission)
    counts.spuriousRetransmissions &+= bit(.spuriousRetransmission)
    counts.outOfOrder &+= bit(.outOfOrder)
    counts.duplicateACKs &+= bit(.duplicateACK)
    counts.previousSegmentLost &+= bit(.previousSegmentLost)
    counts.ackedUnseen &+= bit(.ackedUnseen)
    counts.keepAlives &+= bit(.keepAlive)
    counts.keepAliveACKs &+= bit(.keepAliveACK)
    counts.zeroWindows &+= bit(.zeroWindow)
    counts.zeroWindowProbes &+= bit(.zeroWindowProbe)
    counts.zeroWindowProbeACKs &+= bit(.zeroWindowProbeACK)
    counts.windowFull &+= bit(.windowFull)
    counts.windowUpdates &+= bit(.windowUpdate)
    counts.duplicateFrames &+= bit(.duplicateFrame)
    counts.challengeACKs &+= bit(.challengeACK)
    counts.ambiguous &+= bit(.ambiguous)
  }
}

extension SegmentView {
  /// RFC 2883 4: its first block is below the acknowledgment, or within the second. A probe is a byte.
  fileprivate var reportsDuplicate: Bool {
    let first = options.sack[0]
    guard first.left.distance(to: first.right) > 1 else { return false }
    if first.right.isAtOrBefore(acknowledgment) { return true }
    let second = options.sack[1]
    return options.sackCount > 1 && second.left.isAtOrBefore(first.left)
      && first.right.isAtOrBefore(second.right)
  }
}

/// The first segment that is not acknowledged, sent again and again.
struct StuckSegment: BitwiseCopyable {
  private(set) var sequence = SequenceNumber(0)
  private(set) var repeats: UInt32 = 0
  /// The longest piece of it that was sent.
  private(set) var length: UInt32 = 0
  /// Of the repeats.
  private(set) var firstFrame: Int64 = 0
  private(set) var lastFrame: Int64 = 0
  private(set) var since = Timestamp(nanoseconds: 0)
  private(set) var until = Timestamp(nanoseconds: 0)

  mutating func note(_ segment: SegmentView) {
    if repeats == 0 || segment.sequence != sequence {
      self = StuckSegment()
      sequence = segment.sequence
      firstFrame = segment.frame
      since = segment.time
    }
    repeats &+= 1
    length = max(length, segment.payloadLength)
    lastFrame = segment.frame
    until = segment.time
  }
}
