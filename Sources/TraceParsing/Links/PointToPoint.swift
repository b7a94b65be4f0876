import TCPModel

/// PPP protocol numbers (IANA).
private enum PPPProtocol {
  static let ipv4: UInt16 = 0x0021
  static let ipv6: UInt16 = 0x0057
  static let mpls: UInt16 = 0x0281
  static let mplsMulticast: UInt16 = 0x0283
}

// Serial lines, and what was made of them.
extension FrameDecoder {
  /// RFC 1661 2, RFC 1662 3.1: address 0xFF, control 0x03, both may be left out | protocol (2, or 1
  /// where it is compressed: then it is odd)
  mutating func decodePPP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    var start = 0
    switch bytes.uint16(at: 0) {
    case 0xFF03: start = 2
    // A line that carries Cisco's framing under the same link type.
    case 0x0F00, 0x8F00: return decodeCiscoHDLC(bytes, into: &batch)
    default: break
    }
    var type = UInt16(bytes.uint8(at: start))
    start += 1
    if type & 1 == 0 {
      type = type << 8 | UInt16(bytes.uint8(at: start))
      start += 1
    }
    let payload = bytes.dropping(start)
    switch type {
    case PPPProtocol.ipv4: return decodeIPv4(payload, into: &batch)
    case PPPProtocol.ipv6: return decodeIPv6(payload, into: &batch)
    case PPPProtocol.mpls, PPPProtocol.mplsMulticast:
      return decodeMPLS(payload, into: &batch)
    default: return .nonIP
    }
  }

  /// RFC 2516 4: version and type (1) | code (1), 0 in a session | session (2) | length (2)
  mutating func decodePPPoE(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 6 else { return .cutBeforeTCP }
    guard bytes.uint16(at: 0) == 0x1100 else { return .nonIP }
    return decodePPP(bytes.dropping(6).limited(to: Int(bytes.uint16(at: 4))), into: &batch)
  }

  /// address (1) | control (1) | Ethernet type (2)
  mutating func decodeCiscoHDLC(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    // Cisco's keep-alives have the type of reverse ARP.
    let type = bytes.uint16(at: 2)
    if type == EtherType.reverseARP { return .nonIP }
    return decodeTyped(type, bytes.dropping(4), into: &batch)
  }

  /// RFC 2427 3: address (2 to 4, the last byte is odd) | control 0x03 | a zero to pad, or none |
  /// protocol (1)
  mutating func decodeFrameRelay(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    var start = 0
    repeat {
      guard start < min(4, bytes.byteCount) else { return .nonIP }
      start += 1
    } while bytes.uint8(at: start - 1) & 1 == 0
    guard bytes.byteCount >= start + 3 else { return .cutBeforeTCP }
    guard bytes.uint8(at: start) == 0x03 else {
      // Cisco's framing has an Ethernet type here.
      let type = bytes.uint16(at: start)
      return decodeTyped(type, bytes.dropping(start + 2), into: &batch)
    }
    start += bytes.uint8(at: start + 1) == 0 ? 2 : 1
    guard bytes.byteCount >= start + 6 else { return .cutBeforeTCP }
    switch bytes.uint8(at: start) {
    case 0xCC, 0x8E: return decodeAfter(start + 1, .ip, bytes, into: &batch)
    case 0x80:
      // organisation (3) | Ethernet type (2)
      guard bytes.uint32(at: start) & 0xFF_FFFF == 0 else { return .nonIP }
      let type = bytes.uint16(at: start + 4)
      return decodeTyped(type, bytes.dropping(start + 6), into: &batch)
    default: return .nonIP
    }
  }
}
