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
