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
    _ firstType: UInt16, _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard depth < FrameDecoder.maximumDepth else { return .tooManyHeaders }
    depth += 1
    defer { depth -= 1 }
    var type = firstType
    var bytes = bytes
    var wireLength = wireLength
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
        return decodeIPv4(bytes, wireLength, into: &batch)
      case EtherType.ipv6:
        return decodeIPv6(bytes, wireLength, into: &batch)
      case EtherType.arp, EtherType.reverseARP:
        return .arp
      default:
        return decodeCarrier(type, bytes, wireLength, into: &batch)
      }
      guard bytes.byteCount >= tagLength else { return .cutBeforeTCP }
      type = bytes.uint16(at: tagLength - 2)
      bytes = bytes.dropping(tagLength)
      wireLength -= tagLength
    }
  }

  /// Types that carry frames or packets in headers of their own.
  private mutating func decodeCarrier(
    _ type: UInt16, _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    switch type {
    case EtherType.mpls, EtherType.mplsMulticast:
      return decodeMPLS(bytes, wireLength, into: &batch)
    case EtherType.pppoeSession:
      return decodeInner(.pppoe, bytes, wireLength, into: &batch)
    case EtherType.providerBackbone:
      // flags (1), service (3), then the customer's frame
      return decodeAfter(4, .ethernet, bytes, wireLength, into: &batch)
    case EtherType.fabricPath:
      // Tree and time to live (2), then the frame, then a checksum of its own (4). Some captures lack
      // that one; which they are nobody can tell, so we take the last bytes for it as Wireshark does.
      let frame = bytes.extracting(first: max(0, min(bytes.byteCount, wireLength - 4)))
      return decodeAfter(2, .ethernet, frame, wireLength, into: &batch)
    case EtherType.transparentBridging:
      return decodeInner(.ethernet, bytes, wireLength, into: &batch)
    case EtherType.ppp:
      return decodeInner(.ppp, bytes, wireLength, into: &batch)
    case EtherType.arubaWLAN:
      return decodeInner(.wlan, bytes, wireLength, into: &batch)
    case EtherType.networkService:
      return decodeNetworkService(bytes, wireLength, into: &batch)
    case EtherType.jumboLLC:
      return decodeLLC(bytes, wireLength, into: &batch)
    case 0...EtherType.maximumLength:
      let length = min(Int(type), wireLength)
      return decodeLLC(bytes.extracting(first: length), length, into: &batch)
    default:
      return .nonIP
    }
  }

  /// A frame behind a header of fixed length that has nothing to tell.
  mutating func decodeAfter(
    _ length: Int, _ link: LinkLayer, _ bytes: RawSpan, _ wireLength: Int,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeInner(link, bytes.dropping(length), wireLength - length, into: &batch)
  }

  /// Label stack entries of 4 bytes (RFC 3032 2.1): label (20 bits), class (3 bits), bottom of the
  /// stack (1 bit), time to live. The first four bits behind the bottom tell what follows
  /// (RFC 4928 3).
  mutating func decodeMPLS(
    _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    var bytes = bytes
    var wireLength = wireLength
    var isBottom = false
    while !isBottom {
      guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
      isBottom = bytes.uint8(at: 2) & 1 == 1
      bytes = bytes.dropping(4)
      wireLength -= 4
    }
    guard bytes.byteCount >= 1 else { return .cutBeforeTCP }
    switch bytes.uint8(at: 0) >> 4 {
    case 4, 6: return decodeInner(.ip, bytes, wireLength, into: &batch)
    // The control word of a pseudowire (RFC 4385 3), which most often carries Ethernet.
    case 0: return decodeAfter(4, .ethernet, bytes, wireLength, into: &batch)
    default: return .nonIP
    }
  }

  /// IEEE 802.2: destination and source (2) | control (1 for unnumbered frames), and behind a SNAP
  /// header (0xAAAA): organisation (3) | type (2).
  mutating func decodeLLC(
    _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 3 else { return .cutBeforeTCP }
    guard bytes.uint8(at: 2) == 0x03 else { return .nonIP }
    switch bytes.uint16(at: 0) {
    case 0xAAAA:
      guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
      // Ethernet types in their own name, and bridged from Ethernet (RFC 1042, 802.1H).
      let organisation = bytes.uint32(at: 2) & 0xFF_FFFF
      guard organisation == 0 || organisation == 0xF8 else { return .nonIP }
      return decodeTyped(bytes.uint16(at: 6), bytes.dropping(8), wireLength - 8, into: &batch)
    case 0x0606:
      return decodeAfter(3, .ip, bytes, wireLength, into: &batch)
    default:
      return .nonIP
    }
  }

  /// RFC 8300 2.2: version, flags, time to live, length in words (2) | type of metadata (1) |
  /// next protocol (1)
  mutating func decodeNetworkService(
    _ bytes: RawSpan, _ wireLength: Int, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let length = Int(bytes.uint16(at: 0) & 0x3F) * 4
    guard length >= 8 else { return .nonIP }
    switch bytes.uint8(at: 3) {
    case 1, 2: return decodeAfter(length, .ip, bytes, wireLength, into: &batch)
    case 3: return decodeAfter(length, .ethernet, bytes, wireLength, into: &batch)
    default: return .nonIP
    }
  }
}
