import TCPModel

/// The second pass over a capture: chosen connections with their events and segments.
///
/// It needs just the segments between the first and the last one of each chosen connection, and
/// takes the same way through the tracker as the first pass, so both say the same.
public struct DetailCollector: ~Copyable {
  /// From this many items on, plain data and ACKs of a connection are folded into runs while they
  /// come by, so that memory stays bounded.
  private static let itemLimit = 20_000
  private static let eventLimit = 20_000

  private var tracker = ConnectionTracker(phaseLimit: .max, keepsIntervals: true)
  private var table = FlowTable()
  private var flows: [Flow] = []
  private var chosen: [Chosen] = []
  private let keepsSegments: Bool

  /// One pair of endpoints: the chosen connections of it that have not begun, and the one going on.
  private struct Flow {
    let key: FlowKey
    var waiting: [Int]
    var current: Int?
  }

  fileprivate struct Chosen {
    let summary: ConnectionSummary
    var record: Int?
    var events: [Event] = []
    var items = ItemCollector(limit: DetailCollector.itemLimit)
    var scale = PerSide(both: UnwrappedSequence())
    var charts: ChartCollector?
    var eventsOmitted = 0
  }

  /// - Parameters:
  ///   - summaries: The connections, as the first pass gave them.
  ///   - keepsSegments: Whether `segments` is filled.
  ///   - keepsCharts: Whether `charts` is filled.
  public init(_ summaries: [ConnectionSummary], keepsSegments: Bool, keepsCharts: Bool = false) {
    self.keepsSegments = keepsSegments
    chosen = summaries.sorted { $0.id < $1.id }.map {
      Chosen(summary: $0, charts: keepsCharts ? ChartCollector() : nil)
    }
    for index in chosen.indices {
      let summary = chosen[index].summary
      let key = FlowKey(source: summary.client, destination: summary.server)
      let hash = table.hash(key)
      let position = table.find(hash) { flows[$0].key == key }
      if let flow = table.index(at: position) {
        flows[flow].waiting.append(index)
      } else {
        flows.append(Flow(key: key, waiting: [index], current: nil))
        table.set(position, to: flows.count - 1, hash: hash)
      }
    }
  }

  /// - Parameter payloads: The memory in which their payloads lie.
  public mutating func ingest(
    _ segments: Span<Segment>, _ payloads: SegmentPayloads = SegmentPayloads()
  ) {
    for index in segments.indices {
      withUnsafePointer(to: segments[index]) { ingest($0.pointee, SegmentView($0), payloads) }
    }
  }

  private mutating func ingest(
    _ segment: Segment, _ view: SegmentView, _ payloads: SegmentPayloads
  ) {
    let hash = table.hash(segment.key)
    let position = table.find(hash) { flows[$0].key == segment.key }
    guard let flow = table.index(at: position) else { return }
    if let next = flows[flow].waiting.first, chosen[next].isBegun(by: segment) {
      flows[flow].waiting.removeFirst()
      flows[flow].current = next
      let summary = chosen[next].summary
      _ = tracker.begin(
        view, reusesPorts: summary.reusesPorts,
        server: summary.roleBasis == .port
          ? segment.key.low == summary.server ? .low : .high : nil)
      chosen[next].record = tracker.records.count - 1
    }
    guard let current = flows[flow].current, let number = chosen[current].record else { return }
    let record = tracker.records.open(number, now: segment.time)
    if chosen[current].isOver(seen: record) {
      flows[flow].current = nil
      return
    }
    let earlier = record.pointee[segment.from.other].roundTrip
    let verdict = tracker.ingest(view, payloads, record)
    tracker.readPayload(of: view, payloads, record)
    let detail = note(segment, verdict, record, current)
    if chosen[current].charts != nil {
      let now = record.pointee[segment.from.other].roundTrip
      let blocks = blocks(of: segment, record, current)
      chosen[current].charts?.add(
        detail, verdict, roundTrip: now.samples == earlier.samples ? nil : now.sum &- earlier.sum,
        blocks: blocks)
    }
  }

