import TCPModel

// IEEE 802.11 and the headers that capturing systems put before it.
extension FrameDecoder {
  /// radiotap.org: version (1) | padding (1) | length (2) | present fields (4, more follow while the
  /// highest bit is set) | fields. Little-endian.
  mutating func decodeRadiotap(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let length = Int(bytes.uint16(at: 2).byteSwapped)
    guard length >= 8 else { return .nonIP }
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    let isPadded = radiotapFlags(bytes.captured.extracting(first: length)) & 0x20 != 0
    return decodeWLAN(
      bytes.dropping(length), isPadded: isPadded, into: &batch)
  }

  /// The flags field: bit 5 says that the 802.11 header is padded to 4 bytes.
  private func radiotapFlags(_ header: RawSpan) -> UInt8 {
    let present = header.uint32(at: 4).byteSwapped
    guard present & 0b10 != 0 else { return 0 }
    var fields = 8
    var word = present
    while word & 0x8000_0000 != 0 {
      guard header.byteCount >= fields + 4 else { return 0 }
      word = header.uint32(at: fields).byteSwapped
      fields += 4
    }
    // The clock comes before them, 8 bytes at a multiple of 8.
    if present & 0b01 != 0 { fields = (fields + 7) & ~7 + 8 }
    return header.byteCount > fields ? header.uint8(at: fields) : 0
  }

  /// Prism: message (4) | length (4), in the capturing host's byte order. AVS: version (4),
  /// 0x80211001 or so | length (4), both big-endian.
  mutating func decodePrism(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let value = bytes.uint32(at: 4)
    let length = Int(value > 0xFFFF ? value.byteSwapped : value)
    guard (8...1024).contains(length) else { return .nonIP }
    return decodeAfter(length, .wlan, bytes, into: &batch)
  }

  /// version (1) | flags (1) | length (2) | link type (4), little-endian
  mutating func decodePPI(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let length = Int(bytes.uint16(at: 2).byteSwapped)
    let type = LinkType(rawValue: UInt16(truncatingIfNeeded: bytes.uint32(at: 4).byteSwapped))
    guard length >= 8 else { return .nonIP }
    return decodeAfter(length, type.layer, bytes, into: &batch)
  }

  /// IEEE 802.11 9.2.3
  ///
  ///     0   frame control: subtype (4 bits), type (2 bits), version (2 bits), flags (8 bits)
  ///     2   duration
  ///     4   three addresses
  ///     22  fragment (4 bits), sequence
  ///     24  a fourth address between two access points
  ///     ..  QoS control (2) in QoS data, HT control (4) with the order flag
  mutating func decodeWLAN(
    _ bytes: FrameBytes, isPadded: Bool, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 2 else { return .cutBeforeTCP }
    // Some controllers swap the bytes of these fields in their tunnels; data frames begin with 8.
    let isSwapped = bytes.uint8(at: 0) & 0x0F != 0x08 && bytes.uint8(at: 1) & 0x0F == 0x08
    let control = bytes.uint8(at: isSwapped ? 1 : 0)
    let flags = bytes.uint8(at: isSwapped ? 0 : 1)
    // A data frame, and not one of the subtypes without data.
    guard control & 0x0F == 0x08, control & 0x40 == 0 else { return .wlanWithoutData }
    guard bytes.byteCount >= 24 else { return .cutBeforeTCP }
    guard flags & 0x40 == 0 else { return .wlanEncrypted }
    let fragment = bytes.uint8(at: isSwapped ? 23 : 22) & 0x0F
    guard flags & 0x04 == 0, fragment == 0 else { return .wlanFragment }
    var length = flags & 0x03 == 0x03 ? 30 : 24
    var isAggregate = false
    if control & 0x80 != 0 {
      guard bytes.byteCount >= length + 2 else { return .cutBeforeTCP }
      isAggregate = bytes.uint8(at: length) & 0x80 != 0
      length += flags & 0x80 != 0 ? 6 : 2
    }
    if isPadded { length = (length + 3) & ~3 }
    guard bytes.byteCount >= length else { return .cutBeforeTCP }
    let payload = bytes.dropping(length)
    if isAggregate { return decodeAggregate(payload, into: &batch) }
    return decodeLLC(payload, into: &batch)
  }

  /// An A-MSDU (IEEE 802.11 9.3.2.2.2): several packets in one frame, each with destination (6),
  /// source (6), length (2), padded to 4 bytes.
  private mutating func decodeAggregate(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    var content = FrameContent.cutBeforeTCP
    var rest = bytes
    while rest.byteCount >= 14 {
      let packet = rest.dropping(14).limited(to: Int(rest.uint16(at: 12)))
      batch.makeRoom()
      let found = decodeLLC(packet, into: &batch)
      if content != .tcp { content = found }
      rest = rest.dropping(min((14 + packet.wireLength + 3) & ~3, rest.byteCount))
    }
    return content
  }
}
