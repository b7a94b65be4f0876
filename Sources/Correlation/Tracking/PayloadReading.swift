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
    } else if segment.payloadLength <= TLSPiece.longest, record.pointee.phases.tls >= 0 {
      showRecord(of: segment, payloads, record)
    }
  }

  /// A short piece of TLS after its handshake, which may have opened an exchange and be none.
  @inline(never)
  private mutating func showRecord(
    of segment: SegmentView, _ payloads: SegmentPayloads,
    _ record: UnsafeMutablePointer<ConnectionRecord>
  ) {
    guard record.pointee.hasOpenedExchange(at: segment.frame) else { return }
    let count = Int(min(segment.capturedLength, segment.payloadLength))
    let bytes = payloads.bytes(at: segment.payloadAddress, count: count)
    let tls = applications.facts(record.pointee.application, client: record.pointee.client)?.tls
    if TLSPiece.isNoExchange(bytes, of: Int(segment.payloadLength), tls) {
      record.pointee.withdrawExchange()
    }
    withExtendedLifetime(payloads) {}
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
    var isInHandshake = false
    let isDismissed =
      (sequence == origin || !isOriginKnown)
      && record.pointee.application.dismisses(bytes, from: end)
    if !isDismissed {
      isInHandshake = applications.take(
        ApplicationReaders.Payload(
          bytes, length: segment.payloadLength, sequence: sequence,
          origin: isOriginKnown ? origin : nil,
          from: end, at: max(0, segment.time.since(record.pointee.start)), frame: segment.frame,
          time: segment.time, key: segment.key),
        client: record.pointee.client, &record.pointee.application)
    }
    if isInHandshake != (record.pointee.phases.current == .tls) {
      var sink = Sink(journal: records.journal)
      record.pointee.noteTLS(isInHandshake, segment, &sink)
    }
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
