extension FrameDecoder {
  /// IEEE 802.2: destination and source (2) | control (1 for unnumbered frames), and behind a SNAP
  /// header (0xAAAA): organisation (3) | type (2).
  mutating func decodeLLC(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 3 else { return .cutBeforeTCP }
    guard bytes.uint8(at: 2) == 0x03 else { return .nonIP }
    switch bytes.uint16(at: 0) {
    case 0xAAAA:
      guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
      // Ethernet types in their own name, and bridged from Ethernet (RFC 1042, 802.1H).
      let organisation = bytes.uint32(at: 2) & 0xFF_FFFF
      guard organisation == 0 || organisation == 0xF8 else { return .nonIP }
      return decodeTyped(bytes.uint16(at: 6), bytes.dropping(8), into: &batch)
    case 0x0606:
      return decodeAfter(3, .ip, bytes, into: &batch)
    default:
      return .nonIP
    }
  }
}
