import Support
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
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 40, bytes.uint8(at: 0) == 0x45 else {
      return decodeAnyIPv4(bytes, into: &batch)
    }
    let middle = bytes.uint64(at: 2)
    let control = bytes.uint64(at: 28)
    let totalLength = Int(truncatingIfNeeded: middle >> 48)
    let headerLength = Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
    let payloadLength = totalLength &- 20 &- headerLength
    guard middle & 0x3FFF_00FF == UInt64(IPProtocol.tcp), headerLength >= 20, payloadLength >= 0,
      totalLength <= bytes.wireLength, bytes.byteCount >= 20 &+ headerLength
    else {
      return decodeAnyIPv4(bytes, into: &batch)
    }
    if batch.isShared, leave(bytes.captured, control: control, in: &batch) { return .tcp }
    let segment = batch.slot
    segment.order(addresses: bytes.uint64(at: 12), ports: bytes.uint64(at: 20))
    segment.completePlain(bytes.captured, middle: middle, control: control, mark)
    batch.commit()
    return .tcp
  }

  /// Leaves a plain segment to the thread that has its flow.
  @inline(never)
  private mutating func leave(
    _ bytes: RawSpan, control: UInt64, in batch: inout SegmentBatch
  ) -> Bool {
    let ends = PlainEnds(addresses: bytes.uint64(at: 12), ports: bytes.uint64(at: 20))
    return leave(
      bytes, ends.key, from: ends.from,
      flags: UInt16(truncatingIfNeeded: control >> 16), in: &batch)
  }

  /// Leaves the segment in an IP packet to the thread that has its flow.
  ///
  /// - Returns: false where it has to be decoded at once: the first SYN that shows a server is told to all threads.
  @inline(__always)
  mutating func leave(
    _ packet: RawSpan, _ key: FlowKey, from sender: End, flags: UInt16,
    in batch: inout SegmentBatch
  ) -> Bool {
    let flags = TCPFlags(rawValue: flags & 0x1FF)
    if flags.contains(.syn), servers.isNew(flags, of: key, from: sender) { return false }
    return packet.withUnsafeBytes { packet in
      guard let start = packet.baseAddress else { return false }
      return batch.leave(start, packet.count, mark, of: key, decoded: batch.beginRun())
    }
  }
}

extension SegmentBatch {
  /// Decodes a segment that was left.
  @inline(__always)
  mutating func decode(_ found: FoundSegment, at start: UnsafeRawPointer?, frame: Int64) {
    let bytes = UnsafeRawBufferPointer(start: start, count: Int(found.byteCount)).bytes
    let mark = FrameMark(time: found.time, frame: frame, interface: found.interface)
    guard bytes.uint8(at: 0) == 0x45 else { return decodeIPv6(bytes, mark) }
    slot.order(addresses: bytes.uint64(at: 12), ports: bytes.uint64(at: 20))
    slot.completePlain(bytes, middle: bytes.uint64(at: 2), control: bytes.uint64(at: 28), mark)
    commit()
  }
}

extension TCPFlags {
  /// What begins a connection by itself, or ends one.
  static var opensOrResets: TCPFlags { [.syn, .rst] }
}

extension RawSpan {
  /// RFC 1071: the ones' complement sum over a header with its checksum is all ones. Asked of SYNs and RSTs
  /// alone: of every packet it would take a twentieth of the decoding.
  @inline(never)
  func hasWrongIPv4Checksum(headerLength: Int) -> Bool {
    guard uint16(at: 10) != 0 else { return false }
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: headerLength, by: 4) { sum &+= UInt64(uint32(at: offset)) }
    while sum >> 16 != 0 { sum = sum & 0xFFFF &+ sum >> 16 }
    return sum != 0xFFFF
  }
}

extension UnsafeMutablePointer<Segment> {
  /// Writes what a plain segment says beside its ends.
  @inline(always)
  fileprivate func completePlain(
    _ bytes: RawSpan, middle: UInt64, control: UInt64, _ mark: FrameMark
  ) {
    let totalLength = Int(truncatingIfNeeded: middle >> 48)
    let headerLength = Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
    complete(sequence: bytes.uint32(at: 24), control: control, mark)
    pointee.payloadLength = UInt32(truncatingIfNeeded: totalLength &- 20 &- headerLength)
    pointee.ipLength = UInt32(truncatingIfNeeded: totalLength)
    pointee.urgentPointer = bytes.uint16(at: 38)
    pointee.ipIdentification = UInt16(truncatingIfNeeded: middle >> 32)
    pointee.ttl = UInt8(truncatingIfNeeded: middle >> 8)
    pointee.trafficClass = bytes.uint8(at: 1)
    note(payload: bytes, from: 20 &+ headerLength)
    if headerLength > 20 {
      pointee.options.decode(bytes.extracting(first: 20 &+ headerLength).dropping(40))
    }
    if control & UInt64(TCPFlags.opensOrResets.rawValue) << 16 != 0 {
      pointee.isCorrupt = bytes.hasWrongIPv4Checksum(headerLength: 20)
    }
  }

  /// Address and port of an end as one number: their order is that of `FlowKey`, at a third of the
  /// instructions.
  @inline(always)
  fileprivate func order(addresses: UInt64, ports: UInt64) {
    let ends = PlainEnds(addresses: addresses, ports: ports)
    pointee.from = ends.from
    pointee.key.low = ends.low
    pointee.key.high = ends.high
  }
}

/// The ends of a plain segment in the order of a flow's key.
struct PlainEnds: BitwiseCopyable {
  var low: Endpoint
  var high: Endpoint
  var from: End

  @inline(always)
  init(addresses: UInt64, ports: UInt64) {
    let source = addresses >> 16 & 0xFFFF_FFFF_0000 | ports >> 48
    let destination = addresses << 16 & 0xFFFF_FFFF_0000 | ports >> 32 & 0xFFFF
    from = source <= destination ? .low : .high
    low = Endpoint(ipv4: min(source, destination))
    high = Endpoint(ipv4: max(source, destination))
  }

  @inline(always)
  var key: FlowKey {
    // They need not be compared again.
    var key = FlowKey(source: low, destination: low)
    key.high = high
    return key
  }
}

extension Endpoint {
  @inline(always)
  fileprivate init(ipv4 addressAndPort: UInt64) {
    self.init(
      address: IPAddress(ipv4: UInt32(truncatingIfNeeded: addressAndPort >> 16)),
      port: UInt16(truncatingIfNeeded: addressAndPort))
  }
}
