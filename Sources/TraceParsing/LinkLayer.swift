import TCPModel

/// How the frames of an interface begin. Chosen once per interface, from its link type.
enum LinkLayer: UInt8, BitwiseCopyable {
  case ethernet
  case linuxSLL
  case linuxSLL2
  /// An IP packet; the first four bits tell the version.
  case ip
  /// BSD loopback: the address family in the capturing host's byte order, or in network order.
  case loopback
  case unknown
}

/// Ethernet types (IEEE 802 numbers).
enum EtherType {
  static let ipv4: UInt16 = 0x0800
  static let arp: UInt16 = 0x0806
  static let vlan: UInt16 = 0x8100
  static let reverseARP: UInt16 = 0x8035
  static let ipv6: UInt16 = 0x86DD
  static let providerBridge: UInt16 = 0x88A8
  /// Stacked tags from before 802.1ad.
  static let oldStackedVLAN: ClosedRange<UInt16> = 0x9100...0x9300
}

extension FrameDecoder {
  @inline(always)
  mutating func decodeLink(
    _ link: LinkLayer, _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    if link == .ethernet, bytes.byteCount >= 14, bytes.uint16(at: 12) == EtherType.ipv4 {
      return decodeIPv4(bytes.dropping(14), wireLength &- 14, into: &batch)
    }
    return decodeOtherLink(link, bytes, wireLength, into: &batch)
  }

  @inline(never)
  private mutating func decodeOtherLink(
    _ link: LinkLayer, _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    switch link {
    case .ethernet:
      // destination (6) | source (6) | type (2)
      guard bytes.byteCount >= 14 else { return .cutBeforeTCP }
      return decodeTyped(bytes.uint16(at: 12), bytes.dropping(14), wireLength - 14, into: &batch)
    case .linuxSLL:
      // packet type (2) | ARPHRD (2) | address length (2) | address (8) | protocol (2)
      guard bytes.byteCount >= 16 else { return .cutBeforeTCP }
      return decodeTyped(bytes.uint16(at: 14), bytes.dropping(16), wireLength - 16, into: &batch)
    case .linuxSLL2:
      // protocol (2) | reserved (2) | interface (4) | ARPHRD (2) | packet type (1) | length (1) |
      // address (8)
      guard bytes.byteCount >= 20 else { return .cutBeforeTCP }
      return decodeTyped(bytes.uint16(at: 0), bytes.dropping(20), wireLength - 20, into: &batch)
    case .ip:
      return decodeIP(bytes, wireLength, into: &batch)
    case .loopback:
      return decodeLoopback(bytes, wireLength, into: &batch)
    case .unknown:
      return .unknownLinkType
    }
  }

  /// What follows an Ethernet type.
  mutating func decodeTyped(
    _ firstType: UInt16, _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    var type = firstType
    var bytes = bytes
    var wireLength = wireLength
    while true {
      switch type {
      case EtherType.vlan, EtherType.providerBridge, EtherType.oldStackedVLAN:
        // priority and VLAN (2) | type (2)
        guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
        type = bytes.uint16(at: 2)
        bytes = bytes.dropping(4)
        wireLength &-= 4
      case EtherType.ipv4:
        return decodeIPv4(bytes, wireLength, into: &batch)
      case EtherType.ipv6:
        return decodeIPv6(bytes, wireLength, into: &batch)
      case EtherType.arp, EtherType.reverseARP:
        return .arp
      default:
        return .nonIP
      }
    }
  }

  /// family (4): 2 is IPv4 everywhere; IPv6 is 10 on Linux, 24, 28 or 30 on the BSDs.
  private mutating func decodeLoopback(
    _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    let value = bytes.uint32(at: 0)
    // A family is a small number: whichever half is empty tells the byte order.
    switch value > 0xFFFF ? value.byteSwapped : value {
    case 2: return decodeIPv4(bytes.dropping(4), wireLength &- 4, into: &batch)
    case 10, 24, 28, 30: return decodeIPv6(bytes.dropping(4), wireLength &- 4, into: &batch)
    default: return .nonIP
    }
  }
}
