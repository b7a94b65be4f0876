import TCPModel

/// Turns long stretches of plain data and ACKs, and of data that was lost, into single rows, and leaves everything that tells
/// something alone: SYN, FIN, RST, repeats, closed windows, state changes, the first payload of a
/// request or a response.
enum LadderFolding {
  /// Fewer segments than this are clearer one by one.
  private static let shortestRun = 3
  /// A lost one is worth an arrow of its own, many of them at once are not.
  private static let shortestLostRun = 4

  static func rows(_ entries: LadderEntries, longestGap: Nanoseconds) -> [LadderRow] {
    var rows: [LadderRow] = []
    var run = Run()
    for index in entries.items.indices {
      let isFoldable = entries.list[index].likeness != nil
      if isFoldable, run.accepts(entries.list[index], longestGap: longestGap) {
        run.add(index, entries)
      } else {
        run.flush(entries, into: &rows)
        if isFoldable { run.add(index, entries) } else { rows.append(entries.row(index)) }
      }
    }
    run.flush(entries, into: &rows)
    return rows
  }

  /// Neighbours that may become one row.
  private struct Run {
    var indices = 0..<0
    var end: Nanoseconds = 0
    var dataSide: Side?
    var likeness: LadderEntry.Likeness?

    func accepts(_ entry: LadderEntry, longestGap: Nanoseconds) -> Bool {
      if indices.isEmpty { return true }
      if entry.likeness != likeness { return false }
      if entry.start.less(end) > longestGap { return false }
      guard let mine = dataSide, let its = entry.dataSide else { return true }
      return mine == its
    }

    mutating func add(_ index: Int, _ entries: LadderEntries) {
      indices = (indices.first ?? index)..<(index + 1)
      end = entries.list[index].end
      dataSide = dataSide ?? entries.list[index].dataSide
      likeness = entries.list[index].likeness
    }

    mutating func flush(_ entries: LadderEntries, into rows: inout [LadderRow]) {
      defer { self = Run() }
      guard let first = indices.first, let last = indices.last else { return }
      let side = dataSide ?? entries.list[first].from
      var tally = LadderTally()
      var sequences: Range<Int64>?
      for index in indices {
        switch entries.items[index] {
        case .segment(let segment): tally.add(segment)
        case .run(let run): tally.add(LadderTally(run))
        }
        guard entries.list[index].dataSide == side, let more = entries.sequences(index) else {
          continue
        }
        let known = sequences ?? more
        sequences =
          min(known.lowerBound, more.lowerBound)..<max(known.upperBound, more.upperBound)
      }
      let data = tally.dataSegments.client + tally.dataSegments.server
      var folded = LadderRun(tally: tally, sequences: sequences)
      var shortest = LadderFolding.shortestRun
      if case .lost(let isSeenFarOnly) = likeness {
        folded.isLost = true
        folded.isSeenFarOnly = isSeenFarOnly
        shortest = LadderFolding.shortestLostRun
      }
      if indices.count == 1 || data == 1 || tally.segments < shortest {
        rows += indices.map(entries.row)
        return
      }
      var row = LadderRow(
        .run(folded), from: side, start: entries.list[first].start, end: end)
      // The arrow is the data's: from its first departure to its last arrival.
      let ways = entries.list[indices]
      row.first = (ways.first { $0.from == side } ?? entries.list[first]).first
      row.last = (ways.last { $0.from == side } ?? entries.list[last]).last
      rows.append(row)
    }
  }
}

extension EventKind {
  /// Says so little that many of them may be told by their number.
  var isFoldable: Bool {
    switch self {
    case .duplicateACK, .keepAlive, .keepAliveACK, .windowUpdate, .duplicateFrame, .windowFull,
      .idle:
      true
    case .retransmission, .fastRetransmission, .spuriousRetransmission, .outOfOrder,
      .previousSegmentLost, .ackedUnseen, .zeroWindow, .zeroWindowProbe, .zeroWindowProbeACK,
      .challengeACK, .ambiguous, .synRetransmission, .synACKRetransmission, .rst,
      .unacceptableRST, .icmp, .midstreamStart, .portReused, .headerDamaged, .clockBackwards:
      false
    }
  }
}
