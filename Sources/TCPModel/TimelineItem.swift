/// A segment of one connection, with what the analysis says of it.
public struct SegmentDetail: Sendable {
  public var frame: Int64
  public var at: Nanoseconds
  public var from: Side
  public var flags: TCPFlags
  /// Relative: the SYN is 0. Without a SYN the first sequence number seen is 1.
  public var sequence: Int64
  /// Relative to the peer's SYN; nil without the ACK flag.
  public var acknowledgment: Int64?
  public var rawSequence: UInt32
  public var rawAcknowledgment: UInt32
  public var payload: Int64
  /// Scaled by the factor of the handshake, where it was seen.
  public var window: Int64
  public var rawWindow: UInt16
  public var options: TCPOptions
  public var ttl: UInt8
  public var ipIdentification: UInt16
  public var urgentPointer: UInt16
  /// What the segment is by our own judgement, in the order of `EventKind`. The connection's events
  /// keep Wireshark's labels.
  public var kinds: [EventKind]
  /// The segment moved one of the endpoints to another state.
  public var changesState: Bool
  /// The first payload of a request or of a response.
  public var opensExchange: Bool
  /// When the other capture point saw it, in the same time; nil where there is none, or it did not.
  public var atOtherEnd: Nanoseconds?
  /// One capture point shows that it was sent, and the other one that it did not arrive.
  public var isLostOnPath: Bool
  /// It was sent at the other capture point and came no further: `frame` is one of that point's capture.
  public var isSeenFarOnly: Bool
  /// Its number in the capture that its connection is told of; nil where the other point alone saw it.
  public var ownFrame: Int64? { isSeenFarOnly ? nil : frame }
  /// When a point in the middle of the path saw it; nil where there is none, or it did not.
  public var atMiddle: Nanoseconds?
  /// What became of it, as the segments after it tell.
  public var remarks: SegmentRemarks

  public init(
    frame: Int64, at: Nanoseconds, from: Side, flags: TCPFlags, sequence: Int64,
    acknowledgment: Int64?, payload: Int64, window: Int64, options: TCPOptions = TCPOptions()
  ) {
    self.frame = frame
    self.at = at
    self.from = from
    self.flags = flags
    self.sequence = sequence
    self.acknowledgment = acknowledgment
    self.payload = payload
    self.window = window
    self.options = options
    rawSequence = 0
    rawAcknowledgment = 0
    rawWindow = 0
    ttl = 0
    ipIdentification = 0
    urgentPointer = 0
    kinds = []
    changesState = false
    opensExchange = false
    isLostOnPath = false
    isSeenFarOnly = false
    remarks = SegmentRemarks()
  }

  /// What it takes of the sequence space: SYN and FIN count as one.
  public var sequenceLength: Int64 {
    payload &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
  }
}

/// A run of plain data and of the ACKs for it, folded because there were too many to keep.
public struct SegmentRun: Sendable {
  public var firstFrame: Int64
  public var lastFrame: Int64
  public var start: Nanoseconds
  public var end: Nanoseconds
  /// The side that sends the data; of a run of ACKs alone, the side that sends them.
  public var from: Side
  public var dataSegments: Int
  public var ackSegments: Int
  public var payload: Int64
  /// The data's relative sequence space [first, last).
  public var firstSequence: Int64
  public var lastSequence: Int64

  public init(
    firstFrame: Int64, lastFrame: Int64, start: Nanoseconds, end: Nanoseconds, from: Side,
    dataSegments: Int, ackSegments: Int, payload: Int64, firstSequence: Int64, lastSequence: Int64
  ) {
    self.firstFrame = firstFrame
    self.lastFrame = lastFrame
    self.start = start
    self.end = end
    self.from = from
    self.dataSegments = dataSegments
    self.ackSegments = ackSegments
    self.payload = payload
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
  }
}

/// What a collected connection consists of, in the order of capture.
public enum TimelineItem: Sendable {
  case segment(SegmentDetail)
  case run(SegmentRun)
}