  /// The SACK blocks of a segment, relative as its acknowledgment is.
  private func blocks(
    of segment: Segment, _ record: UnsafePointer<ConnectionRecord>, _ index: Int
  ) -> [ChartCollector.Block] {
    guard segment.options.kinds.contains(.sack) else { return [] }
    let base = record.pointee[segment.from.other].analysis.baseSequence
    let side: Side = segment.source == chosen[index].summary.client ? .server : .client
    return (0..<min(4, Int(segment.options.sackCount))).map { number in
      let block = segment.options.sack[number]
      return (
        chosen[index].scale[side].look(at: block.left, base: base),
        chosen[index].scale[side].look(at: block.right, base: base)
      )
    }
  }

  private mutating func note(
    _ segment: Segment, _ verdict: SegmentVerdict, _ record: UnsafePointer<ConnectionRecord>,
    _ index: Int
  ) -> SegmentDetail {
    let summary = chosen[index].summary
    let isFromClient = segment.source == summary.client
    let side: Side = isFromClient ? .client : .server
    var detail = SegmentDetail(
      frame: segment.frame, at: segment.time.since(record.pointee.start), from: side,
      flags: segment.flags,
      sequence: chosen[index].scale[side].place(
        segment.sequence, base: record.pointee[segment.from].analysis.baseSequence),
      acknowledgment: segment.flags.contains(.ack)
        ? chosen[index].scale[side.peer].place(
          segment.acknowledgment, base: record.pointee[segment.from.other].analysis.baseSequence)
        : nil,
      payload: Int64(segment.payloadLength),
      window: record.pointee[segment.from].scaled(segment), options: segment.options)
    detail.rawSequence = segment.sequence.rawValue
    detail.rawAcknowledgment = segment.acknowledgment.rawValue
    detail.rawWindow = segment.window
    detail.ttl = segment.ttl
    detail.ipIdentification = segment.ipIdentification
    detail.urgentPointer = segment.urgentPointer
    detail.kinds = verdict.kinds
    detail.changesState = verdict.contains(.changesState)
    detail.opensExchange = verdict.contains(.opensExchange)
    for kind in detail.kinds {
      if chosen[index].events.count < DetailCollector.eventLimit {
        chosen[index].events.append(
          Event(
            at: detail.at, frame: detail.frame, from: side, kind: kind,
            wording: kind.wording(for: detail)))
      } else {
        chosen[index].eventsOmitted += 1
      }
    }
    if keepsSegments {
      detail.kinds = verdict.ownKinds
      chosen[index].items.add(detail)
    }
    return detail
  }

  public var count: Int { chosen.count }

  /// The chosen connections in the order of their ids, from 0.
  public func connection(at index: Int) -> Connection {
    let one = chosen[index]
    guard let record = one.record else { return Connection(summary: one.summary) }
    // The first pass has seen the whole capture, so its summary counts.
    var connection = tracker.connection(at: record, summary: one.summary)
    connection.events = one.events
    tracker.describeIntervals(of: tracker.settled(record).record, in: &connection)
    if keepsSegments { connection.segments = one.items.items }
    connection.judge()
    connection.charts = one.charts?.samples
    return connection
  }
}

extension DetailCollector.Chosen {
  fileprivate func isBegun(by segment: Segment) -> Bool {
    segment.frame == summary.firstFrame && Int(segment.capture) == summary.capture
  }

  fileprivate func isOver(seen record: UnsafePointer<ConnectionRecord>) -> Bool {
    let segments = summary.traffic.client.segments + summary.traffic.server.segments
    return record.pointee.low.segments + record.pointee.high.segments >= segments
  }
}

extension EndpointRecord {
  /// The window of a segment this endpoint sent, in bytes (RFC 7323 2.2: never scaled in a SYN).
  func scaled(_ segment: Segment) -> Int64 {
    let shift = segment.flags.contains(.syn) ? 0 : max(0, analysis.windowScale)
    return Int64(segment.window) << Int64(shift)
  }
}
