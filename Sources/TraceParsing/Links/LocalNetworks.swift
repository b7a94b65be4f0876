import TCPModel

// Local networks other than Ethernet and Wi-Fi, and frames that a capturing system wraps.
extension FrameDecoder {
  /// frame control (1) | destination (6) | source (6) | IEEE 802.2
  mutating func decodeFDDI(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 13 else { return .cutBeforeTCP }
    // Asynchronous frames with data, of any priority (ANSI X3.139).
    guard bytes.uint8(at: 0) & 0x70 == 0x50 else { return .nonIP }
    return decodeLLC(bytes.dropping(13), into: &batch)
  }

  /// access control (1) | frame control (1) | destination (6) | source (6), its highest bit says
  /// that a route follows | IEEE 802.2
  mutating func decodeTokenRing(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 15 else { return .cutBeforeTCP }
    guard bytes.uint8(at: 1) >> 6 == 1 else { return .nonIP }
    let hasRoute = bytes.uint8(at: 8) & 0x80 != 0
    let length = 14 + (hasRoute ? Int(bytes.uint8(at: 14) & 0x1F) : 0)
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeLLC(bytes.dropping(length), into: &batch)
  }

  /// source (1) | destination (1) | offset (2, on Linux alone) | type (1), and for RFC 1201:
  /// split flag (1) | sequence (2)
  mutating func decodeARCNET(
    _ bytes: FrameBytes, typeOffset: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= typeOffset + 8 else { return .cutBeforeTCP }
    switch bytes.uint8(at: typeOffset) {
    case 240:
      // RFC 1051
      return decodeAfter(typeOffset + 1, .ip, bytes, into: &batch)
    case 212:
      // A flag of 0xFF pads a frame that would have a forbidden length (RFC 1201 2.1).
      let flag = typeOffset + (bytes.uint8(at: typeOffset + 1) == 0xFF ? 5 : 1)
      guard bytes.uint8(at: flag) == 0 else { return .ipFragment }
      return decodeAfter(flag + 3, .ip, bytes, into: &batch)
    default: return .nonIP
    }
  }

  /// global routing header (40) | Ethernet type (2) | reserved (2) (RFC 4391 6)
  mutating func decodeIPOverInfiniBand(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 44 else { return .cutBeforeTCP }
    return decodeTyped(bytes.uint16(at: 40), bytes.dropping(44), into: &batch)
  }

  /// "MGC" (3) | flags (1): 0x80 extensions, 0x02 no Ethernet header | length of the extensions (2)
  mutating func decodeJuniperEthernet(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 6 else { return .cutBeforeTCP }
    guard bytes.uint32(at: 0) >> 8 == 0x4D4743 else { return .nonIP }
    let flags = bytes.uint8(at: 3)
    let length = flags & 0x80 != 0 ? 6 + Int(bytes.uint16(at: 4)) : 4
    if flags & 0x02 != 0 {
      // A protocol number of Juniper's own stands before the packet.
      return decodeAfter(length + 4, .ip, bytes, into: &batch)
    }
    return decodeAfter(length, .ethernet, bytes, into: &batch)
  }

  /// family (1) | version (1) | resource (2), then fields: length (2) | type (2) | value, padded
  /// to 4 bytes. Field 9 is the packet. Lengths are in the capturing host's byte order.
  mutating func decodeNFLOG(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    var rest = bytes.dropping(4)
    // A length is small: as with the loopback's family, whichever half is empty tells.
    var isSwapped = false
    if rest.byteCount >= 2 { isSwapped = rest.uint8(at: 0) != 0 && rest.uint8(at: 1) == 0 }
    while rest.byteCount >= 4 {
      let length = isSwapped ? rest.uint16(at: 0).byteSwapped : rest.uint16(at: 0)
      let type = isSwapped ? rest.uint16(at: 2).byteSwapped : rest.uint16(at: 2)
      guard length >= 4 else { return .nonIP }
      if type == 9 {
        return decodeInner(.ip, rest.dropping(4).limited(to: Int(length) - 4), into: &batch)
      }
      rest = rest.dropping(min((Int(length) + 3) & ~3, rest.byteCount))
    }
    return bytes.isWhole ? .nonIP : .cutBeforeTCP
  }
}
