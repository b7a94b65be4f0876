import TCPModel

/// The analysis counts of the connections that have any: most have none, so they live apart.
struct CountsPool: ~Copyable {
  struct Pair: BitwiseCopyable {
    var low = OneSide()
    var high = OneSide()
    // Frames; 0 is none.
    var firstSYNRetransmission: Int64 = 0
    var firstDuplicateFrame: Int64 = 0

    subscript(end: End) -> OneSide {
      get { end == .low ? low : high }
      _modify {
        if end == .low { yield &low } else { yield &high }
      }
    }
  }

  struct OneSide: BitwiseCopyable {
    var counts = AnalysisCounts()
    // Frames; 0 is none.
    var firstRetransmission: Int64 = 0
    var firstZeroWindow: Int64 = 0
    private var keepAliveRun: UInt32 = 0
    private var keepAliveSince = Timestamp(nanoseconds: 0)
    private var zeroWindowSince = Timestamp(nanoseconds: .min)
    private var zeroWindowTotal: Nanoseconds = 0

    mutating func noteTimes(_ verdict: SegmentVerdict, _ segment: SegmentView) {
      if verdict.contains(.keepAlive) {
        if keepAliveRun == 0 { keepAliveSince = segment.time }
        keepAliveRun &+= 1
      }
      if verdict.contains(.zeroWindow), zeroWindowSince.nanoseconds == .min {
        zeroWindowSince = segment.time
      }
      if verdict.contains(.windowOpens), zeroWindowSince.nanoseconds != .min {
        zeroWindowTotal &+= max(0, segment.time.since(zeroWindowSince))
        zeroWindowSince.nanoseconds = .min
      }
    }

    mutating func keepAliveAnswered() {
      keepAliveRun = 0
    }

    func zeroWindowTime(until end: Timestamp) -> Nanoseconds {
      zeroWindowSince.nanoseconds == .min
        ? zeroWindowTotal : zeroWindowTotal &+ max(0, end.since(zeroWindowSince))
    }

    func unansweredKeepAlives(_ peerLastSeen: Timestamp) -> Int {
      keepAliveRun > 0 && peerLastSeen < keepAliveSince ? Int(keepAliveRun) : 0
    }
  }

  /// What is counted or noted per segment.
  static let counted: SegmentVerdict =
    .wiresharkMask.subtracting(.portReused).union([
      .duplicateFrame, .challengeACK, .ambiguous, .resent, .windowOpens,
    ])

  private var pairs = BlockArray<10, Pair>()

  init() {}

  /// `link` is the connection's place here plus one, 0 while it has none.
  mutating func count(_ verdict: SegmentVerdict, _ segment: SegmentView, _ link: inout UInt32) {
    if link == 0 {
      pairs.add().initialize(to: Pair())
      link = UInt32(pairs.count)
    }
    let pair = pairs.pointer(to: Int(link) - 1)
    CountsPool.note(verdict, segment, &pair.pointee[segment.from])
    if verdict.contains(.keepAliveACK) { pair.pointee[segment.from.other].keepAliveAnswered() }
    if !verdict.isDisjoint(with: [.synRetransmission, .synACKRetransmission]) {
      CountsPool.mark(segment, &pair.pointee.firstSYNRetransmission)
    }
    if verdict.contains(.duplicateFrame) {
      CountsPool.mark(segment, &pair.pointee.firstDuplicateFrame)
    }
  }

  private static func note(
    _ verdict: SegmentVerdict, _ segment: SegmentView, _ sender: inout OneSide
  ) {
    add(verdict, to: &sender.counts)
    sender.noteTimes(verdict, segment)
    if verdict.contains(.resent), !segment.flags.contains(.syn) {
      mark(segment, &sender.firstRetransmission)
    }
    if verdict.contains(.zeroWindow) { mark(segment, &sender.firstZeroWindow) }
  }

  private static func mark(_ segment: SegmentView, _ frame: inout Int64) {
    if frame == 0 { frame = segment.frame }
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
