/// What happened at a segment, or between two. The raw value is the name in the JSON.
public enum EventKind: String, Sendable, CaseIterable {
  case retransmission
  case fastRetransmission = "fast_retransmission"
  case spuriousRetransmission = "spurious_retransmission"
  case outOfOrder = "out_of_order"
  case duplicateACK = "duplicate_ack"
  case previousSegmentLost = "previous_segment_lost"
  case ackedUnseen = "acked_unseen"
  case keepAlive = "keep_alive"
  case keepAliveACK = "keep_alive_ack"
  case zeroWindow = "zero_window"
  case zeroWindowProbe = "zero_window_probe"
  case zeroWindowProbeACK = "zero_window_probe_ack"
  case windowFull = "window_full"
  case windowUpdate = "window_update"
  case duplicateFrame = "duplicate_frame"
  case challengeACK = "challenge_ack"
  case ambiguous
  case synRetransmission = "syn_retransmission"
  case synACKRetransmission = "syn_ack_retransmission"
  case rst
  case unacceptableRST = "unacceptable_rst"
  case idle
  /// A router or the host speaks about the connection.
  case icmp
  case midstreamStart = "midstream_start"
  case portReused = "port_reused"
  case headerDamaged = "header_damaged"
  case clockBackwards = "clock_backwards"

  /// The segment carries sequence space that was sent before.
  public var isRepeat: Bool {
    switch self {
    case .retransmission, .fastRetransmission, .spuriousRetransmission, .synRetransmission,
      .synACKRetransmission:
      true
    case .outOfOrder, .duplicateACK, .previousSegmentLost, .ackedUnseen, .keepAlive,
      .keepAliveACK, .zeroWindow, .zeroWindowProbe, .zeroWindowProbeACK, .windowFull,
      .windowUpdate, .duplicateFrame, .challengeACK, .ambiguous, .rst, .unacceptableRST, .idle,
      .icmp, .midstreamStart, .portReused, .headerDamaged, .clockBackwards:
      false
    }
  }
}

public struct Event: Sendable, Hashable {
  public var at: Nanoseconds
  public var frame: Int64
  public var from: Side
  public var kind: EventKind
  public var wording: Wording

  public init(at: Nanoseconds, frame: Int64, from: Side, kind: EventKind, wording: Wording) {
    self.at = at
    self.frame = frame
    self.from = from
    self.kind = kind
    self.wording = wording
  }
}
