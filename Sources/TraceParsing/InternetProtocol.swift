import TCPModel

/// IP protocol numbers (IANA).
enum IPProtocol {
  static let hopByHop: UInt8 = 0
  static let icmp: UInt8 = 1
  static let tcp: UInt8 = 6
  static let udp: UInt8 = 17
  static let routing: UInt8 = 43
  static let fragment: UInt8 = 44
  static let authentication: UInt8 = 51
  static let icmpv6: UInt8 = 58
  static let destinationOptions: UInt8 = 60
}

/// What the segment keeps of the IP header around it.
struct IPHeader: BitwiseCopyable {
  var source: IPAddress
  var destination: IPAddress
  /// The whole packet, this header included.
  var length: UInt32
  var identification: UInt16
  var ttl: UInt8
  var ecn: UInt8
}

extension FrameDecoder {
  /// An IP packet of either version.
  @inline(__always)
  mutating func decodeIP(
    _ bytes: RawSpan, _ extent: Extent, _ origin: FrameOrigin, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard extent.captured >= 1 else { return .cutBeforeTCP }
    switch bytes.uint8(at: extent.start) >> 4 {
    case 4: return decodeIPv4(bytes, extent, origin, into: &batch)
    case 6: return decodeIPv6(bytes, extent, origin, into: &batch)
    default: return .nonIP
    }
  }

  /// RFC 791 3.1
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
  @inline(__always)
  mutating func decodeIPv4(
    _ bytes: RawSpan, _ extent: Extent, _ origin: FrameOrigin, into batch: inout SegmentBatch
  ) -> FrameContent {
    let start = extent.start
    guard extent.captured >= 20 else { return .cutBeforeTCP }
    let first = bytes.uint64(at: start)
    let headerLength = Int(truncatingIfNeeded: first >> 56 & 0xF) &* 4
    let totalLength = Int(truncatingIfNeeded: first >> 32 & 0xFFFF)
    let packet = totalLength == 0 ? extent : extent.limited(to: totalLength)
    guard first >> 60 == 4, headerLength >= 20,
      packet.wireEnd &- start >= headerLength
    else { return .badIPHeader }
    guard packet.captured >= headerLength else { return .cutBeforeTCP }
    let second = bytes.uint64(at: start + 8)
    let transport = UInt8(truncatingIfNeeded: second >> 48)
    // Neither more fragments to come nor an offset: the packet is whole.
    guard first & 0x3FFF == 0 else { return .ipFragment }
    let header = IPHeader(
      source: IPAddress(ipv4: UInt32(truncatingIfNeeded: second)),
      destination: IPAddress(ipv4: bytes.uint32(at: start + 16)),
      length: UInt32(truncatingIfNeeded: packet.wireEnd &- start),
      identification: UInt16(truncatingIfNeeded: first >> 16),
      ttl: UInt8(truncatingIfNeeded: second >> 56),
      ecn: UInt8(truncatingIfNeeded: first >> 48) & 3)
    let payload = packet.dropping(headerLength)
    if transport == IPProtocol.tcp {
      return decodeTCP(bytes, payload, header, origin, into: &batch)
    }
    return decodeTransport(transport)
  }

  /// RFC 8200 3
  ///
  ///     0   version (4 bits), traffic class (8 bits, the last two ECN), flow label (20 bits)
  ///     4   payload length; 0 with a jumbo option or where the network card splits the packet
  ///     6   next header
  ///     7   hop limit
  ///     8   source
  ///     24  destination
  @inline(__always)
  mutating func decodeIPv6(
    _ bytes: RawSpan, _ extent: Extent, _ origin: FrameOrigin, into batch: inout SegmentBatch
  ) -> FrameContent {
    let start = extent.start
    guard extent.captured >= 40 else { return .cutBeforeTCP }
    let first = bytes.uint64(at: start)
    guard first >> 60 == 6 else { return .badIPHeader }
    let payloadLength = Int(truncatingIfNeeded: first >> 16 & 0xFFFF)
    let packet = payloadLength == 0 ? extent : extent.limited(to: 40 &+ payloadLength)
    let nextHeader = UInt8(truncatingIfNeeded: first >> 8)
    let header = IPHeader(
      source: IPAddress(ipv6: bytes.uint64(at: start + 8), bytes.uint64(at: start + 16)),
      destination: IPAddress(ipv6: bytes.uint64(at: start + 24), bytes.uint64(at: start + 32)),
      length: UInt32(truncatingIfNeeded: packet.wireEnd &- start),
      identification: 0,
      ttl: UInt8(truncatingIfNeeded: first),
      ecn: UInt8(truncatingIfNeeded: first >> 52) & 3)
    if nextHeader == IPProtocol.tcp {
      return decodeTCP(bytes, packet.dropping(40), header, origin, into: &batch)
    }
    return decodeExtensions(bytes, packet.dropping(40), nextHeader, header, origin, into: &batch)
  }

