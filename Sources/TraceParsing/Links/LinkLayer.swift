import TCPModel

/// How the frames of an interface begin. Chosen once per interface, from its link type; a tunnel
/// can carry some of them too.
enum LinkLayer: UInt8, BitwiseCopyable {
  case ethernet
  case linuxSLL
  case linuxSLL2
  /// An IP packet; the first four bits tell the version.
  case ip
  /// BSD loopback: the address family in the capturing host's byte order, or in network order.
  case loopback
  /// With or without the address and control bytes.
  case ppp
  case pppoe
  case ciscoHDLC
  case frameRelay
  case fddi
  case tokenRing
  case arcnet
  case arcnetLinux
  case ipOverInfiniBand
  case juniperEthernet
  case nflog
  case wlan
  case radiotap
  /// Before radiotap: a header that tells its length.
  case prism
  case ppi
  /// PFLOG of OpenBSD and FreeBSD.
  case packetFilterLog
  /// ENC of OpenBSD: 12 bytes before the packet.
  case ipsecInterface
  /// PKTAP of macOS.
  case packetTap
  case slip
  /// IPNET of Solaris: 24 bytes before the packet.
  case solarisIPNet
  case fireWire
  case fibreChannel
  case llc
  case mpls
  /// Ethernet with its preamble.
  case ethernetWithPreamble
  /// Ethernet behind 4 bytes: netANALYZER, and Broadcom's tag of a switch.
  case ethernetAfter4
  /// netANALYZER's transparent mode: the same, and the preamble.
  case ethernetAfter12
  /// Ethernet with a switch's tag behind the addresses.
  case switchTag4, switchTag8
  /// Behind a byte that says which way the packet went.
  case pppWithDirection, hdlcWithDirection, frameRelayWithDirection
  /// Direction in place of the address: pppd.
  case pppDaemon
  case unknown
}

extension FrameDecoder {
  /// Headers inside headers that are followed before a frame is given up: a frame of nothing but
  /// headers must not use up the stack. Whatever can repeat goes through `decodeInner` or
  /// `decodeTyped`, or counts itself.
  static let maximumDepth = 32

  @inline(always)
  mutating func decodeLink(
    _ link: LinkLayer, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    if link == .ethernet, bytes.byteCount >= 14, bytes.uint16(at: 12) == EtherType.ipv4 {
      return decodeIPv4(bytes.dropping(14), into: &batch)
    }
    return decodeInner(link, bytes, into: &batch)
  }

