import TCPModel

/// Finds the first sending of what was sent again, and says whether it was lost; what a segment
/// means beyond its own header.
enum LossJudgement {
  /// As many duplicate ACKs prove a hole (RFC 5681 3.2).
  private static let duplicateACKs = 3

  private struct Sending {
    var entry: Int
    var frame: Int64
    var at: Nanoseconds
    var end: Int64
    var hasACK: Bool
  }

  /// A key of both, not a dictionary for each side: storing into one of those inside a `PerSide`
  /// copies it.
  private struct Place: Hashable {
    var from: Side
    var sequence: Int64
  }

  static func judge(_ entries: inout LadderEntries, _ delays: PathDelays) {
    let repeated = repeatedPlaces(entries)
    let unheard = repeated.isEmpty ? nil : unheardSide(entries)
    // The latest sending by first sequence number, of what is sent again.
    var sendings: [Place: Sending] = [:]
    var hasClosedWindow = PerSide(both: false)
    for index in entries.items.indices {
      let entry = entries.list[index]
      let place = Place(from: entry.from, sequence: entry.sequence)
      let isRepeated = entry.sequenceLength > 0 && repeated.contains(place)
      // Plain ones only matter where they are sent again, or after a closed window.
      if entry.isPlain, !isRepeated, !hasClosedWindow[entry.from] { continue }
      guard case .segment(let segment) = entries.items[index] else { continue }
      if !segment.flags.contains(.rst) {
        if segment.window > 0, hasClosedWindow[segment.from] {
          entries.remarks[index, default: SegmentRemarks()].opensWindow = true
        }
        hasClosedWindow[segment.from] = segment.window == 0
      }
      guard isRepeated else { continue }
      if entry.isRepeat, let original = sendings[place] {
        var remarks = entries.remarks[index] ?? SegmentRemarks()
        if segment.flags.isSuperset(of: [.syn, .ack]), !original.hasACK {
          remarks.answersCrossing = true
        } else {
          remarks.repeats = original.frame
          remarks.sinceOriginal = segment.at &- original.at
          if segment.from.peer != unheard {
            if arrivedLate(original, repeatedBy: segment, at: index, entries) {
              remarks.isNeedless = true
            } else {
              entries.remarks[original.entry, default: SegmentRemarks()].fate = fate(
                of: original, repeatedBy: segment, at: index, entries, delays)
            }
          }
        }
        entries.remarks[index] = remarks
      }
      sendings[place] = Sending(
        entry: index, frame: segment.frame, at: segment.at,
        end: entry.sequence &+ entry.sequenceLength,
        hasACK: segment.flags.contains(.ack))
    }
  }

  /// What the other end's capture shows stands above what can be concluded here.
  static func apply(_ delays: PathDelays, to entries: inout LadderEntries) {
    guard delays.isMeasured else { return }
    for index in entries.items.indices {
      guard case .segment(let segment) = entries.items[index] else { continue }
      if segment.isLostOnPath {
        entries.remarks[index, default: SegmentRemarks()].fate = .lost
      } else if segment.atOtherEnd != nil, entries.remarks[index] != nil {
        entries.remarks[index]?.fate = .arrived
      }
    }
  }

  /// Where what is sent again begins: few of all, which is what makes a long connection quick.
  private static func repeatedPlaces(_ entries: LadderEntries) -> Set<Place> {
    entries.list.reduce(into: []) { places, entry in
      if entry.isRepeat { places.insert(Place(from: entry.from, sequence: entry.sequence)) }
    }
  }

  /// A side that answers, but whose segments the capture does not hold: without them nothing can be
  /// said of what was lost on the way to it.
  private static func unheardSide(_ entries: LadderEntries) -> Side? {
    Side.allCases.first { side in
      !entries.list.contains { $0.from == side }
        && entries.items.contains { item in
          if case .segment(let segment) = item {
            segment.from != side && (segment.acknowledgment ?? 0) > 0
          } else {
            false
          }
        }
    }
  }

