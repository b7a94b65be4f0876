import TCPModel

/// The records of a set of connections with all that belongs to them.
struct ConnectionTracker: ~Copyable {
  var records: RecordStore
  var pool = HolePool()
  var counts = CountsPool()
  var limits: LimitPool
  let log: PhaseLog
  /// The entries that only the end of the capture makes, of one connection at a time.
  let tail: UnsafeMutablePointer<Journal>
  /// That connection as it stands when the capture is over.
  private let last: UnsafeMutablePointer<ConnectionRecord>
  /// Its entries until the last segment.
  private let chain: UnsafeMutablePointer<Journal.Chain>

  /// - Parameter keepsIntervals: Of what limited the transfers.
  init(
    phaseLimit: Int, _ limits: RecordStore.Limits = RecordStore.Limits(),
    keepsIntervals: Bool = false
  ) {
    self.limits = LimitPool(
      isOn: limits.measuresTransfers, keepsIntervals: keepsIntervals)
    records = RecordStore(limits)
    log = PhaseLog(limit: UInt32(clamping: phaseLimit))
    tail = .allocate(capacity: 1)
    tail.initialize(to: Journal(blockShift: 10))
    last = .allocate(capacity: 1)
    last.initialize(to: ConnectionRecord())
    chain = .allocate(capacity: 1)
    chain.initialize(to: Journal.Chain())
  }

  deinit {
    tail.deinitialize(count: 1)
    tail.deallocate()
    last.deallocate()
    chain.deallocate()
  }

  /// Makes the record of a connection that begins with this segment, which is not ingested yet. The
  /// pointer is good until another record is opened or added.
  mutating func begin(
    _ segment: SegmentView, reusesPorts: Bool
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    let record = records.append(now: segment.time)
    record.pointee.begin(segment)
    let isSYN = segment.flags.contains(.syn)
    if reusesPorts {
      record.pointee.bits.insert(.portReused)
    } else if isSYN {
      record.pointee.prediction = .opening
    }
    if !isSYN {
      record.pointee.bits.insert(.midstream)
      record.pointee.low.state = .established
      record.pointee.high.state = .established
      for isLow in [true, false] {
        records.journal.append(
          &record.pointee.chain, isLow: isLow, .established,
          Instant(at: 0, frame: segment.frame), .assumed)
      }
      record.pointee.beginExchanges(Instant(at: 0, frame: segment.frame), log, &records.journal)
    }
    record.pointee.phases.startFrame = segment.frame
    return record
  }

  /// - Parameter record: An open record.
  mutating func ingest(
    _ segment: SegmentView, _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> SegmentVerdict {
    let verdict: SegmentVerdict? =
      switch record.pointee.prediction {
      case .inLine: record.pointee.ingestInLine(segment, log, &records.journal)
      case .opening, .answer: record.pointee.ingestOpening(segment, log, &records.journal)
      case .nothing: nil
      }
    let final = verdict ?? ingestUnpredicted(segment, record)
    limits.note(segment, final, record)
    return final
  }

  private mutating func ingestUnpredicted(
    _ segment: SegmentView, _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> SegmentVerdict {
    var verdict = record.pointee.ingest(segment, log, &records.journal, &pool)
    record.pointee.noteCompleteness(segment)
    if record.pointee.low.segments &+ record.pointee.high.segments == 1 {
      if record.pointee.bits.contains(.midstream) { verdict.insert(.midstreamStart) }
      if record.pointee.bits.contains(.portReused) { verdict.insert(.portReused) }
    }
    record.pointee.prediction = record.pointee.isPredictable ? .inLine : .nothing
    if !verdict.isDisjoint(with: CountsPool.counted) {
      counts.count(verdict, segment, &record.pointee.counts)
    }
    return verdict
  }

  /// A connection as it stands when the capture is over: what is pending is settled, the phase that
  /// is going on has ended. The store keeps nothing of that: more segments may follow.
  func settled(_ index: Int) -> SettledConnection {
    records.copy(index, to: last)
    if !last.pointee.chain.isClosed {
      chain.pointee = last.pointee.chain
      tail.pointee.removeAll()
      last.pointee.chain.removeAll()
    }
    last.pointee.settleStates(log, &tail.pointee)
    let end = Instant(
      at: last.pointee.latest.since(last.pointee.start), frame: last.pointee.lastFrame)
    last.pointee.closePhase(end, log, &tail.pointee)
    log.finish(end, last.pointee.phases, &last.pointee.chain, &tail.pointee)
    return SettledConnection(record: UnsafePointer(last), chain: UnsafePointer(chain))
  }
}

struct SettledConnection {
  /// Its chain has what only the end of the capture makes, in `ConnectionTracker.tail`. All are good
  /// until the next connection is settled.
  var record: UnsafePointer<ConnectionRecord>
  /// The entries until the last segment; of no meaning where the record's chain is closed.
  var chain: UnsafePointer<Journal.Chain>
}

extension ConnectionRecord {
  /// Whether a segment of the same flow begins another connection.
  @inline(__always)
  func isBegunAnew(by segment: SegmentView) -> Bool {
    guard segment.flags.intersection(.synACK) == .syn else { return false }
    let isKnown = self[segment.isFromLow].analysis.bits.contains(.baseKnown)
    return isKnown && self[segment.isFromLow].analysis.baseSequence != segment.sequence
  }

  /// Wireshark's conversation completeness, with its quirks: SYN counts when the stream begins
  /// with it, data and FIN only with the ACK flag.
  @inline(__always)
  mutating func noteCompleteness(_ segment: SegmentView) {
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
