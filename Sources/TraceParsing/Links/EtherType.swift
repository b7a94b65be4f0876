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
  static let macSecurity: UInt16 = 0x88E5
  static let fabricPath: UInt16 = 0x8903
  static let ciscoMetaData: UInt16 = 0x8909
  static let vnTag: UInt16 = 0x8926
  /// HSR; PRP puts the same at a frame's end, where nothing needs it.
  static let seamlessRedundancy: UInt16 = 0x892F
  static let eTag: UInt16 = 0x893F
  static let networkService: UInt16 = 0x894F
  static let aristaTime: UInt16 = 0xD28B
  static let redundancyTag: UInt16 = 0xF1C1
  static let erspan3: UInt16 = 0x22EB
  static let trill: UInt16 = 0x22F3
  /// Stacked tags from before 802.1ad.
  static let oldStackedVLAN: ClosedRange<UInt16> = 0x9100...0x9300

  /// Protocols of their own that carry no IP: IPX, AppleTalk, DECnet, X.25, Wake-on-LAN, loops,
  /// pause and slow protocols, PPPoE's discovery, EAPOL, PROFINET, EtherCAT, POWERLINK, AoE, GOOSE,
  /// LLDP, HomePlug, MRP, PTP, PRP's supervision, CFM, FCoE, RoCE, and their like.
  static func isKnownWithoutIP(_ type: UInt16) -> Bool {
    switch type {
    case 0x0600, 0x0805, 0x0842, 0x22F0, 0x22EA, 0x6000...0x6009, 0x809B, 0x80F3, 0x8137, 0x8138,
      0x8808, 0x8809, 0x8863, 0x887B, 0x888E, 0x8892, 0x8899, 0x88A2, 0x88A4, 0x88AB,
      0x88B4, 0x88B8...0x88BB, 0x88C7, 0x88CA, 0x88CC, 0x88CD, 0x88D9, 0x88E1, 0x88E3,
      0x88F5...0x88F7,
      0x88FB, 0x8902, 0x8906, 0x890D, 0x8914, 0x8915, 0x891D, 0x9000:
      true
    default: false
    }
  }
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
      switch type {
      case EtherType.ipv4:
        return decodeIPv4(bytes, into: &batch)
      case EtherType.ipv6:
        return decodeIPv6(bytes, into: &batch)
      case EtherType.arp, EtherType.reverseARP:
        return .arp
      default: break
      }
      guard let tagLength = FrameDecoder.tagLength(type, bytes) else {
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
    case EtherType.trill:
      return decodeTRILL(bytes, into: &batch)
    case EtherType.macSecurity:
      return .macSecurityEncrypted
    case EtherType.jumboLLC:
      return decodeLLC(bytes, into: &batch)
    case 0...EtherType.maximumLength:
      return decodeLLC(bytes.limited(to: Int(type)), into: &batch)
    default:
      return EtherType.isKnownWithoutIP(type) ? .nonIP : .unknownEtherType
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
