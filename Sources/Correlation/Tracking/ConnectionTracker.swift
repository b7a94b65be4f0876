import Names
import TCPModel

/// The records of a set of connections with all that belongs to them.
struct ConnectionTracker: ~Copyable {
  var records: RecordStore
  var pool = HolePool()
  var counts = CountsPool()
  var limits: LimitPool
  var applications: ApplicationReaders
  /// The entries that only the end of the capture makes, of one connection at a time.
  let tail: UnsafeMutablePointer<Journal>
  /// That connection as it stands when the capture is over.
  private let last: UnsafeMutablePointer<ConnectionRecord>
  /// Its entries until the last segment.
  private let chain: UnsafeMutablePointer<Journal.Chain>

  /// - Parameter keepsIntervals: Of what limited the transfers.
  init(
    phaseLimit: Int, _ limits: RecordStore.Limits = RecordStore.Limits(),
    _ options: ReadingOptions = ReadingOptions(), keepsIntervals: Bool = false
  ) {
    self.limits = LimitPool(isOn: limits.measuresTransfers, keepsIntervals: keepsIntervals)
    applications = ApplicationReaders(options)
    records = RecordStore(limits, phaseLimit: phaseLimit)
    tail = .allocate(capacity: 1)
    tail.initialize(to: Journal(phaseLimit: phaseLimit, blockShift: 10))
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
  ///
  /// - Parameter server: The end that other connections show to be a server.
  mutating func begin(
    _ segment: SegmentView, reusesPorts: Bool, server: End? = nil
  ) -> UnsafeMutablePointer<ConnectionRecord> {
    let record = records.append(now: segment.time)
    if let server { record.pointee.bits.insert(.serves(server)) }
    record.pointee.begin(segment)
    if segment.isCorrupt { record.pointee.bits.insert(.beginsCorrupt) }
    let isSYN = segment.flags.contains(.syn)
    if reusesPorts {
      record.pointee.bits.insert(.portReused)
    } else if isSYN {
      record.pointee.prediction = .opening
    }
    if !isSYN {
      record.pointee.bits.insert(.midstream)
      var sink = Sink(journal: records.journal)
      let start = Instant(at: 0, frame: segment.frame)
      for end in End.allCases {
        record.pointee.enter(.established, end, start, .assumed, &sink)
      }
      record.pointee.beginExchanges(start, &sink)
    }
    record.pointee.phases.startFrame = segment.frame
    return record
  }

  /// Forgets a connection, but for what it adds to the totals. Gives its flow.
  mutating func letGo(_ index: Int) -> FlowKey {
    let record = records.letGo(index)
    for end in End.allCases { pool.removeAll(&record.pointee[end].coverage.holes) }
    counts.remove(record.pointee.counts)
    limits.remove(record.pointee.transfer)
    applications.drop(record.pointee.application)
    return record.pointee.key
  }

  /// - Parameter record: An open record.
  @inline(__always)
  mutating func ingest(
    _ segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> SegmentVerdict {
    let mayBeNoData = record.pointee.mayBeNoData(segment)
    return ingest(segment, mayBeNoData ? piece(segment, payloads, record) : .data, record)
  }

  private mutating func ingest(
    _ segment: SegmentView, _ piece: Piece, _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> SegmentVerdict {
    var sink = Sink(journal: records.journal)
    sink.piece = piece
    let isPredicted =
      switch record.pointee.prediction {
      case _ where !piece.isData: false
      case .inLine: record.pointee.ingestInLine(segment, &sink)
      case .opening, .answer: record.pointee.ingestOpening(segment, &sink)
      case .nothing, .verdictOnSYN: false
      }
    if !isPredicted { ingestUnpredicted(segment, record, &sink) }
    limits.note(segment, sink.verdict, record)
    return sink.verdict
  }

  private mutating func ingestUnpredicted(
    _ segment: SegmentView, _ record: UnsafeMutablePointer<ConnectionRecord>, _ sink: inout Sink
  ) {
    record.pointee.ingest(segment, &sink, &pool)
    record.pointee.noteCompleteness(segment)
    if record.pointee.low.segments &+ record.pointee.high.segments == 1 {
      if record.pointee.bits.contains(.midstream) { sink.verdict.insert(.midstreamStart) }
      if record.pointee.bits.contains(.portReused) { sink.verdict.insert(.portReused) }
    }
    noteCounts(segment, sink.verdict, record)
    record.pointee.prediction = record.pointee.isPredictable ? .inLine : .nothing
  }

  private mutating func noteCounts(
    _ segment: SegmentView, _ verdict: SegmentVerdict,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    let (sender, receiver) = (segment.from, segment.from.other)
    if segment.payloadLength > 0, record.pointee[sender].bits.contains(.mayHaveWaited) {
      record.pointee[sender].bits.remove(.mayHaveWaited)
      counts.noteSending(
        to: receiver, at: segment.time,
        atOnce: max(record.pointee.low.roundTrip.timeout, record.pointee.high.roundTrip.timeout),
        record.pointee.counts)
    }
    let sendsToClosed =
      segment.payloadLength > 0 && record.pointee[receiver].analysis.window == 0
    if sendsToClosed || !verdict.isDisjoint(with: CountsPool.counted) {
      let circumstances = CountsPool.Circumstances(
        hasRoom: record.pointee[sender].bits.contains(.closedWithRoom),
        isAllAcknowledged: record.pointee[sender].coverage.isAllAcknowledged)
      if counts.count(verdict, segment, circumstances, &record.pointee.counts) {
        record.pointee[receiver].bits.insert(.mayHaveWaited)
      }
      let needless = record.pointee.needlessSegments(segment, verdict)
      if needless > 0 { counts.noteNeedless(needless, of: sender, record.pointee.counts) }
      if verdict.contains(.duplicateACK), record.pointee.answersOldData(segment, verdict) {
        counts.noteDuplicateReport(by: sender, frame: segment.frame, record.pointee.counts)
      }
    }
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
    var sink = Sink(journal: tail)
    last.pointee.settleStates(&sink)
    let end = Instant(
      at: last.pointee.latest.since(last.pointee.start), frame: last.pointee.lastFrame)
    last.pointee.closePhase(end, &sink)
    last.pointee.finishPhases(end, &sink)
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
  /// Whether a SYN of the same flow begins another connection.
  func isBegunAnew(by segment: SegmentView) -> Bool {
    guard segment.flags.intersection(.synACK) == .syn else { return false }
    let isKnown = self[segment.from].analysis.bits.contains(.baseKnown)
    return isKnown && self[segment.from].analysis.baseSequence != segment.sequence
  }

  /// Whether a SYN that repeats its sender's first number may begin another connection all the same: this
  /// one was closed by both ends and all is acknowledged. Small stacks begin with the same number each
  /// time. What answers the SYN tells.
  func mayBeBegunAnew(by segment: SegmentView) -> Bool {
    segment.flags.intersection(.synACK) == .syn && teardown.secondACKFrame != 0
      && low.bits.intersection(high.bits).contains(.finSent)
      && self[segment.from].bits.contains(.synSent) && segment.time >= latest
  }

  /// Whether what follows a SYN that was held back shows that it began another connection: a SYN/ACK
  /// with a new number, a refusal, or the same SYN again.
  func isBegunAnew(by syn: SegmentView, followedBy segment: SegmentView) -> Bool {
    let isAnswer = segment.from != syn.from
    let acknowledges = segment.acknowledgment == syn.sequence + (1 &+ syn.payloadLength)
    if segment.flags.contains(.syn) {
      return isAnswer
        ? segment.flags.contains(.ack) && acknowledges && segment.sequence != self[segment.from].isn
        : !segment.flags.contains(.ack) && segment.sequence == syn.sequence
    }
    return isAnswer && segment.flags.isSuperset(of: [.rst, .ack]) && acknowledges
      && segment.sequence.rawValue == 0
  }

  /// Whether the end that a new SYN goes to may be in TIME_WAIT of this connection.
  func mayLeaveTimeWait(to segment: SegmentView) -> Bool {
    // RFC 9293 3.4.2: 2 MSL are 4 minutes.
    isOver && !bits.contains(.reset) && low.bits.contains(.finSent)
      && high.bits.contains(.finSent) && teardown.initiator != segment.from
      && segment.time.since(latest) < 240_000_000_000
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
