import TCPModel

/// A captured item with its estimated way: what folding works on.
struct LadderEntry {
  var item: TimelineItem
  var remarks: SegmentRemarks
  var first: Flight
  var last: Flight

  static func entries(of connection: Connection, _ delays: PathDelays) -> [LadderEntry] {
    let items = connection.segments ?? []
    var estimates: [FlightEstimate.Entry] = []
    // A clock may step back; what was captured later is drawn later all the same.
    var clock = Nanoseconds.min
    estimates.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .segment(let segment):
        clock = max(clock, segment.at)
        let length =
          segment.payload
          &+ (segment.flags.contains(.syn) ? 1 : 0) &+ (segment.flags.contains(.fin) ? 1 : 0)
        estimates.append(
          FlightEstimate.Entry(
            at: clock, from: segment.from, acknowledgment: segment.acknowledgment,
            sequenceEnd: length > 0 ? segment.sequence &+ length : nil,
            isReset: segment.flags.contains(.rst)))
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
    let flights = FlightEstimate.flights(estimates, delays)
    var entries: [LadderEntry] = []
    entries.reserveCapacity(items.count)
    var next = 0
    for item in items {
      let first = flights[next]
      switch item {
      case .segment: next += 1
      case .run: next += 2
      }
      entries.append(
        LadderEntry(
          item: item, remarks: SegmentRemarks(), first: first, last: flights[next - 1]))
    }
    return entries
  }

  var from: Side {
    switch item {
    case .segment(let segment): segment.from
    case .run(let run): run.from
    }
  }

  var start: Nanoseconds {
    switch item {
    case .segment(let segment): segment.at
    case .run(let run): run.start
    }
  }

  var end: Nanoseconds {
    switch item {
    case .segment(let segment): segment.at
    case .run(let run): run.end
    }
  }

  /// The side whose data it carries; nil for a bare ACK.
  var dataSide: Side? {
    switch item {
    case .segment(let segment): segment.payload > 0 ? segment.from : nil
    case .run(let run): run.dataSegments > 0 ? run.from : nil
    }
  }

  var tally: LadderTally {
    switch item {
    case .segment(let segment): LadderTally(segment)
    case .run(let run): LadderTally(run)
    }
  }

  /// The row that shows it alone.
  var row: LadderRow {
    var row: LadderRow
    switch item {
    case .segment(let segment):
      row = LadderRow(.segment(segment, remarks), from: from, start: start, end: end)
    case .run(let run):
      let sequences: Range<Int64>? =
        run.payload > 0 && run.firstSequence < run.lastSequence
        ? run.firstSequence..<run.lastSequence : nil
      row = LadderRow(
        .run(LadderRun(tally: LadderTally(run), sequences: sequences)), from: from, start: start,
        end: end)
    }
    row.first = first
    row.last = last
    return row
  }
}
