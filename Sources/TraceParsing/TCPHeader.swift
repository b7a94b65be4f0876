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
  @inline(__always)
  mutating func decodeTCP(
    _ bytes: RawSpan, _ extent: Extent, _ ip: IPHeader, _ origin: FrameOrigin,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    guard extent.captured >= 20 else {
      return decodeCutTCP(bytes, extent, ip, origin, into: &batch)
    }
    let start = extent.start
    let ports = bytes.uint64(at: start)
    let control = bytes.uint64(at: start + 8)
    var segment = FrameDecoder.makeSegment(ports: ports, control: control, ip, origin)
    segment.window = UInt16(truncatingIfNeeded: control)
    segment.urgentPointer = bytes.uint16(at: start + 18)
    let headerLength = Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
    let wireLength = extent.wireEnd &- start
    if headerLength == 20, wireLength >= 20 {
      segment.payloadLength = UInt32(truncatingIfNeeded: wireLength &- 20)
    } else if headerLength > 20, wireLength >= headerLength {
      segment.payloadLength = UInt32(truncatingIfNeeded: wireLength &- headerLength)
      let end = start &+ headerLength
      if end <= extent.end {
        segment.options.decode(bytes, from: start &+ 20, to: end)
      } else {
        segment.options.decode(bytes, from: start &+ 20, to: extent.end)
        // The last option may only look too long.
        segment.options.kinds.remove(.malformed)
        segment.options.kinds.insert(.cut)
      }
    } else {
      // The header is shorter than its fixed part or runs past the packet: no payload is known.
      segment.isHeaderDamaged = true
      if headerLength > 20 {
        segment.options.decode(bytes, from: start &+ 20, to: extent.end)
        segment.options.kinds.insert(.malformed)
      }
    }
    batch.append(segment)
    return .tcp
  }

  /// Less than 20 bytes of the header were captured (or, in a damaged packet, sent).
  @inline(never)
  private mutating func decodeCutTCP(
    _ bytes: RawSpan, _ extent: Extent, _ ip: IPHeader, _ origin: FrameOrigin,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    guard extent.captured >= 14 else { return .cutBeforeTCP }
    let start = extent.start
    let hasWindow = extent.captured >= 16
    let window = hasWindow ? UInt64(bytes.uint16(at: start + 14)) : 0
    let control =
      UInt64(bytes.uint32(at: start + 8)) << 32 | UInt64(bytes.uint16(at: start + 12)) << 16
      | window
    var segment = FrameDecoder.makeSegment(
      ports: bytes.uint64(at: start), control: control, ip, origin)
    segment.window = UInt16(truncatingIfNeeded: window)
    segment.isHeaderDamaged = true
    segment.options.kinds = .cut
    let headerLength = Int(control >> 28 & 0xF) * 4
    let wireLength = extent.wireEnd - start
    if headerLength >= 20, wireLength >= headerLength {
      segment.payloadLength = UInt32(clamping: wireLength - headerLength)
      segment.isHeaderDamaged = !hasWindow
    }
    batch.append(segment)
    return .tcp
  }

  /// A segment from the first 14 bytes; window, payload and options are still 0.
  @inline(__always)
  private static func makeSegment(
    ports: UInt64, control: UInt64, _ ip: IPHeader, _ origin: FrameOrigin
  ) -> Segment {
    let source = Endpoint(address: ip.source, port: UInt16(truncatingIfNeeded: ports >> 48))
    let destination = Endpoint(
      address: ip.destination, port: UInt16(truncatingIfNeeded: ports >> 32))
    var segment = Segment(
      key: FlowKey(source: source, destination: destination),
      isFromLow: FlowKey.isOrdered(source, destination),
      time: origin.time, frame: origin.frame,
      sequence: SequenceNumber(UInt32(truncatingIfNeeded: ports)),
      acknowledgment: SequenceNumber(UInt32(truncatingIfNeeded: control >> 32)),
      flags: TCPFlags(rawValue: UInt16(truncatingIfNeeded: control >> 16) & 0x1FF),
      window: 0, payloadLength: 0, ipLength: ip.length)
    segment.interface = origin.interface
    segment.ttl = ip.ttl
    segment.ecn = ip.ecn
    segment.ipIdentification = ip.identification
    return segment
  }
}
