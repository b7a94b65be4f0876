// Headers between the addresses of an Ethernet frame and the type of its payload.
extension FrameDecoder {
  /// How long the header of a type is, up to and with the type that follows it; nil for a type that
  /// is no such header, or one that hides what follows.
  static func tagLength(_ type: UInt16, _ bytes: FrameBytes) -> Int? {
    switch type {
    case EtherType.vlan, EtherType.providerBridge, EtherType.oldStackedVLAN: 4
    // direction, pointer, destination (2) | source (2)
    case EtherType.vnTag: 6
    // priority, ingress (2) | group, channel (2) | extensions (2)
    case EtherType.eTag: 8
    // IEC 62439-3: path, length (2) | sequence (2); IEEE 802.1CB: reserved (2) | sequence (2)
    case EtherType.seamlessRedundancy, EtherType.redundancyTag: 6
    // version (1) | length of the options in words (1) | kind (2) | security group (2)
    case EtherType.ciscoMetaData: bytes.byteCount >= 2 ? 4 + 4 * Int(bytes.uint8(at: 1)) : 8
    // subtype (2) | version (2): its second byte tells the width of the time stamp (8 or 6)
    case EtherType.aristaTime:
      bytes.byteCount >= 4 && bytes.uint8(at: 3) == 0x20 ? 12 : 14
    case EtherType.macSecurity: macSecurityTagLength(bytes)
    default: nil
    }
  }

  /// IEEE 802.1AE 9.3: flags (1) | short length (1) | packet number (4) | channel (8), where flagged.
  /// nil for an encrypted or changed payload.
  private static func macSecurityTagLength(_ bytes: FrameBytes) -> Int? {
    guard bytes.byteCount >= 1 else { return 8 }
    let flags = bytes.uint8(at: 0)
    guard flags & 0x0C == 0 else { return nil }
    return flags & 0x20 != 0 ? 16 : 8
  }

  /// RFC 6325 3: version, multicast, length of the options in words (5 bits), hops (2) | egress (2) |
  /// ingress (2)
  mutating func decodeTRILL(_ bytes: FrameBytes, into batch: inout SegmentBatch) -> FrameContent {
    guard bytes.byteCount >= 6 else { return .cutBeforeTCP }
    let options = 4 * Int(bytes.uint16(at: 0) >> 6 & 0x1F)
    return decodeAfter(6 + options, .ethernet, bytes, into: &batch)
  }
}
