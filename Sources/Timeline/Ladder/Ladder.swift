import TCPModel

/// The story of one connection, folded to what a reader can take in: the rows of its diagram.
public struct Ladder: Sendable {
  public let connection: Connection
  public private(set) var rows: [LadderRow]
  /// Sights of the sockets that have no mark.
  public private(set) var marksLeftOut = 0

  public var delays: PathDelays { connection.delays }

  /// A silence longer than this becomes a labelled break.
  public let longestGap: Nanoseconds

  public init(_ connection: Connection, _ options: DiagramOptions) {
    self.connection = connection
    longestGap = Ladder.longestGap(connection.summary)
    var entries = LadderEntries(connection)
    if let frames = connection.frames(of: options.crop) { entries.keep(frames) }
    rows =
      options.isExpanded
      ? entries.items.indices.map(entries.row)
      : LadderFolding.rows(entries, longestGap: longestGap)
    if options.scale != .time { insertPauses() }
    if !options.isExpanded { rows = LadderLimit.limited(rows, to: max(1, options.maxRows)) }
    marksLeftOut = Ladder.insertMarks(connection, options, longestGap: longestGap, into: &rows)
  }

  /// Three round trips, at least 200 ms: the shortest silence that the path does not explain.
  private static func longestGap(_ summary: ConnectionSummary) -> Nanoseconds {
    let rtt = summary.handshake.rtt ?? summary.rtt.client?.min ?? summary.rtt.server?.min ?? 0
    return max(3 &* max(0, min(rtt, 3_600_000_000_000)), 200_000_000)
  }

  private mutating func insertPauses() {
    var spaced: [LadderRow] = []
    for row in rows {
      if let last = spaced.last {
        let silence = row.start.less(last.end)
        if silence > longestGap {
          spaced.append(LadderRow(.pause(silence), from: row.from, start: last.end, end: row.start))
        }
      }
      spaced.append(row)
    }
    rows = spaced
  }
}

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
    case .segment(let segment):
      segment.changesState || !segment.flags.isDisjoint(with: [.syn, .fin, .rst])
    case .run, .pause, .omission, .snapshot: false
    }
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

/// Data in one direction and the ACKs for it, folded into one arrow.
public struct LadderRun: Sendable {
  public var tally: LadderTally
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
