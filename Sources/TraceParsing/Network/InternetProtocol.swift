import Support
import TCPModel

/// IP protocol numbers (IANA).
enum IPProtocol {
  static let hopByHop: UInt8 = 0
  static let icmp: UInt8 = 1
  static let ipv4: UInt8 = 4
  static let tcp: UInt8 = 6
  static let udp: UInt8 = 17
  static let ipv6: UInt8 = 41
  static let routing: UInt8 = 43
  static let fragment: UInt8 = 44
  static let gre: UInt8 = 47
  static let encapsulatedSecurity: UInt8 = 50
  static let authentication: UInt8 = 51
  static let icmpv6: UInt8 = 58
  static let destinationOptions: UInt8 = 60
  /// KA9Q's number for IP in IP.
  static let ipInIP: UInt8 = 94
  static let etherIP: UInt8 = 97
  static let compression: UInt8 = 108
  static let mobility: UInt8 = 135
  static let mpls: UInt8 = 137
  static let hostIdentity: UInt8 = 139
  static let shim6: UInt8 = 140
}

extension FrameDecoder {
  /// An IP packet of either version.
  mutating func decodeIP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 1 else { return .cutBeforeTCP }
    switch bytes.uint8(at: 0) >> 4 {
    case 4: return decodeIPv4(bytes, into: &batch)
    case 6: return decodeIPv6(bytes, into: &batch)
    default: return .nonIP
    }
  }

  /// RFC 791 3.1. Callers use `decodeIPv4`, which is faster where it can be.
  ///
  ///     0   version (4 bits), header length in words (4 bits)
  ///     1   DSCP (6 bits), ECN (2 bits)
  ///     2   total length; 0 where the network card splits the packet later (TSO)
  ///     4   identification
  ///     6   flags (3 bits), fragment offset in units of 8 bytes
  ///     8   time to live
  ///     9   protocol
  ///     10  header checksum
  ///     12  source
  ///     16  destination
  ///     20  options
  @inline(never)
  mutating func decodeAnyIPv4(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 20 else { return .cutBeforeTCP }
    let first = bytes.uint64(at: 0)
    let second = bytes.uint64(at: 8)
    let headerLength = Int(truncatingIfNeeded: first >> 56 & 0xF) &* 4
    let totalLength = Int(truncatingIfNeeded: first >> 32 & 0xFFFF)
    let packetLength = totalLength == 0 ? bytes.wireLength : min(totalLength, bytes.wireLength)
    guard first >> 60 == 4, headerLength >= 20, packetLength >= headerLength else {
      return .badIPHeader
    }
    guard bytes.byteCount >= headerLength else { return .cutBeforeTCP }
    let slot = batch.slot
    slot.pointee.key.low.address = IPAddress(ipv4: UInt32(truncatingIfNeeded: second))
    slot.pointee.key.high.address = IPAddress(ipv4: bytes.uint32(at: 16))
    slot.pointee.ipLength = UInt32(truncatingIfNeeded: packetLength)
    slot.pointee.ipIdentification = UInt16(truncatingIfNeeded: first >> 16)
    slot.pointee.ttl = UInt8(truncatingIfNeeded: second >> 56)
    slot.pointee.trafficClass = UInt8(truncatingIfNeeded: first >> 48)
    let payload = bytes.limited(to: packetLength).dropping(headerLength)
    let transport = UInt8(truncatingIfNeeded: second >> 48)
    // Neither more fragments to come nor an offset: the packet is whole.
    if first & 0x3FFF == 0 {
      if transport == IPProtocol.tcp {
        return decodeTCP(payload, behind: bytes, headerLength: headerLength, into: &batch)
      }
      return decodeTransport(transport, payload, into: &batch)
    }
    let fragment = FragmentStore.Fragment(
      offset: Int(truncatingIfNeeded: first & 0x1FFF) &* 8, hasMore: first & 0x2000 != 0,
      isWhole: bytes.byteCount >= totalLength, transport: transport, time: lastTime)
    switch decodeFragment(
      fragment, identification: UInt32(truncatingIfNeeded: first >> 16 & 0xFFFF),
      transport: transport, payload, headerLength: headerLength, into: &batch)
    {
    case .waits: return .ipFragment
    case .decodeAlone: return decodeTransport(transport, payload, into: &batch)
    case .complete(let packet):
      let copy = batch.hold(copyOf: packet.bytes.span.bytes)
      defer { withExtendedLifetime(copy) {} }
      return decodeTransport(transport, FrameBytes(whole: copy.bytes), into: &batch)
    }
  }

  private mutating func decodeTCP(
    _ payload: FrameBytes, behind packet: FrameBytes, headerLength: Int,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    let segment = batch.slot
    let content = decodeTCP(payload, into: &batch)
    if content == .tcp, !segment.pointee.flags.isDisjoint(with: .opensOrResets) {
      segment.pointee.isCorrupt = packet.captured.hasWrongIPv4Checksum(headerLength: headerLength)
    }
    return content
  }

  /// RFC 8200 3
  ///
  ///     0   version (4 bits), traffic class (8 bits, the last two ECN), flow label (20 bits)
  ///     4   payload length; 0 with a jumbo option or where the network card splits the packet
  ///     6   next header
  ///     7   hop limit
  ///     8   source
  ///     24  destination
  @inline(never)
  mutating func decodeIPv6(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 40 else { return .cutBeforeTCP }
    let first = bytes.uint64(at: 0)
    guard first >> 60 == 6 else { return .badIPHeader }
    let statedLength = Int(truncatingIfNeeded: first >> 16 & 0xFFFF)
    let capacity = bytes.wireLength &- 40
    let payload = bytes.dropping(40).limited(to: statedLength == 0 ? capacity : statedLength)
    let nextHeader = UInt8(truncatingIfNeeded: first >> 8)
    if batch.isShared, nextHeader == IPProtocol.tcp, payload.byteCount >= 20,
      payload.wireLength == statedLength, leave(bytes.captured, payload, in: &batch)
    {
      return .tcp
    }
    batch.slot.note(ipv6: bytes.captured, payloadLength: payload.wireLength)
    if nextHeader == IPProtocol.tcp { return decodeTCP(payload, into: &batch) }
    return decodeExtensions(nextHeader, payload, before: 40, into: &batch)
  }

  /// Leaves the segment right behind an IPv6 header to the thread that has its flow.
  private mutating func leave(
    _ packet: RawSpan, _ segment: FrameBytes, in batch: inout SegmentBatch
  ) -> Bool {
    let source = Endpoint(
      address: IPAddress(ipv6: packet.uint64(at: 8), packet.uint64(at: 16)),
      port: segment.uint16(at: 0))
    let destination = Endpoint(
      address: IPAddress(ipv6: packet.uint64(at: 24), packet.uint64(at: 32)),
      port: segment.uint16(at: 2))
    return leave(
      packet.extracting(first: 40 &+ segment.byteCount),
      FlowKey(source: source, destination: destination),
      from: FlowKey.end(of: source, to: destination), flags: segment.uint16(at: 12), in: &batch)
  }

  /// RFC 8200 4: most extension headers begin with the next header (1) and their own length in
  /// units of 8 bytes beyond the first 8 (1). `before` are the bytes of the packet before them.
  @inline(never)
  private mutating func decodeExtensions(
    _ firstHeader: UInt8, _ payload: FrameBytes, before: Int,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    var before = before
    var nextHeader = firstHeader
    var bytes = payload
    while true {
      let length: Int
      switch nextHeader {
      case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.destinationOptions,
        IPProtocol.mobility, IPProtocol.hostIdentity, IPProtocol.shim6:
        guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
        length = 8 &+ 8 &* Int(bytes.uint8(at: 1))
        if nextHeader == IPProtocol.hopByHop,
          let jumbo = jumboLength(bytes.captured.extracting(first: length)),
          jumbo < bytes.wireLength
        {
          // The option counts from the end of the fixed header (RFC 2675 2), where hop-by-hop
          // options begin, and says what an empty payload length cannot.
          bytes = bytes.limited(to: jumbo)
          batch.slot.pointee.ipLength = UInt32(clamping: jumbo &+ 40)
        }
      case IPProtocol.fragment:
        // next header (1) | reserved (1) | offset (13 bits), reserved (2), more (1) | id (4)
        guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
        length = 8
        let position = bytes.uint16(at: 2)
        // Offset 0 and nothing more to come: an atomic fragment, a whole packet (RFC 6946).
        if position & 0xFFF9 == 0 { break }
        let fragment = FragmentStore.Fragment(
          offset: Int(position & 0xFFF8), hasMore: position & 1 != 0,
          isWhole: bytes.isWhole, transport: bytes.uint8(at: 0), time: lastTime)
        switch decodeFragment(
          fragment, identification: bytes.uint32(at: 4), transport: IPProtocol.fragment,
          bytes.dropping(8), headerLength: before, into: &batch)
        {
        case .waits: return .ipFragment
        case .decodeAlone: break
        case .complete(let packet):
          guard depth < FrameDecoder.maximumDepth else { return .tooManyHeaders }
          depth += 1
          defer { depth -= 1 }
          let copy = batch.hold(copyOf: packet.bytes.span.bytes)
          defer { withExtendedLifetime(copy) {} }
          return decodeExtensions(
            packet.transport, FrameBytes(whole: copy.bytes), before: before, into: &batch)
        }
      default:
        return decodeTransport(nextHeader, bytes, into: &batch)
      }
      guard bytes.wireLength >= length else { return .badIPHeader }
      guard bytes.byteCount >= length else { return .cutBeforeTCP }
      nextHeader = bytes.uint8(at: 0)
      bytes = bytes.dropping(length)
      before &+= length
    }
  }

  /// The jumbo payload option (RFC 2675) of a hop-by-hop header, if there is one.
  private func jumboLength(_ header: RawSpan) -> Int? {
    var options = header.dropping(2)
    while options.byteCount >= 2 {
      let kind = options.uint8(at: 0)
      if kind == 0 {
        options = options.dropping(1)
        continue
      }
      let length = Int(options.uint8(at: 1))
      if kind == 0xC2, length == 4, options.byteCount >= 6 { return Int(options.uint32(at: 2)) }
      options = options.dropping(min(2 + length, options.byteCount))
    }
    return nil
  }
}

extension SegmentBatch {
  /// Decodes a segment right behind an IPv6 header that was left.
  @inline(never)
  mutating func decodeIPv6(_ packet: RawSpan, _ mark: FrameMark) {
    let payloadLength = Int(packet.uint16(at: 4))
    slot.note(ipv6: packet, payloadLength: payloadLength)
    decodeTCP(FrameBytes(packet.dropping(40), wireLength: payloadLength), mark)
  }
}

extension UnsafeMutablePointer<Segment> {
  /// Writes what an IPv6 header says; the ends are not in their order yet.
  @inline(always)
  fileprivate func note(ipv6 header: RawSpan, payloadLength: Int) {
    let first = header.uint64(at: 0)
    pointee.key.low.address = IPAddress(ipv6: header.uint64(at: 8), header.uint64(at: 16))
    pointee.key.high.address = IPAddress(ipv6: header.uint64(at: 24), header.uint64(at: 32))
    pointee.ipLength = UInt32(truncatingIfNeeded: payloadLength &+ 40)
    pointee.ipIdentification = 0
    pointee.ttl = UInt8(truncatingIfNeeded: first)
    pointee.trafficClass = UInt8(truncatingIfNeeded: first >> 52)
  }
}
