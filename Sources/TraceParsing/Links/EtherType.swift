import TCPModel

/// Ethernet types (IEEE 802 numbers, and what GRE and others put in the same place).
enum EtherType {
  /// Up to here the field is the length of an IEEE 802.3 frame.
  static let maximumLength: UInt16 = 1500
  static let ipv4: UInt16 = 0x0800
  static let arp: UInt16 = 0x0806
  static let reverseARP: UInt16 = 0x8035
  static let transparentBridging: UInt16 = 0x6558
  static let vlan: UInt16 = 0x8100
  /// Wi-Fi frames in Aruba's GRE tunnels, a queue number in the second digit from the right.
  static let arubaWLAN: ClosedRange<UInt16> = 0x8200...0x8270
  static let ipv6: UInt16 = 0x86DD
  static let ppp: UInt16 = 0x880B
  static let wccp: UInt16 = 0x883E
  static let mpls: UInt16 = 0x8847
  static let mplsMulticast: UInt16 = 0x8848
  static let pppoeSession: UInt16 = 0x8864
  static let jumboLLC: UInt16 = 0x8870
  static let providerBridge: UInt16 = 0x88A8
  static let erspan: UInt16 = 0x88BE
  static let providerBackbone: UInt16 = 0x88E7
  static let fabricPath: UInt16 = 0x8903
  static let vnTag: UInt16 = 0x8926
  static let eTag: UInt16 = 0x893F
  static let networkService: UInt16 = 0x894F
  static let erspan3: UInt16 = 0x22EB
  /// Stacked tags from before 802.1ad.
  static let oldStackedVLAN: ClosedRange<UInt16> = 0x9100...0x9300
}

extension FrameDecoder {
  /// What follows an Ethernet type.
  mutating func decodeTyped(
    _ firstType: UInt16, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard depth < FrameDecoder.maximumDepth else { return .tooManyHeaders }
    depth += 1
    defer { depth -= 1 }
    var type = firstType
    var bytes = bytes
    while true {
      /// Of a tag, which ends with the next type.
      let tagLength: Int
      switch type {
      case EtherType.vlan, EtherType.providerBridge, EtherType.oldStackedVLAN:
        tagLength = 4
      case EtherType.vnTag:
        // direction, pointer, destination (2) | source (2)
        tagLength = 6
      case EtherType.eTag:
        // priority, ingress (2) | group, channel (2) | extensions (2)
        tagLength = 8
      case EtherType.ipv4:
        return decodeIPv4(bytes, into: &batch)
      case EtherType.ipv6:
        return decodeIPv6(bytes, into: &batch)
      case EtherType.arp, EtherType.reverseARP:
        return .arp
      default:
        return decodeCarrier(type, bytes, into: &batch)
      }
      guard bytes.byteCount >= tagLength else { return .cutBeforeTCP }
      type = bytes.uint16(at: tagLength - 2)
      bytes = bytes.dropping(tagLength)
    }
  }

  /// Types that carry frames or packets in headers of their own.
  private mutating func decodeCarrier(
    _ type: UInt16, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    switch type {
    case EtherType.mpls, EtherType.mplsMulticast:
      return decodeMPLS(bytes, into: &batch)
    case EtherType.pppoeSession:
      return decodeInner(.pppoe, bytes, into: &batch)
    case EtherType.providerBackbone:
      // flags (1), service (3), then the customer's frame
      return decodeAfter(4, .ethernet, bytes, into: &batch)
    case EtherType.fabricPath:
      // Tree and time to live (2), then the frame, then a checksum of its own (4). Some captures lack
      // that one; which they are nobody can tell, so we take the last bytes for it as Wireshark does.
      // What was sent is not narrowed: a frame without the checksum has its last bytes there.
      let frame = FrameBytes(
        bytes.captured.extracting(first: max(0, min(bytes.byteCount, bytes.wireLength - 4))),
        wireLength: bytes.wireLength)
      return decodeAfter(2, .ethernet, frame, into: &batch)
    case EtherType.transparentBridging:
      return decodeInner(.ethernet, bytes, into: &batch)
    case EtherType.ppp:
      return decodeInner(.ppp, bytes, into: &batch)
    case EtherType.arubaWLAN:
      return decodeInner(.wlan, bytes, into: &batch)
    case EtherType.networkService:
      return decodeNetworkService(bytes, into: &batch)
    case EtherType.jumboLLC:
      return decodeLLC(bytes, into: &batch)
    case 0...EtherType.maximumLength:
      return decodeLLC(bytes.limited(to: Int(type)), into: &batch)
    default:
      return .nonIP
    }
  }

  /// A frame behind a header of fixed length that has nothing to tell.
  mutating func decodeAfter(
    _ length: Int, _ link: LinkLayer, _ bytes: FrameBytes,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeInner(link, bytes.dropping(length), into: &batch)
  }
}