  /// Whether the receiver's later ACKs show that the first sending came after all: a D-SACK for the
  /// repeat (RFC 2883), or an echo of a time stamp from before it (RFC 3522).
  private static func arrivedLate(
    _ original: Sending, repeatedBy segment: SegmentDetail, at index: Int,
    _ entries: LadderEntries
  ) -> Bool {
    var isAcknowledged = false
    for later in entries.items.indices[(index + 1)...].prefix(searchDepth) {
      let entry = entries.list[later]
      if entry.from == segment.from {
        // Sent a third time: what comes from here on may be about that.
        if entry.sequence == segment.sequence, entry.dataSide != nil, entry.sequenceLength > 0 {
          return false
        }
        continue
      }
      guard case .segment(let answer) = entries.items[later] else { continue }
      guard let acknowledgment = answer.acknowledgment else { continue }
      let options = answer.options
      let end = SequenceNumber(answer.rawAcknowledgment)
      if options.reportsDuplicate(of: SequenceNumber(segment.rawSequence), before: end) {
        return true
      }
      guard !isAcknowledged, acknowledgment >= original.end else { continue }
      isAcknowledged = true
      if options.kinds.contains(.timestamps), segment.options.kinds.contains(.timestamps),
        SequenceNumber(options.timestampEcho)
          .isBefore(SequenceNumber(segment.options.timestampValue))
      {
        return true
      }
    }
    return false
  }

  /// As many entries after a repeat are searched for what its receiver says of it.
  private static let searchDepth = 512

  private static func fate(
    of original: Sending, repeatedBy segment: SegmentDetail, at index: Int,
    _ entries: LadderEntries, _ delays: PathDelays
  ) -> SegmentRemarks.Fate {
    // Seen beside the receiver, it had crossed the path.
    if delays.toward[segment.from.peer] == 0, delays.isKnown { return .arrived }
    if segment.kinds.contains(.spuriousRetransmission) { return .arrived }
    let isSYN = segment.flags.intersection(.synACK) == .syn
    var sameACKs = 0
    for between in original.entry..<index {
      if entries.list[between].from == segment.from, !isSYN { continue }
      guard case .segment(let answer) = entries.items[between] else { continue }
      if answer.from == segment.from {
        // The reset answers the ACK of a half-open peer, which answered the SYN (RFC 9293 3.5.1).
        if answer.flags.contains(.rst) { return .arrived }
        continue
      }
      guard let acknowledgment = answer.acknowledgment else { continue }
      if acknowledgment >= original.end { return .arrived }
      guard !segment.flags.contains(.syn), acknowledgment <= segment.sequence else { continue }
      if answer.kinds.contains(.duplicateACK) { sameACKs += 1 }
      let end = SequenceNumber(
        segment.rawSequence &+ UInt32(truncatingIfNeeded: original.end &- segment.sequence))
      if answer.options.hasSACK(beyond: end) { return .lost }
    }
    if isSYN { return .unanswered }
    return sameACKs >= duplicateACKs ? .lost : .presumedLost
  }
}

extension TCPOptions {
  /// The first block of the SACK option lies below the acknowledgment and holds the number
  /// (RFC 2883 4).
  fileprivate func reportsDuplicate(
    of number: SequenceNumber, before acknowledgment: SequenceNumber
  ) -> Bool {
    guard kinds.contains(.sack), sackCount > 0 else { return false }
    return sack[0].left.isAtOrBefore(number) && number.isBefore(sack[0].right)
      && sack[0].right.isAtOrBefore(acknowledgment)
  }

  /// A block of the SACK option begins at the number or after it.
  func hasSACK(beyond number: SequenceNumber) -> Bool {
    guard kinds.contains(.sack) else { return false }
    for index in 0..<min(Int(sackCount), 4) where number.isAtOrBefore(sack[index].left) {
      return true
    }
    return false
  }
}
