import TCPModel

/// How the frames of an interface begin. Chosen once per interface, from its link type.
enum LinkLayer: UInt8, BitwiseCopyable {
  case ethernet
  case linuxSLL
  case linuxSLL2
  /// An IP packet; the first four bits tell the version.
  case ip
  /// BSD loopback: the address family in the byte order of the capturing host.
  case null
  /// OpenBSD loopback: the address family in network byte order.
  case loop
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
  @inline(__always)
  mutating func decodeLink(
    _ bytes: RawSpan, _ extent: Extent, _ link: LinkLayer, _ origin: FrameOrigin,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    switch link {
    case .ethernet:
      // destination (6) | source (6) | type (2)
      guard extent.captured >= 14 else { return .cutBeforeTCP }
      let type = bytes.uint16(at: extent.start + 12)
      return decodeNetwork(bytes, extent.dropping(14), type, origin, into: &batch)
    case .ip:
      return decodeIP(bytes, extent, origin, into: &batch)
    case .linuxSLL:
      // packet type (2) | ARPHRD (2) | address length (2) | address (8) | protocol (2)
      guard extent.captured >= 16 else { return .cutBeforeTCP }
      let type = bytes.uint16(at: extent.start + 14)
      return decodeNetwork(bytes, extent.dropping(16), type, origin, into: &batch)
    case .linuxSLL2:
      // protocol (2) | reserved (2) | interface (4) | ARPHRD (2) | packet type (1) | length (1) |
      // address (8)
      guard extent.captured >= 20 else { return .cutBeforeTCP }
      let type = bytes.uint16(at: extent.start)
      return decodeNetwork(bytes, extent.dropping(20), type, origin, into: &batch)
    case .null, .loop:
      return decodeLoopback(bytes, extent, origin, into: &batch)
    case .unknown:
      return .unknownLinkType
    }
  }

  /// What follows an Ethernet type.
  @inline(__always)
  mutating func decodeNetwork(
    _ bytes: RawSpan, _ extent: Extent, _ type: UInt16, _ origin: FrameOrigin,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    if type == EtherType.ipv4 { return decodeIPv4(bytes, extent, origin, into: &batch) }
    if type == EtherType.ipv6 { return decodeIPv6(bytes, extent, origin, into: &batch) }
    return decodeTagged(bytes, extent, type, origin, into: &batch)
  }

  /// Ethernet types other than IP itself.
  @inline(never)
  private mutating func decodeTagged(
    _ bytes: RawSpan, _ extent: Extent, _ firstType: UInt16, _ origin: FrameOrigin,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    var type = firstType
    var rest = extent
    while true {
      switch type {
      case EtherType.vlan, EtherType.providerBridge, EtherType.oldStackedVLAN:
        // priority and VLAN (2) | type (2)
        guard rest.captured >= 4 else { return .cutBeforeTCP }
        type = bytes.uint16(at: rest.start + 2)
        rest = rest.dropping(4)
      case EtherType.ipv4:
        return decodeIPv4(bytes, rest, origin, into: &batch)
      case EtherType.ipv6:
        return decodeIPv6(bytes, rest, origin, into: &batch)
      case EtherType.arp, EtherType.reverseARP:
        return .arp
      default:
        return .nonIP
      }
    }
  }

  /// family (4): 2 is IPv4 everywhere; IPv6 is 10 on Linux, 24, 28 or 30 on the BSDs.
  @inline(never)
  private mutating func decodeLoopback(
    _ bytes: RawSpan, _ extent: Extent, _ origin: FrameOrigin, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard extent.captured >= 4 else { return .cutBeforeTCP }
    let value = bytes.uint32(at: extent.start)
    // A family is a small number: whichever half is empty tells the byte order.
    let family = value > 0xFFFF ? value.byteSwapped : value
    switch family {
    case 2: return decodeIPv4(bytes, extent.dropping(4), origin, into: &batch)
    case 10, 24, 28, 30: return decodeIPv6(bytes, extent.dropping(4), origin, into: &batch)
    default: return .nonIP
    }
  }
}
