import TCPModel

/// What folding asks of every captured item. Tens of thousands of copies of whole segments
/// would cost more than the picture.
struct LadderEntry {
  let from: Side
  let start: Nanoseconds
  let end: Nanoseconds
  /// The estimated ways of its first and its last segment.
  var first: Flight
  var last: Flight
  /// The side whose data it carries; nil for a bare ACK.
  let dataSide: Side?
  /// Which neighbours it may be folded with; nil where it has something to tell.
  let likeness: Likeness?

  enum Likeness: Hashable {
    /// Its header has nothing to tell.
    case plain
    /// Nor has it more than that it did not arrive.
    case lost(isSeenFarOnly: Bool)
  }

  init(_ item: TimelineItem) {
    switch item {
    case .segment(let segment):
      from = segment.from
      start = segment.at
      end = segment.at
      dataSide = segment.payload > 0 ? segment.from : nil
      let isUsual =
        segment.flags.isDisjoint(with: [.syn, .fin, .rst]) && !segment.changesState
        && segment.window > 0
      if isUsual, segment.isLostOnPath, segment.payload > 0 {
        likeness = .lost(isSeenFarOnly: segment.isSeenFarOnly)
      } else {
        likeness =
          isUsual && !segment.opensExchange && segment.remarks.isQuiet
            && segment.kinds.allSatisfy(\.isFoldable) ? .plain : nil
      }
    case .run(let run):
      from = run.from
      start = run.start
      end = run.end
      dataSide = run.dataSegments > 0 ? run.from : nil
      likeness = .plain
    }
    first = Flight(departure: start, arrival: start)
    last = Flight(departure: end, arrival: end)
  }
}

/// The captured items of a connection on their ways.
struct LadderEntries {
  private(set) var items: [TimelineItem]
  private(set) var list: [LadderEntry]

  init(_ connection: Connection) {
    let delays = connection.delays
    items = WindowProbes.named(in: connection.segments ?? [])
    list = items.map(LadderEntry.init)
    let flights = FlightEstimate.flights(estimates, delays)
    var next = 0
    for index in items.indices {
      list[index].first = flights[next]
      if case .run = items[index] { next += 1 }
      list[index].last = flights[next]
      next += 1
      if case .segment(let segment) = items[index], let other = segment.atOtherEnd {
        list[index].first = Flight(measured: segment, other, near: delays.vantage)
        list[index].last = list[index].first
      }
    }
  }

  /// Leaves only what belongs to a part.
  mutating func keep(_ frames: ClosedRange<Int64>) {
    let kept = items.indices(of: frames)
    list = kept.map { list[$0] }
    items = kept.map { items[$0] }
  }

  private var estimates: [FlightEstimate.Entry] {
    var estimates: [FlightEstimate.Entry] = []
    // A clock may step back; what was captured later is drawn later all the same.
    var clock = Nanoseconds.min
    estimates.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .segment(let segment):
        clock = max(clock, segment.at)
        let length = segment.sequenceLength
        estimates.append(
          FlightEstimate.Entry(
            at: clock, from: segment.from, acknowledgment: segment.acknowledgment,
            sequenceEnd: length > 0 ? segment.sequence &+ length : nil,
            isRST: segment.flags.contains(.rst)))
      case .run(let run):
        // Its first and its last segment; what they answer inside the run is not shown.
        for at in [run.start, run.end] {
          clock = max(clock, at)
          estimates.append(
            FlightEstimate.Entry(
              at: clock, from: run.from, acknowledgment: nil,
              sequenceEnd: run.payload > 0 ? run.lastSequence : nil))
        }
      }
    }
    return estimates
  }

  /// The sequence space of its data.
  func sequences(_ index: Int) -> Range<Int64>? {
    switch items[index] {
    case .segment(let segment):
      segment.payload > 0
        ? segment.sequence..<(segment.sequence &+ segment.payload) : nil
    case .run(let run):
      run.payload > 0 && run.firstSequence < run.lastSequence
        ? run.firstSequence..<run.lastSequence : nil
    }
  }

  /// The row that shows it alone.
  func row(_ index: Int) -> LadderRow {
    let entry = list[index]
    let content: LadderRow.Content =
      switch items[index] {
      case .segment(let segment): .segment(segment)
      case .run(let run):
        .run(LadderRun(tally: LadderTally(run), sequences: sequences(index)))
      }
    var row = LadderRow(content, from: entry.from, start: entry.start, end: entry.end)
    (row.first, row.last) = (entry.first, entry.last)
    return row
  }
}

extension Flight {
  /// Seen at both ends.
  fileprivate init(measured segment: SegmentDetail, _ other: Nanoseconds, near: Vantage) {
    let isSentHere = segment.from == .client ? near == .client : near == .server
    self.init(
      departure: isSentHere ? segment.at : other, arrival: isSentHere ? other : segment.at)
  }
}
