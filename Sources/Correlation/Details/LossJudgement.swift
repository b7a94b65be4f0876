import TCPModel

extension Connection {
  /// Says how far both ends are, and what became of each segment: again where more has become known.
  public mutating func judge() {
    delays = PathDelays(summary)
    guard let items = segments else { return }
    let remarks = LossJudgement.remarks(items, delays)
    for index in items.indices {
      guard case .segment(var segment) = items[index] else { continue }
      let said = remarks[index] ?? SegmentRemarks()
      guard said != segment.remarks else { continue }
      segment.remarks = said
      segments?[index] = .segment(segment)
    }
  }
}

/// Finds the first sending of what was sent again, and says whether it was lost; what a segment
/// means beyond its own header.
struct LossJudgement {
  /// As many duplicate ACKs prove a hole (RFC 5681 3.2).
  private static let duplicateACKs = 3
  /// As many segments after a repeat are searched for what its receiver says of it.
  private static let searchDepth = 512

  /// What most questions are about. To copy tens of thousands of whole segments would cost more than
  /// the picture.
  fileprivate struct Entry {
    var from: Side
    var isRepeat = false
    /// Its window is open: it matters where the one before it was closed.
    var hasOpenWindow = true
    var sequence: Int64
    var length: Int64 = 0
    var hasData = false
  }

  private struct Sending {
    var entry: Int
    var frame: Int64?
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

  private let items: [TimelineItem]
  private let entries: [Entry]
  private let delays: PathDelays
  /// Of the few segments that there is something to say of.
  private var remarks: [Int: SegmentRemarks] = [:]

  /// By the place of a segment among the items.
  static func remarks(_ items: [TimelineItem], _ delays: PathDelays) -> [Int: SegmentRemarks] {
    var judgement = LossJudgement(items, delays)
    judgement.judgeSendings()
    judgement.applyMeasurements()
    return judgement.remarks
  }

  private init(_ items: [TimelineItem], _ delays: PathDelays) {
    self.items = items
    self.delays = delays
    entries = items.map(Entry.init)
  }

  private mutating func judgeSendings() {
    let repeated = repeatedPlaces
    let unheard = repeated.isEmpty ? nil : unheardSide
    // The latest sending by first sequence number, of what is sent again.
    var sendings: [Place: Sending] = [:]
    var hasClosedWindow = PerSide(both: false)
    for index in items.indices {
      let entry = entries[index]
      let place = Place(from: entry.from, sequence: entry.sequence)
      let isRepeated = entry.length > 0 && repeated.contains(place)
      // The others only matter where they close a window, or open one.
      if entry.hasOpenWindow, !isRepeated, !hasClosedWindow[entry.from] { continue }
      guard case .segment(let segment) = items[index] else { continue }
      if !segment.flags.contains(.rst) {
        if segment.window > 0, hasClosedWindow[segment.from] {
          remarks[index, default: SegmentRemarks()].opensWindow = true
        }
        hasClosedWindow[segment.from] = segment.window == 0
      }
      guard isRepeated else { continue }
      if entry.isRepeat, let original = sendings[place] {
        var said = remarks[index] ?? SegmentRemarks()
        if segment.flags.isSuperset(of: [.syn, .ack]), !original.hasACK {
          said.answersCrossing = true
        } else {
          said.repeats = original.frame
          said.sinceOriginal = segment.at &- original.at
          if segment.from.peer != unheard {
            if arrivedLate(original, repeatedBy: segment, at: index) {
              said.isNeedless = true
            } else {
              remarks[original.entry, default: SegmentRemarks()].fate = fate(
                of: original, repeatedBy: segment, at: index)
            }
          }
        }
        remarks[index] = said
      }
      sendings[place] = Sending(
        entry: index, frame: segment.ownFrame, at: segment.at, end: entry.sequence &+ entry.length,
        hasACK: segment.flags.contains(.ack))
    }
  }

  /// What the other end's capture shows stands above what can be concluded here.
  private mutating func applyMeasurements() {
    guard delays.isMeasured else { return }
    for index in items.indices {
      guard case .segment(let segment) = items[index] else { continue }
      if segment.isLostOnPath {
        remarks[index, default: SegmentRemarks()].fate = .lost
      } else if segment.atOtherEnd != nil, remarks[index] != nil {
        remarks[index]?.fate = .arrived
      }
    }
  }

  /// Where what is sent again begins: few of all, which is what makes a long connection quick.
  private var repeatedPlaces: Set<Place> {
    entries.reduce(into: []) { places, entry in
      if entry.isRepeat { places.insert(Place(from: entry.from, sequence: entry.sequence)) }
    }
  }

  /// A side that answers, but whose segments the capture does not hold: without them nothing can be
  /// said of what was lost on the way to it.
  private var unheardSide: Side? {
    Side.allCases.first { side in
      !entries.contains { $0.from == side }
        && items.contains { item in
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
  private func arrivedLate(
    _ original: Sending, repeatedBy segment: SegmentDetail, at index: Int
  ) -> Bool {
    var isAcknowledged = false
    for later in items.indices[(index + 1)...].prefix(Self.searchDepth) {
      let entry = entries[later]
      if entry.from == segment.from {
        // Sent a third time: what comes from here on may be about that.
        if entry.sequence == segment.sequence, entry.hasData {
          return false
        }
        continue
      }
      guard case .segment(let answer) = items[later] else { continue }
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

  private func fate(
    of original: Sending, repeatedBy segment: SegmentDetail, at index: Int
  ) -> SegmentRemarks.Fate {
    // Seen beside the receiver, it had crossed the path.
    if delays.toward[segment.from.peer] == 0, delays.isKnown { return .arrived }
    if segment.kinds.contains(.spuriousRetransmission) { return .arrived }
    let isSYN = segment.flags.intersection(.synACK) == .syn
    var sameACKs = 0
    for between in original.entry..<index {
      if entries[between].from == segment.from, !isSYN { continue }
      guard case .segment(let answer) = items[between] else { continue }
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
    return sameACKs >= Self.duplicateACKs ? .lost : .presumedLost
  }
}

extension LossJudgement.Entry {
  fileprivate init(_ item: TimelineItem) {
    switch item {
    case .segment(let segment):
      self.init(from: segment.from, sequence: segment.sequence)
      isRepeat = segment.kinds.contains(where: \.isRepeat)
      hasOpenWindow = segment.window > 0 && !segment.flags.contains(.rst)
      length = segment.sequenceLength
      hasData = segment.payload > 0
    case .run(let run): self.init(from: run.from, sequence: run.firstSequence)
    }
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
  fileprivate func hasSACK(beyond number: SequenceNumber) -> Bool {
    guard kinds.contains(.sack) else { return false }
    for index in 0..<min(Int(sackCount), 4) where number.isAtOrBefore(sack[index].left) {
      return true
    }
    return false
  }
}
