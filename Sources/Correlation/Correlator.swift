import TCPModel

/// Matches segments into connections: the first pass over a capture.
///
/// Memory grows with the connections, about 530 bytes each, never with segments. A connection is
/// what Wireshark calls a stream: both directions of a pair of endpoints, begun anew by a SYN whose
/// sequence number is not the one its sender began with.
public struct Correlator: ~Copyable {
  private var table = FlowTable()
  var tracker: ConnectionTracker

  /// - Parameter phaseLimit: Phases beyond this many a connection are only counted.
  public init(phaseLimit: Int = 8) {
    self.init(phaseLimit: phaseLimit, RecordStore.Limits())
  }

  init(phaseLimit: Int, _ limits: RecordStore.Limits) {
    tracker = ConnectionTracker(phaseLimit: phaseLimit, limits)
  }

  /// The number of connections so far.
  public var count: Int { tracker.records.count }

  /// As many segments are looked up together: the misses of the flow table's slots, half the time
  /// of a look-up, then overlap.
  private static let lookahead = 32

  public mutating func ingest(_ segments: Span<Segment>) {
    var hashes = InlineArray<32, UInt32>(repeating: 0)
    var first = 0
    while first < segments.count {
      let end = min(first + Correlator.lookahead, segments.count)
      for index in first..<end {
        hashes[index - first] = table.hash(segments[index].key)
        table.touch(hashes[index - first])
      }
      for index in first..<end { ingest(segments[index], hashes[index - first]) }
      first = end
    }
  }

  private mutating func ingest(_ segment: Segment, _ hash: UInt32) {
    var position = table.position(hash)
    while let index = table.index(at: position) {
      if table.holds(hash, at: position),
        let record = tracker.records.open(index, ifOf: segment.key, now: segment.time)
      {
        if record.pointee.isBegunAnew(by: segment) {
          record.pointee.next = UInt32(truncatingIfNeeded: count + 1)
          begin(segment, hash, position, reusesPorts: true)
        } else {
          _ = tracker.ingest(segment, record)
        }
        return
      }
      position = table.position(after: position)
    }
    begin(segment, hash, position, reusesPorts: false)
  }

  private mutating func begin(
    _ segment: Segment, _ hash: UInt32, _ position: Int, reusesPorts: Bool
  ) {
    let index = tracker.begin(segment, reusesPorts: reusesPorts)
    table.set(position, to: index, hash: hash)
    _ = tracker.ingest(segment, index)
  }

  /// Everything about a connection but its lists. `index` counts from 0.
  public func summary(at index: Int) -> ConnectionSummary {
    tracker.summary(at: index, id: index + 1)
  }

  /// A connection with its states and phases, without events and segments.
  public func connection(at index: Int) -> Connection {
    tracker.connection(at: index, summary: summary(at: index))
  }
}

/// The records of a set of connections with all that belongs to them.
struct ConnectionTracker: ~Copyable {
  var records: RecordStore
  var journal = Journal()
  var pool = HolePool()
  var counts = CountsPool()
  let log: PhaseLog
  /// The entries that only the end of the capture makes, of one connection at a time.
  let tail: UnsafeMutablePointer<Journal>

  init(phaseLimit: Int, _ limits: RecordStore.Limits = RecordStore.Limits()) {
    records = RecordStore(limits)
    log = PhaseLog(limit: UInt32(clamping: phaseLimit))
    tail = .allocate(capacity: 1)
    tail.initialize(to: Journal(chunkShift: 4))
  }

  deinit {
    tail.deinitialize(count: 1)
    tail.deallocate()
  }

  /// Makes the record of a connection that begins with this segment, which is not ingested yet.
  mutating func begin(_ segment: Segment, reusesPorts: Bool) -> Int {
    let (index, record) = records.append(now: segment.time)
    record.pointee.begin(segment)
    let isSYN = segment.flags.contains(.syn)
    if reusesPorts { record.pointee.bits.insert(.portReused) }
    if !isSYN {
      record.pointee.bits.insert(.midstream)
      record.pointee.low.state = .established
      record.pointee.high.state = .established
      for isLow in [true, false] {
        journal.append(
          &record.pointee.chain, isLow: isLow, .established,
          Instant(at: 0, frame: segment.frame), .assumed)
      }
      record.pointee.beginExchanges(Instant(at: 0, frame: segment.frame), log, &journal)
    }
    record.pointee.phases.startFrame = segment.frame
    return index
  }

  mutating func ingest(_ segment: Segment, _ index: Int) -> SegmentVerdict {
    ingest(segment, records.open(index, now: segment.time))
  }

  /// - Parameter record: An open record.
  @inline(__always)
  mutating func ingest(
    _ segment: Segment, _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> SegmentVerdict {
    var verdict = record.pointee.ingest(segment, log, &journal, &pool)
    record.pointee.noteCompleteness(segment)
    if record.pointee.low.segments &+ record.pointee.high.segments == 1 {
      if record.pointee.bits.contains(.midstream) { verdict.insert(.midstreamStart) }
      if record.pointee.bits.contains(.portReused) { verdict.insert(.portReused) }
    }
    if !verdict.isDisjoint(with: CountsPool.counted) {
      counts.count(verdict, segment, &record.pointee.counts)
    }
    return verdict
  }

  /// A connection as it stands when the capture is over: what is pending is settled, the phase that
  /// is going on has ended. The store keeps nothing of that: more segments may follow.
  func settled(_ index: Int) -> SettledConnection {
    var record = records.record(index)
    let chain = record.chain
    tail.pointee.removeAll()
    record.chain = chain.continuation
    record.settleStates(log, &tail.pointee)
    let end = Instant(at: record.latest.since(record.start), frame: record.lastFrame)
    record.closePhase(end, log, &tail.pointee)
    log.finish(end, record.phases, &record.chain, &tail.pointee)
    return SettledConnection(record: record, chain: chain)
  }
}

struct SettledConnection {
  /// Its chain is the one of `ConnectionTracker.tail`, good until the next connection is settled.
  var record: ConnectionRecord
  /// The entries until the last segment.
  var chain: Journal.Chain
}

extension ConnectionRecord {
  /// Whether a segment of the same flow begins another connection.
  @inline(__always)
  func isBegunAnew(by segment: Segment) -> Bool {
    guard segment.flags.intersection(.synACK) == .syn else { return false }
    let isKnown = self[segment.isFromLow].analysis.bits.contains(.baseKnown)
    return isKnown && self[segment.isFromLow].analysis.baseSequence != segment.sequence
  }

  /// Wireshark's conversation completeness, with its quirks: SYN counts when the stream begins
  /// with it, data and FIN only with the ACK flag.
  @inline(__always)
  mutating func noteCompleteness(_ segment: Segment) {
    let flags = segment.flags
    if low.segments &+ high.segments == 1, flags.intersection(.synACK) == .syn {
      completeness = segment.payloadLength > 0 && !bits.contains(.portReused) ? 1 | 8 : 1
    }
    if flags.contains(.ack) {
      if flags.contains(.syn) {
        completeness |= 2
      } else {
        completeness |= segment.payloadLength > 0 ? 8 : 4
      }
      if flags.contains(.fin) { completeness |= 16 }
    }
    if flags.contains(.rst) { completeness |= 32 }
  }
}
