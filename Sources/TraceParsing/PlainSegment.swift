import TCPModel

extension FrameDecoder {
  /// An IPv4 packet. Nearly all are plain: no IP options, not a fragment, TCP inside, its header
  /// captured whole. Those are decoded here with few checks and loads at constant offsets: 190
  /// instructions a record against 290. `decodeAnyIPv4` knows every case, this one too.
  ///
  ///     0   version 4, header length 5 words: 0x45
  ///     1   DSCP (6 bits), ECN (2 bits)
  ///     2   total length (2), identification (2), flags and fragment offset (2), TTL, protocol
  ///     12  source
  ///     16  destination
  ///     20  TCP: ports, sequence number
  ///     28  acknowledgment number, data offset, flags, window
  ///     36  checksum, urgent pointer
  ///     40  options
  @inline(always)
  mutating func decodeIPv4(
    _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 40, bytes.uint8(at: 0) == 0x45 else {
      return decodeAnyIPv4(bytes, wireLength, into: &batch)
    }
    let middle = bytes.uint64(at: 2)
    let control = bytes.uint64(at: 28)
    let totalLength = Int(truncatingIfNeeded: middle >> 48)
    let headerLength = Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
    let payloadLength = totalLength &- 20 &- headerLength
    guard middle & 0x3FFF_00FF == UInt64(IPProtocol.tcp), headerLength >= 20, payloadLength >= 0,
      totalLength <= wireLength, bytes.byteCount >= 20 &+ headerLength
    else {
      return decodeAnyIPv4(bytes, wireLength, into: &batch)
    }
    let segment = batch.slot
    let addresses = bytes.uint64(at: 12)
    segment.pointee.key.low.address = IPAddress(ipv4: UInt32(truncatingIfNeeded: addresses >> 32))
    segment.pointee.key.high.address = IPAddress(ipv4: UInt32(truncatingIfNeeded: addresses))
    segment.complete(ports: bytes.uint64(at: 20), control: control, self)
    segment.pointee.payloadLength = UInt32(truncatingIfNeeded: payloadLength)
    segment.pointee.ipLength = UInt32(truncatingIfNeeded: totalLength)
    segment.pointee.urgentPointer = bytes.uint16(at: 38)
    segment.pointee.ipIdentification = UInt16(truncatingIfNeeded: middle >> 32)
    segment.pointee.ttl = UInt8(truncatingIfNeeded: middle >> 8)
    segment.pointee.ecn = bytes.uint8(at: 1) & 3
    if headerLength > 20 {
      segment.pointee.options.decode(bytes.extracting(first: 20 &+ headerLength).dropping(40))
    }
    batch.commit()
    return .tcp
  }
}
