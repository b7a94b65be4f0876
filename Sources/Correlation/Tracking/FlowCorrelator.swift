import Names
import TCPModel

/// Matches the segments of its flows into connections, one after another.
struct FlowCorrelator: ~Copyable {
  private var table = FlowTable()
  private(set) var tracker: ConnectionTracker
  let share: FlowShare
  private var servers = KnownServers()
  /// The number of each connection's first segment, where there are several correlators: the order
  /// of all connections.
  private(set) var origins: [Int64] = []

  /// SYNs that may begin a connection anew, by the connection that had the ports before.
  private var held: [Int: Segment] = [:]
  private static let mostHeld = 1 << 12
  /// All before this one were let go.
  private var firstKept = 0

  init(
    _ share: FlowShare, phaseLimit: Int, _ limits: RecordStore.Limits,
    _ applications: ReadingOptions
  ) {
    self.share = share
    tracker = ConnectionTracker(phaseLimit: phaseLimit, limits, applications)
  }

  /// The number of connections so far.
  var count: Int { tracker.records.count }

  /// - Parameter first: The number of the first segment; those of the others follow.
  mutating func ingest(_ segments: Span<Segment>, _ payloads: SegmentPayloads, first: Int64) {
    segments.withUnsafeBufferPointer { segments in
      guard let start = segments.baseAddress else { return }
      ingest(
        start, segments.count, payloads, Numbering(start: start, first: first, numbers: nil))
    }
  }

  /// - Parameter numbers: Of each segment, among all that there are of all flows.
  mutating func ingest(
    _ segments: Span<Segment>, numbers: Span<Int64>, _ payloads: SegmentPayloads
  ) {
    segments.withUnsafeBufferPointer { segments in
      numbers.withUnsafeBufferPointer { numbers in
        guard let start = segments.baseAddress, numbers.count == segments.count else { return }
        ingest(
          start, segments.count, payloads,
          Numbering(start: start, first: 0, numbers: numbers.baseAddress))
      }
    }
  }

  private mutating func ingest(
    _ start: UnsafePointer<Segment>, _ count: Int, _ payloads: SegmentPayloads,
    _ numbering: Numbering
  ) {
    let end = start + count
    var next = start
    withUnsafePointer(to: numbering) { numbering in
      while next < end { ingest(from: &next, to: end, payloads, numbering) }
    }
  }

  /// The number of a segment among all, where few need it.
  private struct Numbering: BitwiseCopyable {
    var start: UnsafePointer<Segment>
    /// Of the one at the start.
    var first: Int64
    /// Where they do not follow each other.
    var numbers: UnsafePointer<Int64>?

    func number(of segment: UnsafePointer<Segment>) -> Int64 {
      if let numbers { return numbers[segment - start] }
      return first &+ Int64(segment - start)
    }
  }

  /// As many segments are looked up together: the misses of the flow table's slots, half the time of
  /// a look-up, then overlap.
  private static let overlap = 32

  private mutating func ingest(
    from next: inout UnsafePointer<Segment>, to end: UnsafePointer<Segment>,
    _ payloads: SegmentPayloads, _ numbering: UnsafePointer<Numbering>
  ) {
    withUnsafeTemporaryAllocation(of: Found.self, capacity: FlowCorrelator.overlap) { found in
      guard let found = found.baseAddress else { return }
      var count = 0
      while next < end, count < FlowCorrelator.overlap {
        if next.pointee.flags.contains(.syn) {
          servers.note(SegmentView(next), number: numbering.pointee.number(of: next))
        }
        if share.has(next.pointee.key) {
          let hash = table.hash(next.pointee.key)
          table.fetch(hash)
          found[count] = Found(segment: next, hash: hash)
          count &+= 1
        }
        next += 1
      }
      if tracker.records.isSpread {
        for index in 0..<count {
          if let known = table.likelyIndex(found[index].hash) { tracker.records.fetch(known) }
        }
      }
      for index in 0..<count {
        let segment = found[index].segment
        ingest(
          SegmentView(segment), payloads, found[index].hash,
          numbering.pointee.number(of: segment))
      }
    }
  }

  private struct Found: BitwiseCopyable {
    var segment: UnsafePointer<Segment>
    var hash: UInt32
  }

