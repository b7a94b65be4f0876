import Names
import TCPModel

// What is spoken over a connection, from the payload that the names module still wants to see.

extension ConnectionTracker {
  /// To be called after the segment was ingested: the record then knows where its stream begins.
  @inline(__always)
  mutating func readPayload(
    of segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    guard segment.payloadLength > 0 else { return }
    if record.pointee.application.wantsPayload {
      showPayload(of: segment, payloads, record)
    }
  }

  /// To be called before the segment is ingested.
  @inline(never)
  func piece(
    _ segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) -> Piece {
    let count = Int(min(segment.capturedLength, segment.payloadLength))
    let bytes = payloads.bytes(at: segment.payloadAddress, count: count)
    defer { withExtendedLifetime(payloads) {} }
    return record.pointee.piece(
      segment, bytes,
      applications.facts(record.pointee.application, client: record.pointee.client)?.tls)
  }

  @inline(never)
  private mutating func showPayload(
    of segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    guard !payloads.isEmpty, !segment.isHeaderDamaged, !segment.flags.contains(.rst) else { return }
    let end = segment.from
    let isOriginKnown = !record.pointee[end].bits.isDisjoint(with: .anySYNSent)
    let origin = record.pointee[end].isn.rawValue &+ 1
    let sequence = segment.sequence.rawValue &+ (segment.flags.contains(.syn) ? 1 : 0)
    let count = Int(min(segment.capturedLength, segment.payloadLength))
    let bytes = payloads.bytes(at: segment.payloadAddress, count: count)
    defer { withExtendedLifetime(payloads) {} }
    var stage = ApplicationReaders.TLSStage.none
    let isDismissed =
      (sequence == origin || !isOriginKnown)
      && record.pointee.application.dismisses(bytes, from: end)
    if !isDismissed {
      stage = applications.take(
        ApplicationReaders.Payload(
          bytes, length: segment.payloadLength, sequence: sequence,
          origin: isOriginKnown ? origin : nil,
          from: end, at: max(0, segment.time.since(record.pointee.start)), frame: segment.frame,
          time: segment.time, key: segment.key),
        client: record.pointee.client, &record.pointee.application)
    }
    switch (stage, record.pointee.phases.current == .tls) {
    case (.handshake, false): record.pointee.beginTLS()
    case (.over(let due), true): endTLS(due, segment, record)
    case (.none, true): endTLS(.answer, segment, record)
    case (.over(.restOfHandshake), false): record.pointee.phases.serverTime = .min
    case (.handshake, true), (.over, false), (.none, false): break
    }
  }

  private mutating func endTLS(
    _ due: ServerDue, _ segment: SegmentView, _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    var sink = Sink(journal: records.journal)
    record.pointee.endTLS(due, segment, &sink)
  }

  /// The connection is over: what was read of it need not be kept in full.
  @inline(__always)
  mutating func endReading(_ record: UnsafeMutablePointer<ConnectionRecord>) {
    if record.pointee.application.isReading {
      if applications.finish(&record.pointee.application, client: record.pointee.client) {
        record.pointee.bits.insert(.tellsOfTrouble)
      }
    }
  }
}

extension UnsafePointer<ConnectionRecord> {
  /// A response may be cut short, or a handshake of TLS ended by an alert: of what is still being read that is
  /// told when it is over.
  @inline(__always)
  var mayTellOfTrouble: Bool {
    pointee.bits.contains(.tellsOfTrouble)
      || pointee.application.isReading && pointee.teardown.start != .min
  }
}
