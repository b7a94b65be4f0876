import TCPModel

extension FrameDecoder {
  /// RFC 9293 3.1
  ///
  ///     0   source port
  ///     2   destination port
  ///     4   sequence number
  ///     8   acknowledgment number
  ///     12  data offset in words (4 bits), reserved (3 bits), AE, then 8 flags
  ///     14  window
  ///     16  checksum
  ///     18  urgent pointer
  ///     20  options
  ///
  /// What the capture cut off is left out and marked: without the flags (14 bytes) a segment says
  /// too little to be one.
  mutating func decodeTCP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 20 else { return decodeCutTCP(bytes, into: &batch) }
    batch.decodeTCP(bytes, mark)
    return .tcp
  }

  /// Less than 20 bytes of the header were captured (or, in a damaged packet, sent).
  private mutating func decodeCutTCP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 14 else { return .cutBeforeTCP }
    let window = bytes.byteCount >= 16 ? UInt64(bytes.uint16(at: 14)) : 0
    let control = UInt64(bytes.uint32(at: 8)) << 32 | UInt64(bytes.uint16(at: 12)) << 16 | window
    let segment = batch.slot
    segment.order(ports: bytes.uint64(at: 0))
    segment.complete(sequence: bytes.uint32(at: 4), control: control, mark)
    segment.pointee.isHeaderCut = true
    segment.pointee.options.kinds = .cut
    let headerLength = Int(control >> 28 & 0xF) * 4
    let payloadLength = bytes.wireLength - headerLength
    let isConsistent = headerLength >= 20 && payloadLength >= 0
    segment.pointee.isHeaderDamaged = !isConsistent || bytes.byteCount < 16
    segment.pointee.payloadLength = isConsistent ? UInt32(clamping: payloadLength) : 0
    segment.pointee.urgentPointer = 0
    segment.note(payload: bytes.captured, from: bytes.byteCount)
    batch.commit()
    return .tcp
  }
}

extension SegmentBatch {
  /// Decodes a TCP header of which the first 20 bytes were captured; the slot has what lies before it.
  @inline(__always)
  mutating func decodeTCP(_ bytes: FrameBytes, _ mark: FrameMark) {
    let control = bytes.uint64(at: 8)
    let segment = slot
    segment.order(ports: bytes.uint64(at: 0))
    segment.complete(sequence: bytes.uint32(at: 4), control: control, mark)
    segment.pointee.urgentPointer = bytes.uint16(at: 18)
    let headerLength = Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
    let payloadLength = bytes.wireLength &- headerLength
    if headerLength >= 20, payloadLength >= 0 {
      segment.pointee.payloadLength = UInt32(truncatingIfNeeded: payloadLength)
    } else {
      // The header is shorter than its fixed part or runs past the packet: no payload is known.
      segment.pointee.payloadLength = 0
      segment.pointee.isHeaderDamaged = true
    }
    segment.note(payload: bytes.captured, from: min(headerLength, bytes.byteCount))
    if headerLength > 20 {
      let options = bytes.captured.extracting(first: headerLength).dropping(20)
      segment.pointee.options.decode(options)
      if options.byteCount < headerLength &- 20 {
        // The last option may only look too long.
        segment.pointee.options.kinds.remove(.malformed)
        segment.pointee.options.kinds.insert(payloadLength < 0 ? .malformed : .cut)
      }
    }
    commit()
  }
}

extension UnsafeMutablePointer<Segment> {
  /// Puts the ends into the order of `FlowKey`. The addresses are still in that of the packet.
  @inline(always)
  func order(ports: UInt64) {
    let source = pointee.key.low.address
    let destination = pointee.key.high.address
    let sourcePort = UInt16(truncatingIfNeeded: ports >> 48)
    let destinationPort = UInt16(truncatingIfNeeded: ports >> 32)
    let isFromLow = FlowKey.isOrdered(
      Endpoint(address: source, port: sourcePort),
      Endpoint(address: destination, port: destinationPort))
    // Without a branch: half of the segments go each way, and a wrong guess costs 4 ns.
    let swapped = isFromLow ? 0 : UInt64.max
    let upper = (source.upper ^ destination.upper) & swapped
    let lower = (source.lower ^ destination.lower) & swapped
    let port = (sourcePort ^ destinationPort) & UInt16(truncatingIfNeeded: swapped)
    pointee.from = isFromLow ? .low : .high
    pointee.key.low.address.upper = source.upper ^ upper
    pointee.key.low.address.lower = source.lower ^ lower
    pointee.key.low.port = sourcePort ^ port
    pointee.key.high.address.upper = destination.upper ^ upper
    pointee.key.high.address.lower = destination.lower ^ lower
    pointee.key.high.port = destinationPort ^ port
  }

  /// Notes where the payload lies, as far as it was captured; more may lie behind it.
  @inline(always)
  func note(payload bytes: RawSpan, from offset: Int) {
    pointee.payloadAddress = bytes.withUnsafeBytes {
      UInt(bitPattern: $0.baseAddress) &+ UInt(bitPattern: offset)
    }
    pointee.capturedLength = UInt32(truncatingIfNeeded: bytes.byteCount &- offset)
  }

  /// Writes what neither the IP header nor the end of the TCP header says: the first 16 bytes of
  /// the latter but for the ports, no options.
  @inline(always)
  func complete(sequence: UInt32, control: UInt64, _ mark: FrameMark) {
    pointee.time = mark.time
    pointee.frame = mark.frame
    pointee.sequence = SequenceNumber(sequence)
    pointee.acknowledgment = SequenceNumber(UInt32(truncatingIfNeeded: control >> 32))
    pointee.flags = TCPFlags(rawValue: UInt16(truncatingIfNeeded: control >> 16) & 0x1FF)
    pointee.window = UInt16(truncatingIfNeeded: control)
    pointee.isHeaderDamaged = false
    pointee.isHeaderCut = false
    pointee.isCorrupt = false
    pointee.capture = 0
    pointee.interface = mark.interface
    pointee.options = TCPOptions()
  }
}
