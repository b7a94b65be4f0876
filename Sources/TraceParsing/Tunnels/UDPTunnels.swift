import TCPModel

/// UDP ports behind which packets or frames travel (IANA, but for the last two).
private enum TunnelPort {
  static let l2tp: UInt16 = 1701
  static let gtp: UInt16 = 2152
  static let teredo: UInt16 = 3544
  static let lisp: UInt16 = 4341
  static let gre: UInt16 = 4754
  static let vxlan: UInt16 = 4789
  static let vxlanGPE: UInt16 = 4790
  static let ayiya: UInt16 = 5072
  static let capwapData: UInt16 = 5247
  static let geneve: UInt16 = 6081
  static let mpls: UInt16 = 6635
  /// VXLAN before it had a number; still the Linux kernel's default.
  static let oldVXLAN: UInt16 = 8472
  static let tzsp: UInt16 = 37008
}

extension FrameDecoder {
  /// source port (2) | destination port (2) | length (2), 0 where a network card splits the packet
  /// | checksum (2)
  mutating func decodeUDP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .udp }
    let stated = Int(bytes.uint16(at: 4)) - 8
    let payload = bytes.dropping(8).limited(to: stated >= 0 ? stated : bytes.wireLength - 8)
    if bytes.uint16(at: 0) == FrameDecoder.nameServerPort, payload.byteCount > 0 {
      if let log {
        log.isDeferred = true
        return .udp
      }
      batch.append(
        Datagram(
          destination: batch.slot.pointee.key.high.address, time: lastTime,
          bytes: payload.captured.withUnsafeBytes { Array($0) }))
      return .udp
    }
    if let content = decodeTunnel(port: bytes.uint16(at: 2), payload, into: &batch)
      ?? decodeTunnel(port: bytes.uint16(at: 0), payload, into: &batch)
    {
      return content
    }
    if let log, QUICTally.mayBe(payload) {
      // Whether its flow is known, those before the piece say.
      log.isDeferred = true
      return .udp
    }
    let key = batch.slot.pointee.key
    quic.note(
      payload, from: Endpoint(address: key.low.address, port: bytes.uint16(at: 0)),
      to: Endpoint(address: key.high.address, port: bytes.uint16(at: 2)), at: lastTime)
    return .udp
  }

  /// RFC 1035 4.2.1
  private static let nameServerPort: UInt16 = 53

  /// nil when the port is no tunnel's, or the bytes are not what belongs there.
  private mutating func decodeTunnel(
    port: UInt16, _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    guard bytes.byteCount >= 8 else { return nil }
    switch port {
    case TunnelPort.vxlan: return decodeVXLAN(bytes, into: &batch)
    case TunnelPort.vxlanGPE: return decodeVXLANGPE(bytes, into: &batch)
    case TunnelPort.oldVXLAN:
      // Others use the port too: every reserved bit must be as VXLAN has it.
      guard bytes.uint32(at: 0) == 0x0800_0000, bytes.uint8(at: 7) == 0 else { return nil }
      return decodeVXLAN(bytes, into: &batch)
    case TunnelPort.geneve: return decodeGeneve(bytes, into: &batch)
    case TunnelPort.gtp: return decodeGTP(bytes, into: &batch)
    case TunnelPort.gre: return decodeGRE(bytes, into: &batch)
    case TunnelPort.capwapData: return decodeCAPWAP(bytes, into: &batch)
    case TunnelPort.teredo: return decodeTeredo(bytes, into: &batch)
    case TunnelPort.l2tp: return decodeL2TP(bytes, into: &batch)
    case TunnelPort.ayiya: return decodeAYIYA(bytes, into: &batch)
    case TunnelPort.lisp: return decodeAfter(8, .ip, bytes, into: &batch)
    case TunnelPort.mpls: return decodeMPLS(bytes, into: &batch)
    case TunnelPort.tzsp: return decodeTZSP(bytes, into: &batch)
    default: return nil
    }
  }

  /// RFC 7348 5: flags (1), 0x08 when the network is valid | reserved (3) | network (3) |
  /// reserved (1)
  private mutating func decodeVXLAN(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    guard bytes.uint8(at: 0) & 0x08 != 0 else { return nil }
    return decodeAfter(8, .ethernet, bytes, into: &batch)
  }

  /// draft-ietf-nvo3-vxlan-gpe 3: as VXLAN, with the next protocol in the fourth byte.
  private mutating func decodeVXLANGPE(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    guard bytes.uint8(at: 0) & 0x08 != 0 else { return nil }
    switch bytes.uint8(at: 3) {
    case 1, 2: return decodeAfter(8, .ip, bytes, into: &batch)
    case 3: return decodeAfter(8, .ethernet, bytes, into: &batch)
    case 4: return decodeNetworkService(bytes.dropping(8), into: &batch)
    default: return nil
    }
  }

  /// RFC 8926 3.4: version (2 bits), length of the options in words (6 bits) | flags (1) |
  /// Ethernet type (2) | network (3) | reserved (1) | options
  private mutating func decodeGeneve(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    let first = bytes.uint8(at: 0)
    guard first >> 6 == 0 else { return nil }
    let length = 8 + 4 * Int(first & 0x3F)
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    return decodeTyped(
      bytes.uint16(at: 2), bytes.dropping(length), into: &batch)
  }

  /// 3GPP TS 29.281 5.1: version 1, protocol type 1, then extension, sequence and number flags (3
  /// bits) | message (1), 255 for a packet | length (2) | tunnel (4), and with any of the flags
  /// sequence (2) | number (1) | type of the next extension (1). An extension begins with its
  /// length in words and ends with the type of the next one; 0 is none.
  private mutating func decodeGTP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    let flags = bytes.uint8(at: 0)
    guard flags & 0xF0 == 0x30, bytes.uint8(at: 1) == 255 else { return nil }
    var length = 8
    if flags & 0x07 != 0 {
      length = 12
      guard bytes.byteCount >= length else { return .cutBeforeTCP }
      var next = flags & 0x04 != 0 ? bytes.uint8(at: 11) : 0
      while next != 0 {
        guard bytes.byteCount > length else { return .cutBeforeTCP }
        let extensionLength = 4 * Int(bytes.uint8(at: length))
        guard extensionLength > 0 else { return nil }
        length += extensionLength
        guard bytes.byteCount >= length else { return .cutBeforeTCP }
        next = bytes.uint8(at: length - 1)
      }
    }
    return decodeAfter(length, .ip, bytes, into: &batch)
  }

  /// RFC 5415 4.3: preamble (1), 0 but for encrypted packets | length in words (5 bits), radio
  /// (5 bits), kind of radio (5 bits), flags (9 bits) | fragment (2) | offset (2)
  private mutating func decodeCAPWAP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    let first = bytes.uint32(at: 0)
    guard first >> 24 == 0 else { return nil }
    let length = 4 * Int(first >> 19 & 0x1F)
    guard length >= 8 else { return nil }
    let isNative = first & 0x100 != 0
    let isFragment = first & 0x80 != 0
    let isKeepAlive = first & 0x08 != 0
    if isKeepAlive { return nil }
    if isFragment { return .wlanFragment }
    return decodeAfter(length, isNative ? .wlan : .ethernet, bytes, into: &batch)
  }

  /// RFC 4380 5.1.1: an IPv6 packet, before it perhaps an authentication (type 1) and an origin
  /// indication (type 0).
  private mutating func decodeTeredo(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    var start = 0
    if bytes.uint16(at: 0) == 1 {
      // type (2) | lengths of client and authentication (1 each) | both | nonce (8) | confirmation
      start = 13 + Int(bytes.uint8(at: 2)) + Int(bytes.uint8(at: 3))
    }
    guard bytes.byteCount >= start + 8 else { return nil }
    if bytes.uint16(at: start) == 0 { start += 8 }
    guard bytes.byteCount > start, bytes.uint8(at: start) >> 4 == 6 else { return nil }
    return decodeAfter(start, .ip, bytes, into: &batch)
  }

  /// RFC 2661 3.1: control, length, sequence and offset flags, version 2 (2) | length (2) |
  /// tunnel (2) | session (2) | sequence (4) | offset (2), where flagged
  private mutating func decodeL2TP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    let flags = bytes.uint16(at: 0)
    guard flags & 0x8000 == 0, flags & 0xF == 2 else { return nil }
    var length = 6
    if flags & 0x4000 != 0 { length += 2 }
    if flags & 0x0800 != 0 { length += 4 }
    if flags & 0x0200 != 0 {
      guard bytes.byteCount >= length + 2 else { return .cutBeforeTCP }
      length += 2 + Int(bytes.uint16(at: length))
    }
    return decodeAfter(length, .ppp, bytes, into: &batch)
  }

  /// draft-massar-v6ops-ayiya 3: length of the identity as a power of 2 (4 bits), type (4 bits) |
  /// length of the signature in words (4 bits), hash (4 bits) | authentication, operation (1) |
  /// next header (1) | time (4) | identity | signature
  private mutating func decodeAYIYA(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    let next = bytes.uint8(at: 3)
    guard next == IPProtocol.ipv4 || next == IPProtocol.ipv6 else { return nil }
    let identity = 1 << Int(bytes.uint8(at: 0) >> 4)
    let signature = 4 * Int(bytes.uint8(at: 1) >> 4)
    return decodeAfter(8 + identity + signature, .ip, bytes, into: &batch)
  }

  /// version 1 (1) | type (1) | what was captured (2) | fields: tag (1), and but for tags 0 and 1
  /// length (1) and value; tag 1 ends the list
  private mutating func decodeTZSP(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent? {
    guard bytes.uint8(at: 0) == 1 else { return nil }
    let link: LinkLayer
    switch bytes.uint16(at: 2) {
    case 1: link = .ethernet
    case 18: link = .wlan
    default: return nil
    }
    var start = 4
    while true {
      guard bytes.byteCount >= start + 2 else { return .cutBeforeTCP }
      let tag = bytes.uint8(at: start)
      start += 1
      if tag == 1 { return decodeAfter(start, link, bytes, into: &batch) }
      if tag != 0 { start += 1 + Int(bytes.uint8(at: start)) }
    }
  }
}
