extension FrameDecoder {
  /// RFC 8300 2.2: version, flags, time to live, length in words (2) | type of metadata (1) |
  /// next protocol (1)
  mutating func decodeNetworkService(
    _ bytes: FrameBytes, into batch: inout SegmentBatch
  ) -> FrameContent {
    guard bytes.byteCount >= 8 else { return .cutBeforeTCP }
    let length = Int(bytes.uint16(at: 0) & 0x3F) * 4
    guard length >= 8 else { return .nonIP }
    switch bytes.uint8(at: 3) {
    case 1, 2: return decodeAfter(length, .ip, bytes, into: &batch)
    case 3: return decodeAfter(length, .ethernet, bytes, into: &batch)
    default: return .nonIP
    }
  }
}
