import TCPModel

/// One row of a ladder.
public struct LadderRow: Sendable {
  public enum Content: Sendable {
    case segment(SegmentDetail)
    case run(LadderRun)
    /// Nothing was captured for so long.
    case pause(Nanoseconds)
    /// Rows that are not drawn.
    case omission(Omission)
    /// What a kernel said of its end.
    case snapshot(SnapshotMark)
  }

  public var content: Content
  public var from: Side
  /// When the capture point saw the first and the last of it.
  public var start: Nanoseconds
  public var end: Nanoseconds
  /// The first and the last segment's way.
  public var first: Flight
  public var last: Flight

  init(_ content: Content, from: Side, start: Nanoseconds, end: Nanoseconds) {
    self.content = content
    self.from = from
    self.start = start
    self.end = end
    first = Flight(departure: start, arrival: start)
    last = Flight(departure: end, arrival: end)
  }

  /// Breaks and omissions belong to no side; marks stand at one and leave the other one alone.
  var isBand: Bool {
    switch content {
    case .segment, .run: false
    case .pause, .omission, .snapshot: true
    }
  }

  /// Drawn for its own sake whatever the limit on rows.
  var isEssential: Bool {
    switch content {
    case .segment(let segment): segment.changesState || isFlagged
    case .run, .pause, .omission, .snapshot: false
    }
  }

  /// How long nothing was captured. Inlined where rows are chosen, it ends the optimizer of Swift 6.3.1.
  @inline(never)
  var silence: Nanoseconds? {
    if case .pause(let silence) = content { silence } else { nil }
  }

  /// A SYN, a FIN or an RST.
  var isFlagged: Bool {
    guard case .segment(let segment) = content else { return false }
    return !segment.flags.isDisjoint(with: [.syn, .fin, .rst])
  }

  var tally: LadderTally {
    switch content {
    case .segment(let segment): LadderTally(segment)
    case .run(let run): run.tally
    case .omission(let omission): omission.tally
    case .pause, .snapshot: LadderTally()
    }
  }
}
