import TCPModel

/// Turns frames into segments and counts what is none.
///
/// Every `decode` function takes the bytes from its header on, and narrows them before it hands
/// them on. The one segment that the headers describe together is written in place, in the batch's
/// next slot.
///
/// One struct, passed `inout`: a class would cost 11 to 34 ns a frame in exclusivity checks.
struct FrameDecoder: ~Copyable {
  /// Also the number of the current frame.
  private(set) var frames: Int64 = 0
  /// Of the last frame that has one.
  private(set) var lastTime = Timestamp(nanoseconds: 0)
  /// Where the current frame was captured.
  private(set) var interface: UInt16 = 0
  /// Of all frames that have one.
  private var times = WatchedTimes()
  /// Frames of blocks without a time.
  private(set) var untimedFrames: Int64 = 0
  /// Frames whose time is none: a second or more behind the point.
  var invalidTimes: Int64 = 0
  /// The largest step back from a frame to the next one.
  private var stepBack = CaptureInfo.StepBack(size: 0, frame: 0)
  /// Headers around the current one that can repeat for ever.
  var depth = 0
  var fragments = FragmentStore()
  var inflater = PayloadInflater()
  /// What is wanted; everything where there is none.
  var filter: FrameFilter?
  /// Those that all threads were told of.
  var servers = ShownServers()
  /// The ICMP errors that quote a TCP segment.
  var icmp: [ICMPMessage] = []
  /// Where a piece of a capture is read alone.
  var log: PieceLog?
  var quic = QUICTally()
  /// By raw value of `FrameContent`; frames with segments are not counted.
  private var contents = InlineArray<32, Int64>(repeating: 0)

  /// Frames that hold no segment, by reason.
  var skipped: [String: Int64] {
    var skipped: [String: Int64] = [:]
    for content in FrameContent.allCases {
      let count = contents[Int(content.rawValue)]
      if count > 0 { skipped[content.name] = count }
    }
    return skipped
  }

  /// When frames with a time were captured, wherever they lie in the file.
  var spans: [WatchedSpan] { times.spans }

  var largestStepBack: CaptureInfo.StepBack? { stepBack.size > 0 ? stepBack : nil }

  /// Of the current frame, for its segments.
  @inline(always)
  var mark: FrameMark { FrameMark(time: lastTime, frame: frames, interface: interface) }

  func count(of content: FrameContent) -> Int64 {
    contents[Int(content.rawValue)]
  }

  /// Decodes the next frame.
  @inline(always)
  mutating func decode(
    _ frame: FrameBytes, _ type: LinkType, link: LinkLayer, time: Timestamp, interface: UInt16,
    into batch: inout SegmentBatch
  ) {
    // Back, or far on: with a question for each, bytes are no longer read inline.
    let step = time.nanoseconds &- lastTime.nanoseconds
    if UInt64(bitPattern: step) > UInt64(WatchedSpan.longestSilence) { noteStep(to: time) }
    times.note(time)
    decodeNext(frame, type, link: link, at: time, interface: interface, into: &batch)
  }

  /// Counts frames that were left to others; each one's time is behind the one's before, and not far.
  mutating func passOver(_ count: Int64, from start: Timestamp, to end: Timestamp) {
    frames &+= count
    times.note(start)
    times.note(end)
    lastTime = end
    interface = 0
  }

  @inline(never)
  private mutating func noteStep(to time: Timestamp) {
    let size = lastTime.since(time)
    if size.magnitude > WatchedSpan.longestSilence.magnitude { times.begin() }
    if frames > 0, size > stepBack.size {
      stepBack = CaptureInfo.StepBack(size: size, frame: frames + 1)
    }
  }

  @inline(always)
  private mutating func decodeNext(
    _ frame: FrameBytes, _ type: LinkType, link: LinkLayer, at time: Timestamp, interface: UInt16,
    into batch: inout SegmentBatch
  ) {
    lastTime = time
    frames &+= 1
    self.interface = interface
    if let filter, !filter.accepts(frame, type) {
      contents[Int(FrameContent.filteredOut.rawValue)] &+= 1
      return
    }
    if let log {
      return decode(frame, type, link: link, isUntimed: false, log, into: &batch)
    }
    count(only: decodeLink(link, frame, into: &batch))
  }

  @inline(always)
  mutating func count(only content: FrameContent) {
    if content != .tcp { contents[Int(content.rawValue)] &+= 1 }
  }

  /// Decodes the next frame, which has no time: its segments get that of the frame before.
  mutating func decodeUntimed(
    _ frame: FrameBytes, _ type: LinkType, link: LinkLayer, interface: UInt16,
    into batch: inout SegmentBatch
  ) {
    if let log {
      frames &+= 1
      self.interface = interface
      return decode(frame, type, link: link, isUntimed: true, log, into: &batch)
    }
    untimedFrames &+= 1
    decodeNext(frame, type, link: link, at: lastTime, interface: interface, into: &batch)
  }

  /// Counts a frame that is no packet.
  mutating func count(_ content: FrameContent) {
    frames &+= 1
    contents[Int(content.rawValue)] &+= 1
  }

  /// Continues after `frames` frames, the last of them at `time`, some with fragments.
  mutating func resume(afterFrames frames: Int64, at time: Timestamp, _ fragments: FragmentStore) {
    resume(afterFrames: frames, at: time)
    self.fragments = fragments
  }

  mutating func resume(afterFrames frames: Int64, at time: Timestamp) {
    self.frames = frames
    lastTime = time
  }

  /// What was counted; frames that went into a log are not.
  var tally: FrameTally {
    FrameTally(
      frames: frames, spans: spans, invalidTimes: invalidTimes, stepBack: stepBack,
      contents: FrameContent.allCases.map { contents[Int($0.rawValue)] })
  }

  /// Takes over what the reader of a piece counted, up to the piece's end.
  mutating func add(_ tally: FrameTally) {
    frames = tally.frames
    times.add(tally.spans)
    invalidTimes &+= tally.invalidTimes
    if tally.stepBack.size > stepBack.size { stepBack = tally.stepBack }
    for (content, count) in zip(FrameContent.allCases, tally.contents) {
      contents[Int(content.rawValue)] &+= count
    }
  }
}

/// What a decoder counts of frames.
struct FrameTally: Hashable {
  /// Of the file up to here.
  var frames: Int64
  /// Of all frames that have a time.
  var spans: [WatchedSpan]
  /// With a second or more behind the point.
  var invalidTimes: Int64
  /// The largest one; of size 0 where there is none.
  var stepBack: CaptureInfo.StepBack
  /// In the order of `FrameContent.allCases`.
  var contents: [Int64]
}
