/// What is said of a segment beside its header: what became of it, and what it means for others.
public struct SegmentRemarks: Sendable, Hashable {
  /// What became of it on its way.
  public enum Fate: Sendable, Hashable {
    case arrived
    /// The receiver's ACKs show a hole where it should be.
    case lost
    /// It was sent again, and nothing shows that it had arrived.
    case presumedLost
    /// A SYN that was sent again: lost, ignored by a full accept queue, or dropped by a filter.
    case unanswered
  }

  public var fate: Fate
  /// The frame that it repeats, if this capture has it, and the time since.
  public var repeats: Int64?
  public var sinceOriginal: Nanoseconds?
  /// What it repeats arrived too.
  public var isNeedless: Bool
  /// A SYN/ACK that answers a SYN which crossed its own side's (RFC 9293 3.5, figure 7): it takes
  /// the sequence number of the SYN, but repeats nothing.
  public var answersCrossing: Bool
  /// The first word of room after a zero window.
  public var opensWindow: Bool

  public init() {
    fate = .arrived
    isNeedless = false
    answersCrossing = false
    opensWindow = false
  }

  /// Nothing that a reader has to see.
  public var isQuiet: Bool { fate == .arrived && !opensWindow }
}
