extension FrameDecoder {
  /// Label stack entries of 4 bytes (RFC 3032 2.1): label (20 bits), class (3 bits), bottom of the
  /// stack (1 bit), time to live. The first four bits behind the bottom tell what follows
  /// (RFC 4928 3).
  mutating func decodeMPLS(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    var bytes = bytes
    var isBottom = false
    while !isBottom {
      guard bytes.byteCount >= 4 else { return .cutBeforeTCP }
      isBottom = bytes.uint8(at: 2) & 1 == 1
      bytes = bytes.dropping(4)
    }
    guard bytes.byteCount >= 1 else { return .cutBeforeTCP }
    switch bytes.uint8(at: 0) >> 4 {
    case 4, 6: return decodeInner(.ip, bytes, into: &batch)
    // The control word of a pseudowire (RFC 4385 3), which most often carries Ethernet.
    case 0: return decodeAfter(4, .ethernet, bytes, into: &batch)
    default: return .nonIP
    }
  }
}
