import TCPModel

/// Data in one direction and the ACKs for it, folded into one arrow.
public struct LadderRun: Sendable {
  public var tally: LadderTally
  /// None of it arrived.
  public var isLost = false
  /// The near end's capture has none of it.
  public var isSeenFarOnly = false
  /// The data's relative sequence space; nil without data.
  public var sequences: Range<Int64>?
}

/// Rows that the limit left out.
public struct Omission: Sendable {
  public var tally: LadderTally
}

/// What a number of segments amounts to.
public struct LadderTally: Sendable, Hashable {
  public var firstFrame: Int64?
  public var lastFrame: Int64?
  public var dataSegments: PerSide<Int>
  /// Segments without payload.
  public var bareSegments: PerSide<Int>
  public var payload: PerSide<Int64>
  /// How often the analysis said something, in the order of `EventKind`.
  public var kinds: [EventKind: Int]

  public init() {
    dataSegments = PerSide(both: 0)
    bareSegments = PerSide(both: 0)
    payload = PerSide(both: 0)
    kinds = [:]
  }

  public init(_ segment: SegmentDetail) {
    self.init()
    add(segment)
  }

  public init(_ run: SegmentRun) {
    self.init()
    firstFrame = run.firstFrame
    lastFrame = run.lastFrame
    dataSegments[run.from] = run.dataSegments
    bareSegments[run.dataSegments > 0 ? run.from.peer : run.from] = run.ackSegments
    payload[run.from] = run.payload
  }

  public var segments: Int {
    dataSegments.client &+ dataSegments.server &+ bareSegments.client &+ bareSegments.server
  }

  public mutating func add(_ segment: SegmentDetail) {
    firstFrame = firstFrame ?? segment.frame
    lastFrame = segment.frame
    if segment.payload > 0 {
      dataSegments[segment.from] &+= 1
    } else {
      bareSegments[segment.from] &+= 1
    }
    payload[segment.from] &+= segment.payload
    for kind in segment.kinds { kinds[kind, default: 0] &+= 1 }
  }

  public mutating func add(_ other: LadderTally) {
    firstFrame = firstFrame ?? other.firstFrame
    lastFrame = other.lastFrame ?? lastFrame
    for side in Side.allCases {
      dataSegments[side] &+= other.dataSegments[side]
      bareSegments[side] &+= other.bareSegments[side]
      payload[side] &+= other.payload[side]
    }
    for (kind, count) in other.kinds { kinds[kind, default: 0] &+= count }
  }

  /// The kinds that occur, in the order of `EventKind`.
  public var countedKinds: [(kind: EventKind, count: Int)] {
    EventKind.allCases.compactMap { kind in kinds[kind].map { (kind, $0) } }
  }
}