  @inline(__always)
  private mutating func ingest(
    _ segment: SegmentView, _ payloads: SegmentPayloads, _ hash: UInt32,
    _ number: @autoclosure () -> Int64
  ) {
    var position = table.position(hash)
    while let index = table.index(at: position) {
      if table.holds(hash, at: position),
        let record = tracker.records.open(index, ifOf: segment, now: segment.time)
      {
        if segment.flags.intersection(.synACK) == .syn
          || record.pointee.prediction == .verdictOnSYN,
          ingestOpening(
            segment, payloads, record, index, Place(hash: hash, position: position), number())
        {
          return
        }
        _ = tracker.ingest(segment, payloads, record)
        tracker.readPayload(of: segment, payloads, record)
        if record.pointee.isOver {
          tracker.endReading(record)
          tracker.records.release(index)
        }
        return
      }
      position = table.position(after: position)
    }
    begin(segment, payloads, hash, number(), position, reusesPorts: false)
  }

  /// Where a flow is in the table.
  private struct Place {
    var hash: UInt32
    var position: Int
  }

  /// A SYN on the ports of a known connection, or the segment after a SYN that was held back.
  ///
  /// - Returns: false if the segment belongs to the known connection.
  private mutating func ingestOpening(
    _ segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>, _ index: Int,
    _ place: Place, _ number: Int64
  ) -> Bool {
    if let syn = held.removeValue(forKey: index) {
      record.pointee.prediction = .nothing
      return withUnsafePointer(to: syn) { syn in
        guard record.pointee.isBegunAnew(by: SegmentView(syn), followedBy: segment) else {
          _ = tracker.ingest(SegmentView(syn), SegmentPayloads(), record)
          return false
        }
        let meetsTimeWait = record.pointee.mayLeaveTimeWait(to: SegmentView(syn))
        record.pointee.next = UInt32(truncatingIfNeeded: count + 1)
        // Its payload may be gone.
        begin(
          SegmentView(syn), SegmentPayloads(), place.hash, number, place.position,
          reusesPorts: true, meetsTimeWait: meetsTimeWait)
        let next = tracker.records.open(count - 1, now: segment.time)
        _ = tracker.ingest(segment, payloads, next)
        tracker.readPayload(of: segment, payloads, next)
        return true
      }
    }
    if record.pointee.isBegunAnew(by: segment) {
      let meetsTimeWait = record.pointee.mayLeaveTimeWait(to: segment)
      record.pointee.next = UInt32(truncatingIfNeeded: count + 1)
      begin(
        segment, payloads, place.hash, number, place.position, reusesPorts: true,
        meetsTimeWait: meetsTimeWait)
      return true
    }
    guard held.count < FlowCorrelator.mostHeld, record.pointee.mayBeBegunAnew(by: segment) else {
      return false
    }
    held[index] = segment.value
    record.pointee.prediction = .verdictOnSYN
    return true
  }

  /// There are no more segments: SYNs that were held back repeat what their connections began with.
  mutating func finish() {
    for index in held.keys.sorted() {
      guard let syn = held[index] else { continue }
      withUnsafePointer(to: syn) {
        _ = tracker.ingest(
          SegmentView($0), SegmentPayloads(), tracker.records.open(index, now: syn.time))
      }
    }
    held.removeAll()
  }

  private mutating func begin(
    _ segment: SegmentView, _ payloads: SegmentPayloads, _ hash: UInt32, _ number: Int64,
    _ position: Int, reusesPorts: Bool, meetsTimeWait: Bool = false
  ) {
    let record = tracker.begin(
      segment, reusesPorts: reusesPorts,
      server: segment.flags.contains(.syn) ? nil : servers.server(of: segment.key, before: number))
    if meetsTimeWait { record.pointee.bits.insert(.meetsTimeWait) }
    table.set(position, to: count - 1, hash: hash)
    if share.count > 1 { origins.append(number) }
    _ = tracker.ingest(segment, payloads, record)
    tracker.readPayload(of: segment, payloads, record)
    if tracker.records.isOverfull { letOldestGo() }
  }

  /// The oldest of those that are over; where these are too few, the oldest of all others, but for the
  /// newest connection.
  @inline(never)
  private mutating func letOldestGo() {
    var rest = tracker.records.share
    for isLastResort in [false, true] where rest > 0 {
      for index in firstKept..<count - 1 where rest > 0 && tracker.records.isKept(index) {
        guard isLastResort || tracker.records.glance(index).outcome.isEnd else { continue }
        held[index] = nil
        let key = tracker.letGo(index)
        table.remove(index, hash: table.hash(key))
        rest -= 1
      }
    }
    while firstKept < count - 1, !tracker.records.isKept(firstKept) { firstKept += 1 }
  }
}

extension Outcome {
  /// Little is to come.
  fileprivate var isEnd: Bool { self == .closed || self == .reset || self == .refused }
}
