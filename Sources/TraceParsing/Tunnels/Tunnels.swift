import TCPModel

// Packets in packets. A segment has the addresses of the innermost IP header.
extension FrameDecoder {
  /// What an IP header carries.
  mutating func decodeTransport(
    _ transport: UInt8, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    switch transport {
    case IPProtocol.tcp:
      return decodeTCP(bytes, into: &batch)
    case IPProtocol.udp:
      return decodeUDP(bytes, into: &batch)
    case IPProtocol.icmp, IPProtocol.icmpv6:
      // It may quote a TCP header, which is no segment.
      noteICMP(bytes, isIPv6: transport == IPProtocol.icmpv6, batch)
      return .icmp
    case IPProtocol.ipv4, IPProtocol.ipv6, IPProtocol.ipInIP:
      return decodeInner(.ip, bytes, into: &batch)
    case IPProtocol.gre:
      return decodeGRE(bytes, into: &batch)
    case IPProtocol.authentication:
      return decodeAuthentication(bytes, into: &batch)
    case IPProtocol.encapsulatedSecurity:
      return .encryptedIP
    case IPProtocol.compression:
      return decodeCompressed(bytes, into: &batch)
    case IPProtocol.etherIP:
      return decodeAfter(2, .ethernet, bytes, into: &batch)
    case IPProtocol.mpls:
      return decodeMPLS(bytes, into: &batch)
    default:
      return .otherIPProtocol
    }
  }

  /// RFC 4302 2: next header (1) | length in words beyond the first two (1) | reserved (2) |
  /// parameters (4) | sequence (4) | check value
  private mutating func decodeAuthentication(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let next = bytes.uint8(at: 0)
    let length = 8 + 4 * Int(bytes.uint8(at: 1))
    // A second one makes no sense and could go on for ever.
    guard next != IPProtocol.authentication else { return .otherIPProtocol }
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeTransport(next, bytes.dropping(length), into: &batch)
  }

  /// RFC 3173 2.2: next header (1) | flags (1) | parameter index (2). Whatever the index says,
  /// deflate is the one method in use.
  private mutating func decodeCompressed(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    guard depth < FrameDecoder.maximumDepth else { return .tooManyHeaders }
    if let log {
      log.isDeferred = true
      return .otherIPProtocol
    }
    depth += 1
    defer { depth -= 1 }
    switch inflater.inflate(bytes.dropping(4).captured) {
    case .damaged: return .otherIPProtocol
    case .tooMuch: return .overInflationBudget
    case .inflated(var payload):
      let copy = batch.hold(copyOf: payload.span.bytes)
      defer { withExtendedLifetime(copy) {} }
      inflater.reuse(&payload)
      return decodeTransport(bytes.uint8(at: 0), FrameBytes(whole: copy.bytes), into: &batch)
    }
  }

  /// RFC 2784 2, RFC 2890 2, RFC 2637 4.1
  ///
  ///     0   flags: checksum, routing, key, sequence (4 bits); acknowledgment (0x80); version
  ///     2   Ethernet type of what follows
  ///     4   checksum and offset (4), key (4), sequence (4), acknowledgment (4), where flagged
  mutating func decodeGRE(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    let flags = bytes.uint16(at: 0)
    let type = bytes.uint16(at: 2)
    // Source routes (RFC 1701) went out of use before captures came into it.
    guard flags & 0x7 <= 1, flags & 0x4000 == 0 else { return .otherIPProtocol }
    let hasSequence = flags & 0x1000 != 0
    var length = 4
    if flags & 0x8000 != 0 { length += 4 }
    if flags & 0x2000 != 0 { length += 4 }
    if hasSequence { length += 4 }
    if flags & 0x0080 != 0, flags & 0x7 == 1 { length += 4 }
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    let payload = bytes.dropping(length)
    switch type {
    case EtherType.erspan:
      // Type II has a header and numbers its packets, type I neither.
      return decodeAfter(hasSequence ? 8 : 0, .ethernet, payload, into: &batch)
    case EtherType.erspan3:
      // The last bit of its 12 bytes says that 8 more follow.
      guard payload.byteCount >= 12 else { return .cutBeforeTCP }
      let header = payload.uint8(at: 11) & 1 == 0 ? 12 : 20
      return decodeAfter(header, .ethernet, payload, into: &batch)
    case EtherType.wccp:
      // Version 2 puts 4 bytes before the packet, version 1 none.
      let isPacket = payload.byteCount >= 1 && payload.uint8(at: 0) >> 4 == 4
      return decodeAfter(isPacket ? 0 : 4, .ip, payload, into: &batch)
    case EtherType.ipv4, EtherType.ipv6:
      return decodeInner(.ip, payload, into: &batch)
    default:
      return decodeTyped(type, payload, into: &batch)
    }
  }
}
