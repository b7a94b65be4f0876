// What operating systems and capturing hardware write before a packet.
extension FrameDecoder {
  /// OpenBSD and FreeBSD pflog: length without padding (1) | family (1) | action (1) | reason (1) |
  /// interface, rule, process; padded to 4 bytes.
  mutating func decodePacketFilterLog(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 1 else { return .cutBeforeTCP }
    let length = (Int(bytes.uint8(at: 0)) + 3) & ~3
    guard length >= 48 else { return .nonIP }
    return decodeAfter(length, .ip, bytes, into: &batch)
  }

  /// macOS: length of this header (4) | kind of record (4) | link type (4) | interface (24) | .., in
  /// the capturing host's byte order.
  mutating func decodePacketTap(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 12 else { return .cutBeforeTCP }
    // A length is small: whichever half is empty tells the byte order.
    let isSwapped = bytes.uint32(at: 0) > 0xFFFF
    func field(_ offset: Int) -> UInt32 {
      isSwapped ? bytes.uint32(at: offset).byteSwapped : bytes.uint32(at: offset)
    }
    let length = Int(field(0))
    guard (40...1024).contains(length) else { return .nonIP }
    // 1 is a packet; others tell of processes and interfaces.
    guard field(4) == 1 else { return .notAPacket }
    let link = LinkType(rawValue: UInt16(truncatingIfNeeded: field(8))).layer
    return decodeAfter(length, link, bytes, into: &batch)
  }

  /// direction (1) | kind of packet (1) | its compressed header (14), then the packet: whole, also
  /// where it was compressed on the line (RFC 1144).
  mutating func decodeSLIP(_ bytes: FrameBytes, into batch: inout SegmentBatch) -> FrameContent {
    decodeAfter(16, .ip, bytes, into: &batch)
  }

  /// IP over IEEE 1394 on macOS: destination (8) | source (8) | Ethernet type (2)
  mutating func decodeFireWire(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 18 else { return .cutBeforeTCP }
    return decodeTyped(bytes.uint16(at: 16), bytes.dropping(18), into: &batch)
  }

  /// RFC 4338: destination (8) | source (8) | IEEE 802.2
  mutating func decodeFibreChannel(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 16 else { return .cutBeforeTCP }
    return decodeLLC(bytes.dropping(16), into: &batch)
  }

  /// Ethernet with a switch chip's tag between the addresses and the type.
  mutating func decodeSwitchTag(
    _ tagLength: Int, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    let length = 14 + tagLength
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeTyped(bytes.uint16(at: length - 2), bytes.dropping(length), into: &batch)
  }
}