  /// RFC 8200 4: most extension headers begin with the next header (1) and their own length in
  /// units of 8 bytes beyond the first 8 (1).
  @inline(never)
  private mutating func decodeExtensions(
    _ bytes: RawSpan, _ extent: Extent, _ firstHeader: UInt8, _ header: IPHeader,
    _ origin: FrameOrigin, into batch: inout SegmentBatch
  ) -> FrameContent {
    var nextHeader = firstHeader
    var header = header
    var rest = extent
    while true {
      let length: Int
      switch nextHeader {
      case IPProtocol.tcp:
        return decodeTCP(bytes, rest, header, origin, into: &batch)
      case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.destinationOptions:
        guard rest.captured >= 8 else { return .cutBeforeTCP }
        length = 8 &+ 8 &* Int(bytes.uint8(at: rest.start + 1))
        if nextHeader == IPProtocol.hopByHop,
          let jumbo = jumboLength(bytes, rest.limited(to: length))
        {
          // The option counts from the end of the fixed header (RFC 2675 2).
          let fixedEnd = extent.start
          rest = Extent(
            start: rest.start, end: min(rest.end, fixedEnd &+ jumbo),
            wireEnd: min(rest.wireEnd, fixedEnd &+ jumbo))
          header.length = UInt32(clamping: rest.wireEnd &- fixedEnd &+ 40)
        }
      case IPProtocol.authentication:
        // Its length is in words, beyond the first two (RFC 4302 2.2).
        guard rest.captured >= 8 else { return .cutBeforeTCP }
        length = 8 &+ 4 &* Int(bytes.uint8(at: rest.start + 1))
      case IPProtocol.fragment:
        // next header (1) | reserved (1) | offset (13 bits), reserved (2), more (1) | id (4)
        guard rest.captured >= 8 else { return .cutBeforeTCP }
        // Offset 0 and nothing more to come: an atomic fragment, a whole packet (RFC 6946).
        guard bytes.uint16(at: rest.start + 2) & 0xFFF9 == 0 else { return .ipFragment }
        length = 8
      default:
        return decodeTransport(nextHeader)
      }
      guard rest.captured >= length else {
        return rest.wireEnd &- rest.start < length ? .badIPHeader : .cutBeforeTCP
      }
      nextHeader = bytes.uint8(at: rest.start)
      rest = rest.dropping(length)
    }
  }

  /// The jumbo payload option (RFC 2675) of a hop-by-hop header, if there is one.
  private func jumboLength(_ bytes: RawSpan, _ options: Extent) -> Int? {
    var position = options.start + 2
    while position + 2 <= options.end {
      let kind = bytes.uint8(at: position)
      if kind == 0 {
        position += 1
        continue
      }
      let length = Int(bytes.uint8(at: position + 1))
      if kind == 0xC2, length == 4, position + 6 <= options.end {
        return Int(bytes.uint32(at: position + 2))
      }
      position += 2 + length
    }
    return nil
  }

  /// What does not hold TCP.
  private func decodeTransport(_ transport: UInt8) -> FrameContent {
    switch transport {
    case IPProtocol.udp: .udp
    case IPProtocol.icmp, IPProtocol.icmpv6: .icmp
    default: .otherIPProtocol
    }
  }
}