  /// A frame of any link layer; also one that a tunnel carries.
  @inline(never)
  mutating func decodeInner(
    _ link: LinkLayer, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard depth < FrameDecoder.maximumDepth else { return .tooManyHeaders }
    depth += 1
    defer { depth -= 1 }
    switch link {
    case .ethernet: return decodeEthernet(bytes, into: &batch)
    case .linuxSLL: return decodeLinuxSLL(bytes, into: &batch)
    case .linuxSLL2: return decodeLinuxSLL2(bytes, into: &batch)
    case .ip: return decodeIP(bytes, into: &batch)
    case .loopback: return decodeLoopback(bytes, into: &batch)
    case .ppp: return decodePPP(bytes, into: &batch)
    case .pppoe: return decodePPPoE(bytes, into: &batch)
    case .ciscoHDLC: return decodeCiscoHDLC(bytes, into: &batch)
    case .frameRelay: return decodeFrameRelay(bytes, into: &batch)
    case .fddi: return decodeFDDI(bytes, into: &batch)
    case .tokenRing: return decodeTokenRing(bytes, into: &batch)
    case .arcnet: return decodeARCNET(bytes, typeOffset: 2, into: &batch)
    case .arcnetLinux: return decodeARCNET(bytes, typeOffset: 4, into: &batch)
    case .ipOverInfiniBand: return decodeIPOverInfiniBand(bytes, into: &batch)
    case .juniperEthernet: return decodeJuniperEthernet(bytes, into: &batch)
    case .nflog: return decodeNFLOG(bytes, into: &batch)
    case .wlan: return decodeWLAN(bytes, isPadded: false, into: &batch)
    case .radiotap: return decodeRadiotap(bytes, into: &batch)
    case .prism: return decodePrism(bytes, into: &batch)
    case .ppi: return decodePPI(bytes, into: &batch)
    case .packetFilterLog: return decodePacketFilterLog(bytes, into: &batch)
    case .ipsecInterface: return decodeAfter(12, .ip, bytes, into: &batch)
    case .packetTap: return decodePacketTap(bytes, into: &batch)
    case .slip: return decodeSLIP(bytes, into: &batch)
    case .solarisIPNet: return decodeAfter(24, .ip, bytes, into: &batch)
    case .fireWire: return decodeFireWire(bytes, into: &batch)
    case .fibreChannel: return decodeFibreChannel(bytes, into: &batch)
    case .llc: return decodeLLC(bytes, into: &batch)
    case .mpls: return decodeMPLS(bytes, into: &batch)
    case .ethernetWithPreamble: return decodeAfter(8, .ethernet, bytes, into: &batch)
    case .ethernetAfter4: return decodeAfter(4, .ethernet, bytes, into: &batch)
    case .ethernetAfter12: return decodeAfter(12, .ethernet, bytes, into: &batch)
    case .switchTag4: return decodeSwitchTag(4, bytes, into: &batch)
    case .switchTag8: return decodeSwitchTag(8, bytes, into: &batch)
    case .pppWithDirection: return decodeAfter(1, .ppp, bytes, into: &batch)
    case .hdlcWithDirection: return decodeAfter(1, .ciscoHDLC, bytes, into: &batch)
    case .frameRelayWithDirection: return decodeAfter(1, .frameRelay, bytes, into: &batch)
    case .pppDaemon: return decodeAfter(2, .ppp, bytes, into: &batch)
    case .unknown: return .unknownLinkType
    }
  }

  /// destination (6) | source (6) | type (2), or length of an IEEE 802.3 frame
  private mutating func decodeEthernet(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 14 else { return .cutBeforeTCP }
    return decodeTyped(bytes.uint16(at: 12), bytes.dropping(14), into: &batch)
  }

  /// packet type (2) | ARPHRD (2) | address length (2) | address (8) | protocol (2)
  private mutating func decodeLinuxSLL(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 16 else { return .cutBeforeTCP }
    return decodeCooked(
      bytes.uint16(at: 14), hardware: bytes.uint16(at: 2), bytes.dropping(16), into: &batch)
  }

  /// protocol (2) | reserved (2) | interface (4) | ARPHRD (2) | packet type (1) |
  /// address length (1) | address (8)
  private mutating func decodeLinuxSLL2(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 20 else { return .cutBeforeTCP }
    return decodeCooked(
      bytes.uint16(at: 0), hardware: bytes.uint16(at: 8), bytes.dropping(20), into: &batch)
  }

  /// What follows a cooked header: for most hardware an Ethernet type tells.
  private mutating func decodeCooked(
    _ type: UInt16, hardware: UInt16, _ bytes: FrameBytes,
    into batch: inout SegmentBatch
  ) -> FrameContent {
    switch (hardware, type) {
    case (803, _): decodeInner(.radiotap, bytes, into: &batch)
    // A netlink family stands where the type does.
    case (824, _): .nonIP
    // LINUX_SLL_P_802_2
    case (_, 4): decodeLLC(bytes, into: &batch)
    default: decodeTyped(type, bytes, into: &batch)
    }
  }

  /// family (4): 2 is IPv4 everywhere; IPv6 is 10 on Linux, 24, 28 or 30 on the BSDs.
  private mutating func decodeLoopback(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
    let value = bytes.uint32(at: 0)
    // A family is a small number: whichever half is empty tells the byte order.
    switch value > 0xFFFF ? value.byteSwapped : value {
    case 2: return decodeIPv4(bytes.dropping(4), into: &batch)
    case 10, 24, 28, 30: return decodeIPv6(bytes.dropping(4), into: &batch)
    default: return .nonIP
    }
  }
}
