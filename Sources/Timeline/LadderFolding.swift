import TCPModel

/// Turns long stretches of plain data and ACKs into single rows, and leaves everything that tells
/// something alone: SYN, FIN, RST, repeats, closed windows, state changes, the first payload of a
/// request or a response.
enum LadderFolding {
  /// Fewer segments than this are clearer one by one.
  private static let shortestRun = 3

  static func rows(_ entries: [LadderEntry], longestGap: Nanoseconds) -> [LadderRow] {
    var rows: [LadderRow] = []
    var run = Run()
    for entry in entries {
      if isPlain(entry), run.accepts(entry, longestGap: longestGap) {
        run.add(entry)
      } else {
        run.flush(into: &rows)
        if isPlain(entry) { run.add(entry) } else { rows.append(entry.row) }
      }
    }
    run.flush(into: &rows)
    return rows
  }

  private static func isPlain(_ entry: LadderEntry) -> Bool {
    switch entry.item {
    case .run: true
    case .segment(let segment):
      segment.flags.isDisjoint(with: [.syn, .fin, .rst]) && !segment.changesState
        && !segment.opensExchange && segment.window > 0 && entry.remarks.fate == .arrived
        && !entry.remarks.opensWindow && segment.kinds.allSatisfy(\.isFoldable)
    }
  }

  private struct Run {
    var entries: [LadderEntry] = []
    var dataSide: Side?

    func accepts(_ entry: LadderEntry, longestGap: Nanoseconds) -> Bool {
      guard let last = entries.last else { return true }
      if entry.start &- last.end > longestGap { return false }
      guard let mine = dataSide, let its = entry.dataSide else { return true }
      return mine == its
    }

    mutating func add(_ entry: LadderEntry) {
      entries.append(entry)
      dataSide = dataSide ?? entry.dataSide
    }

    mutating func flush(into rows: inout [LadderRow]) {
      defer { self = Run() }
      guard let first = entries.first, let last = entries.last else { return }
      var tally = LadderTally()
      for entry in entries { tally.add(entry.tally) }
      let data = tally.dataSegments.client + tally.dataSegments.server
      if entries.count == 1 || data == 1 || tally.segments < LadderFolding.shortestRun {
        rows += entries.map(\.row)
        return
      }
      let side = dataSide ?? first.from
      var sequences: Range<Int64>?
      for entry in entries {
        guard let more = entry.sequences, entry.dataSide == side else { continue }
        let known = sequences ?? more
        sequences =
          min(known.lowerBound, more.lowerBound)..<max(known.upperBound, more.upperBound)
      }
      var row = LadderRow(
        .run(LadderRun(tally: tally, sequences: sequences)), from: side, start: first.start,
        end: last.end)
      // The arrow is the data's: from its first departure to its last arrival.
      row.first = (entries.first { $0.from == side } ?? first).first
      row.last = (entries.last { $0.from == side } ?? last).last
      rows.append(row)
    }
  }
}

extension LadderEntry {
  /// The sequence space of its data.
  fileprivate var sequences: Range<Int64>? {
    switch item {
    case .segment(let segment):
      segment.payload > 0
        ? segment.sequence..<(segment.sequence &+ segment.payload) : nil
    case .run(let run):
      run.payload > 0 && run.firstSequence < run.lastSequence
        ? run.firstSequence..<run.lastSequence : nil
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
      .unacceptableRST, .midstreamStart, .portReused, .headerDamaged, .clockBackwards:
      false
    }
  }

  /// The segment carries sequence space that was sent before.
  var isRepeat: Bool {
    switch self {
    case .retransmission, .fastRetransmission, .spuriousRetransmission, .synRetransmission,
      .synACKRetransmission:
      true
    case .outOfOrder, .duplicateACK, .previousSegmentLost, .ackedUnseen, .keepAlive,
      .keepAliveACK, .zeroWindow, .zeroWindowProbe, .zeroWindowProbeACK, .windowFull,
      .windowUpdate, .duplicateFrame, .challengeACK, .ambiguous, .rst, .unacceptableRST, .idle,
      .midstreamStart, .portReused, .headerDamaged, .clockBackwards:
      false
    }
  }
}
